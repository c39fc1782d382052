"""Request bodies into events: what is taken, what is refused, and that nothing else can happen."""

from __future__ import annotations

import base64
import io
import json
import math
from typing import Any

import PIL.Image
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from live_studio.addresses import normal_repo_url
from live_studio.errors import InvalidEvent
from live_studio.events import Data, Done, Image, Key, Point, Start
from live_studio.rasters import pixels
from live_studio.wire import parse

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
KEY = Key("github.com/o/r", SHA, "run")
PNG = b"\x89PNG\r\n\x1a\n and so on"
HUGE = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0\1\0\0" * 2).decode()
PATH = "dvclive/plots/metrics/train/loss.tsv"

Body = dict[str, Any]


def body(kind: str, **fields: Any) -> Body:
    return {
        "type": kind,
        "repo_url": "https://github.com/o/r.git",
        "baseline_sha": SHA,
        "name": "run",
        "client": "dvclive",
        **({"step": 0} if kind == "data" else {}),
    } | fields


def said(value: Any) -> Any:
    return parse(json.dumps(value).encode())


def refusal(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(InvalidEvent) as refused:
        parse(raw)
    return str(refused.value)


def points(*rows: Any, path: str = PATH) -> Body:
    return body("data", step=0, plots={path: {"data": list(rows)}})


# what is taken


def test_a_start_says_who_and_why() -> None:
    event = said(body("start", message="try", subdir="sub", params={"p.yaml": {"lr": 0.1}}))
    assert event == Start(KEY, "dvclive", {"p.yaml": {"lr": 0.1}}, "try", "sub")


def test_data_unpacks_the_summary_and_keeps_params() -> None:
    event = said(
        body(
            "data",
            step=3,
            params={"p.yaml": {}},
            metrics={"m.json": {"data": {"train": {"loss": "nan"}, "step": 3}}},
        )
    )
    assert event == Data(
        KEY, "dvclive", 3, {"p.yaml": {}}, {"m.json": {"train": {"loss": "nan"}, "step": 3}}
    )


def test_a_point_is_named_by_the_last_part_of_its_path() -> None:
    event = said(points({"step": 2, "loss": 0.5}))
    assert event.points == {PATH: [Point(2, 0.5)]}


def test_a_series_without_news_is_known_and_empty() -> None:
    assert said(points()).points == {PATH: []}


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_values_that_are_not_finite_come_as_text_and_stay_what_they_are(text: str) -> None:
    value = said(points({"step": 0, "loss": text})).points[PATH][0].value
    assert value == float(text) or (math.isnan(value) and text == "nan")


def test_numbers_written_as_text_are_numbers() -> None:
    assert said(points({"step": 0, "loss": "3.25"})).points[PATH] == [Point(0, 3.25)]


def test_a_timestamp_in_milliseconds_becomes_the_points_own_time() -> None:
    for stamp in ("1795346818504", 1795346818504):
        (point,) = said(points({"timestamp": stamp, "step": 0, "loss": 1.0})).points[PATH]
        assert point == Point(0, 1.0, 1795346818.504)


def test_a_picture_is_its_bytes() -> None:
    plots = {"dvclive/plots/images/a.png": {"image": base64.b64encode(PNG).decode()}}
    assert said(body("data", step=0, plots=plots)).images == {
        "dvclive/plots/images/a.png": Image(PNG)
    }


def test_a_picture_caught_while_it_was_written_does_not_cost_the_points() -> None:
    plots = {"dvclive/plots/images/a.png": {"image": ""}, PATH: {"data": [{"step": 0, "loss": 1}]}}
    event = said(body("data", step=0, plots=plots))
    assert (event.images, event.points) == ({}, {PATH: [Point(0, 1.0)]})


def test_a_plot_that_holds_nothing_is_nothing() -> None:
    assert said(body("data", plots={PATH: {}})) == Data(KEY, "dvclive", 0)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_says_its_size_in_every_form(form: str) -> None:
    drawn = io.BytesIO()
    PIL.Image.new("RGB", (321, 123)).save(drawn, format=form)
    assert pixels(drawn.getvalue()) == 321 * 123


def test_a_lossless_picture_and_one_with_an_alpha_channel_say_their_size() -> None:
    for how in ({"lossless": True}, {"quality": 50}):
        drawn = io.BytesIO()
        PIL.Image.new("RGBA", (321, 123), (1, 2, 3, 100)).save(drawn, format="WEBP", **how)
        assert pixels(drawn.getvalue()) == 321 * 123


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF1234WEBPVP8X"]),
    st.binary(),
)
def test_any_bytes_behind_a_signature_are_measured_or_not(signature: bytes, rest: bytes) -> None:
    assert (pixels(signature + rest) or 0) >= 0


def test_a_done_completes() -> None:
    event = said(body("done", experiment_rev=SHA))
    assert event == Done(KEY, "dvclive", "completed", None, {}, SHA)


def test_a_done_of_dvc_without_a_revision_is_a_failed_stage() -> None:
    event = said(body("done", client="dvc", metrics={"m.json": {"data": {"a": 1}}}))
    assert event == Done(KEY, "dvc", "failed", "the DVC stage failed", {"m.json": {"a": 1}})


def test_a_done_of_dvc_with_a_revision_completes() -> None:
    assert said(body("done", client="dvc", experiment_rev=SHA)).status == "completed"


def test_a_done_of_dvclive_without_a_revision_completes() -> None:
    assert said(body("done")).status == "completed"


def test_keys_that_other_clients_add_do_no_harm() -> None:
    event = said(body("data", step=1, machine={"cpu": 1}, env={}, errors=[], run="r", seq=4))
    assert event == Data(KEY, "dvclive", 1)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/r",
        "https://github.com/o/r.git/",
        "https://user:secret@GitHub.com/o/r.git",
        "HTTPS://user:secret@github.com/o/r",
        "https://user:p@ss@github.com/o/r",
        "git@github.com:o/r.git",
        "ssh://git@github.com/o/r.git",
        "git+ssh://git@github.com/o/r.git",
        "github:o/r",
        "  https://github.com/o/r\n",
    ],
)
def test_every_spelling_of_a_repository_is_one_key_without_a_secret(url: str) -> None:
    assert said(body("start", repo_url=url)).key == KEY


def test_a_port_is_part_of_the_host() -> None:
    assert normal_repo_url("https://git.example.org:8443/o/r.git") == "git.example.org:8443/o/r"


def test_upper_case_commits_are_the_same_commits() -> None:
    assert said(body("start", baseline_sha=SHA.upper())).key == KEY


# what is refused


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (body("data", step=True), "$.step"),
        (body("data", step="3"), "$.step"),
        (body("data", step=1.5), "$.step"),
        (body("data", step=1 << 54), "$.step"),
        (body("data", baseline_sha=SHA[:-1]), "$.baseline_sha"),
        (body("data", baseline_sha=SHA + "\n"), "$.baseline_sha"),
        (body("data", baseline_sha="g" * 40), "$.baseline_sha"),
        (body("done", experiment_rev="x"), "$.experiment_rev"),
        (body("data", name=""), "$.name"),
        (body("data", name="n" * 501), "$.name"),
        (body("data", name=None), "$.name"),
        (body("data", repo_url=""), "$.repo_url"),
        (body("data", repo_url="https://user:secret@"), "repo_url"),
        (body("data", repo_url="a\0b/c"), "repo_url"),
        (body("data", client=7), "$.client"),
        (body("start", message="m" * 501), "$.message"),
        (body("start", subdir=1), "$.subdir"),
        (body("data", params=[]), "$.params"),
        (body("data", params={"p.yaml": 3}), "p.yaml"),
        (body("data", metrics={"m.json": [1]}), "m.json"),
        (body("data", metrics={"m.json": {"data": [1]}}), "m.json"),
        (body("data", params={"p" * 501: {}}), "$.params"),
        (body("start", params={"p" * 501: {}}), "$.params"),
        (body("data", metrics={"m" * 501: {}}), "$.metrics"),
        (body("done", metrics={"m" * 501: {}}), "$.metrics"),
        (body("data", plots={"p" * 501: {"data": []}}), "$.plots"),
        (body("data", plots=[]), "$.plots"),
        (body("data", plots={"a.tsv": {"data": [], "image": ""}}), "a.tsv"),
        (body("data", plots={"a.tsv": {"data": [], "props": []}}), "props"),
        (body("data", plots={"a.tsv": {"data": [], "error": {"text": "x"}}}), "cls"),
        (body("data", plots={"a\n.tsv": {"data": []}}), "a\\n.tsv"),
        (body("data", plots={"a.png": {"image": HUGE}}), "pixels"),
        (body("data", step=None), "$.step"),
        (body("start", step=1), "$.step"),
        (body("start", name="  "), "name"),
        (body("start", name="a\x1b[2J"), "name"),
        (body("start", subdir="a/../../b"), "subdir"),
        (body("start", subdir="/etc"), "subdir"),
        (body("start", subdir="C:/x"), "subdir"),
        (body("start", repo_url="javascript:alert(1)"), "repo_url"),
        (body("start", repo_url="--upload-pack=x"), "repo_url"),
        (body("data", machine="gpu"), "$.machine"),
        (body("done", errors="x"), "$.errors"),
        (body("done", errors=[{"cls": "E", "text": 1}]), "text"),
        (body("start", params={"p.yaml": {"a": "x" * 4_000_001}}), "p.yaml"),
        (json.dumps(body("data")).encode()[:-1] + b',"name":"other"}', "duplicate key 'name'"),
        (body("data", plots={"a.png": {"image": "?"}}), "a.png"),
        (body("data", plots={"a.svg": {"image": "PHN2Zz4="}}), "a.svg"),
        (points({"loss": 1.0}), "step"),
        (points({"step": "0", "loss": 1.0}), "step"),
        (points({"step": 0.5, "loss": 1.0}), "step"),
        (points({"step": 0}), "loss"),
        (points({"step": 0, "a": 1.0, "b": 1.0}), "loss"),
        (points({"step": 0, "loss": "ok"}), "loss.tsv"),
        (points({"step": 0, "loss": True}), "$.plots"),
        (points({"step": 0, "loss": 1.0, "timestamp": "noon"}), "timestamp"),
        (points({"step": 0, "loss": 1.0, "timestamp": 1e300}), "timestamp"),
        (body("restart"), "$.type"),
        (body("restart\nnow" * 500), "$.type"),
        ({"type": "start"}, "repo_url"),
        ({}, "type"),
    ],
)
def test_a_refusal_names_the_field(wrong: Body, field: str) -> None:
    assert field in refusal(wrong)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"3",
        b'{"type":"data","step":NaN}',
        b'{"type":"\\ud800"}',
        b"\xff\xfe",
        b"{} {}",
    ],
)
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    assert is_one_line(refusal(raw))


def test_a_secret_in_a_bad_address_is_not_repeated() -> None:
    assert "secret" not in refusal(body("start", repo_url="https://user:secret@"))


@pytest.mark.parametrize("depth", [200, 900, 100_000])
@pytest.mark.parametrize("field", ["params", "metrics"])
def test_values_too_deep_to_be_written_down_again_are_refused(depth: int, field: str) -> None:
    deep = b'{"data":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    raw = json.dumps(body("data", **{field: {"file": "HERE"}})).encode().replace(b'"HERE"', deep)
    assert "deep" in refusal(raw)


# what can happen at all


def is_one_line(text: str) -> bool:
    return 0 < len(text) <= 500 and text.isprintable()


def parses_or_refuses(raw: bytes) -> None:
    try:
        found: Any = parse(raw)
    except InvalidEvent as error:
        found = str(error)
    assert isinstance(found, Start | Data | Done) or is_one_line(found), ascii(found)


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["nan", "-inf", "3.5", "", SHA, "\n", base64.b64encode(PNG).decode()])
)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
rows = st.dictionaries(st.sampled_from(["step", "loss", "timestamp", "x"]), leaves, max_size=4)
plots = st.dictionaries(
    st.text(max_size=8) | st.just(PATH),
    st.fixed_dictionaries(
        {}, optional={"data": st.lists(rows, max_size=3) | anything, "image": leaves}
    ),
    max_size=3,
)
nearly = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["start", "data", "done"]) | leaves,
        "repo_url": st.just("github.com/o/r") | leaves,
        "baseline_sha": st.just(SHA) | leaves,
        "name": st.just("run") | leaves,
        "client": st.sampled_from(["dvc", "dvclive"]) | leaves,
    },
    optional={
        "step": st.integers() | leaves,
        "params": st.dictionaries(st.text(max_size=4), anything, max_size=2) | anything,
        "metrics": st.dictionaries(st.text(max_size=4), anything, max_size=2) | anything,
        "plots": plots | anything,
        "message": leaves,
        "subdir": leaves,
        "experiment_rev": leaves,
        "errors": anything,
    },
)


@given(st.binary())
@example(b"[" * 100_000)
def test_any_bytes_are_an_event_or_refused_in_one_line(raw: bytes) -> None:
    parses_or_refuses(raw)


@given(anything)
def test_any_json_is_an_event_or_refused_in_one_line(value: Any) -> None:
    parses_or_refuses(json.dumps(value).encode())


@settings(max_examples=500)
@given(nearly, st.booleans())
def test_any_body_nearly_right_is_an_event_or_refused_in_one_line(
    value: Body, escaped: bool
) -> None:
    text = json.dumps(value, ensure_ascii=escaped, allow_nan=True)
    parses_or_refuses(text.encode(errors="surrogatepass"))


@settings(deadline=None)  # the machine may be busy
@given(st.text(max_size=200))
def test_a_file_or_series_of_any_name_is_refused_in_one_line(name: str) -> None:
    for wrong in (
        body("data", plots={name: {"data": [{}]}}),
        body("data", plots={f"{name}!": {"data": [{"step": 0, " a": 1, " b": 2}]}}),
        body("data", plots={name: {"image": "?"}}),
        body("data", metrics={name: 1}),
        body("data", params={name: 1}),
        body(name + "!"),
    ):
        assert is_one_line(refusal(wrong))
