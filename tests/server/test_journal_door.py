"""Parts of journals at the producers' door: each byte counts once, and nothing is believed unread."""

from __future__ import annotations

import hashlib
import json
import math
import struct
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import requests

from live_studio import parcels, records
from live_studio.events import Lost
from live_studio.gist import Reader
from live_studio.records import sealed, text
from live_studio.server import shapes, vetting
from live_studio.studio import Studio
from tests.servers import Server, running

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
LOSS = "dvclive/plots/metrics/loss.tsv"
TIME = 1.7e9


class Run:
    """A run whose records a test writes itself."""

    def __init__(self, name: str = "far") -> None:
        self.id = uuid.uuid4().hex
        self.name = name

    def header(self, **fields: Any) -> bytes:
        said = {
            "version": records.VERSION,
            "run": self.id,
            "lock": "somebody.lock",
            "client": "live_studio",
            "message": None,
            "time": TIME,
            "repo_url": "github.com/o/r",
            "baseline_sha": "1" * 40,
            "name": self.name,
            "repo_path": "/home/ada/secret-project",
            "params_file": "dvclive/params.yaml",
            "metrics_file": "dvclive/metrics.json",
        }
        return sealed(text(records.HEADER, said | fields))

    def opening(self, **fields: Any) -> bytes:
        return self.header(**fields) + named(0)


def named(number: int, path: str = LOSS) -> bytes:
    return sealed(text(records.NAME, {"id": number, "path": path, "name": "loss"}))


def points(steps: range, series: int = 0) -> bytes:
    return b"".join(records.point(series, step, step / 2, TIME + step) for step in steps)


def done(status: str = "completed", **fields: Any) -> bytes:
    said = {"status": status, "detail": None, "error": None, "step": 3, "time": TIME + 9}
    return sealed(text(records.DONE, said | fields))


def send(
    server: Server, token: str, packed: tuple[dict[str, str], bytes], **headers: str
) -> requests.Response:
    said, body = packed
    said = {"Authorization": f"token {token}"} | said | headers
    return requests.post(server.url + "api/live", data=body, headers=said, timeout=30)


def end(answer: requests.Response) -> int:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    (said,) = answer.json().values()
    return int(said)


@pytest.fixture(name="post")
def _post(server: Server, token: str) -> Callable[..., requests.Response]:
    def post(run: Run, start: int, body: bytes = b"", *files: bytes, **how: Any) -> Any:
        return send(server, token, parcels.packed(run.id, start, body, files, **how))

    return post


@pytest.fixture(name="unmoved")
def _unmoved(server: Server) -> Iterator[None]:
    before = server.changes() | {"now": ""}
    yield
    assert server.changes() | {"now": ""} == before


def test_parts_are_stored_in_order_and_once_whatever_is_sent_again(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    run = Run("in-order")
    first, second, third = (
        run.opening() + points(range(100)),
        points(range(100, 150)),
        done(step=149),
    )
    assert end(post(run, 0)) == 0
    assert end(post(run, 0, first)) == len(first)
    assert end(post(run, 0, first)) == len(first)
    assert end(post(run, len(first) + len(second), third)) == len(first)
    assert end(post(run, len(first), second)) == len(first + second)
    # A part that overlaps what is there is not the next one either.
    assert end(post(run, len(first) - 39, second)) == len(first + second)
    assert end(post(run, len(first + second), third)) == len(first + second + third)
    assert end(post(run, 0)) == len(first + second + third)
    row = server.experiment("in-order")
    assert row is not None
    assert (row["status"], row["step"], row["generation"]) == ("completed", 149, 1)
    assert row["metrics"] == {"dvclive/metrics.json": {"loss": 74.5}}
    columns = server.series(row["id"], LOSS)
    assert columns["step"] == list(range(150))
    assert columns["value"] == [step / 2 for step in range(150)]


def test_names_said_before_a_restart_are_known_after_it(tmp_path: Path) -> None:
    run = Run("restarted")
    layout = {"id": 0, "series": [0], "codes": "d"}
    first = run.opening() + points(range(20)) + sealed(text(records.LAYOUT, layout))
    shape = records.Layout.of(0, (0,), "d")
    row = b"".join(
        sealed(shape.pack(shape.length, records.ROW, 0, step, TIME, 1.0)) for step in range(20, 50)
    )
    with running(tmp_path) as server:
        token = server.token()
        assert end(send(server, token, parcels.packed(run.id, 0, first))) == len(first)
        server.stop()
        server.start()
        answer = send(server, token, parcels.packed(run.id, len(first), row))
        assert end(answer) == len(first + row)
        found = server.experiment("restarted")
        assert found is not None
        assert server.series(found["id"], LOSS)["step"] == list(range(50))


def test_pictures_and_long_parameters_come_beside_their_records(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    run = Run("pictures")
    long = json.dumps({"text": "x" * 80_000}).encode()
    picture = {"path": "dvclive/plots/images/a.png", "step": 0, "time": TIME}
    picture["digest"] = hashlib.sha256(PNG).hexdigest()
    large = {"kind": records.PARAMS, "digest": hashlib.sha256(long).hexdigest()}
    body = run.opening() + sealed(text(records.IMAGE, picture)) + sealed(text(records.LARGE, large))
    assert end(post(run, 0, body, PNG, long)) == len(body)
    row = server.experiment("pictures")
    assert row is not None
    whole = server.get(f"api/experiments/{row['id']}?whole=1").json()["experiment"]
    assert whole["params"]["dvclive/params.yaml"]["text"] == "x" * 80_000
    (shown,) = row["images"]
    answer = server.get(f"api/experiments/{row['id']}/images/{shown['digest']}")
    assert answer.content == PNG


def test_rows_of_a_plot_come_beside_their_record_and_are_rows_or_left_out(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    run = Run("plots")
    rows, wrong = b'[{"x":1,"y":"a"},{"x":null}]', b'{"script":[[]]}'
    body = run.opening()
    for path, file in (("p/custom/right.json", rows), ("p/custom/wrong.json", wrong)):
        said = {"path": path, "step": 3, "time": TIME, "props": {"x": "x", "y": ["y"]}}
        said["digest"] = hashlib.sha256(file).hexdigest()
        body += sealed(text(records.PLOT, said))
    body += sealed(text(records.TOTAL, {"steps": 8, "time": TIME}))
    assert end(post(run, 0, body, rows, wrong)) == len(body)
    row = server.experiment("plots")
    assert row is not None
    (shown,) = row["plots"]
    assert (shown["path"], shown["step"]) == ("p/custom/right.json", 3)
    assert (shown["props"]["x"], row["total_steps"]) == ("x", 8)
    answer = server.get(f"api/experiments/{row['id']}/plots/{shown['digest']}")
    assert answer.json() == json.loads(rows)
    assert server.get(f"api/experiments/{row['id']}/plots/{'0' * 64}").status_code == 404


def test_a_lost_run_is_stopped_once_all_of_it_is_there(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    run = Run("lost")
    body = run.opening() + points(range(4))
    more = points(range(4, 6))
    assert end(post(run, 0, body)) == len(body)
    assert end(post(run, len(body) + 1, lost=Lost(run.id))) == len(body)
    assert server.experiment("lost")["status"] == "running"  # type: ignore[index]
    post(run, len(body), more, lost=Lost(run.id, torn=True))
    row = server.experiment("lost")
    assert row is not None
    assert (row["status"], row["detail"], row["step"]) == ("stopped", "process died", 5)
    assert row["ledger"]["repaired"] == 1


def test_a_header_shorter_than_what_is_kept_of_it_opens_a_run_too(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    run = Run("short-header")
    said = {"version": 1, "run": run.id, "repo_url": "a/b", "baseline_sha": "1" * 40}
    said |= {"name": "short-header", "client": "x", "time": 1, "params_file": "p"}
    raw = json.dumps(said | {"metrics_file": "m"}, separators=(",", ":")).replace(":1,", ":1e0,")
    body = json_record(records.HEADER, raw.replace('"version":1e0', '"version":1').encode())
    assert end(post(run, 0, body + named(0))) == len(body + named(0))
    assert server.experiment("short-header") is not None


def test_no_path_and_no_password_of_the_client_gets_into_the_store(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    run = Run("stripped")
    body = run.opening(repo_url="https://ada:hunter2@github.com/o/stripped.git")
    assert end(post(run, 0, body)) == len(body)
    row = server.experiment("stripped")
    assert row is not None
    assert row["repo_url"] == "github.com/o/stripped"
    assert row["place"]["reason"] == "not connected"
    held = b"".join(
        path.read_bytes() for path in server.store.parent.glob("store.db*") if path.is_file()
    )
    assert b"secret-project" not in held
    assert b"hunter2" not in held


def test_a_run_belongs_to_its_token_while_that_is_good(server: Server, token: str) -> None:
    run = Run("owned")
    mine, other = server.token("--name", "mine"), server.token("--name", "other")
    first, second = run.opening() + points(range(3)), points(range(3, 6))
    assert end(send(server, mine, parcels.packed(run.id, 0, first))) == len(first)
    refused = send(server, other, parcels.packed(run.id, len(first), second))
    assert refused.status_code == 403
    assert "another token" in refused.json()["detail"]
    with closing(Studio(server.store)) as studio:
        studio.tokens.revoke_secret(mine)
    answer = send(server, other, parcels.packed(run.id, len(first), second))
    assert end(answer) == len(first + second)


def test_a_token_of_one_project_opens_and_continues_runs_of_that_one_only(
    server: Server, token: str
) -> None:
    run, other = Run("of-the-project"), Run("of-another")
    bound = server.token("--project", "github.com/o/r")
    first = run.opening()
    assert end(send(server, bound, parcels.packed(run.id, 0, first))) == len(first)
    elsewhere = other.opening(repo_url="github.com/o/elsewhere")
    refused = send(server, bound, parcels.packed(other.id, 0, elsewhere))
    assert refused.status_code == 403
    assert server.experiment("of-another") is None
    wide = server.token("--name", "wide")
    assert end(send(server, wide, parcels.packed(other.id, 0, elsewhere))) == len(elsewhere)
    with closing(Studio(server.store)) as studio:
        studio.tokens.revoke_secret(wide)
    more = parcels.packed(other.id, len(elsewhere), points(range(3)))
    assert send(server, bound, more).status_code == 403


def test_a_run_of_the_servers_own_disk_is_nobodys_to_continue(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    from live_studio import journal
    from live_studio.events import Slice

    run = Run("at-home")
    body = run.opening()
    with closing(Studio(server.store)) as studio:
        studio.record([Slice(run.id, 0, body, Reader().facts(body))])
    assert post(run, len(body), points(range(2))).status_code == 403
    assert journal.SUFFIX


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({parcels.CHECKSUM: "00000000"}, 400),
        ({parcels.RUN: "../../etc/passwd"}, 400),
        ({parcels.RUN: "A" * 32}, 400),
        ({parcels.OFFSET: "-1"}, 400),
        ({parcels.OFFSET: "9" * 30}, 400),
        ({parcels.RECORDS: "999999"}, 400),
        ({parcels.RECORDS: "1"}, 400),
        ({parcels.LOST: "x" * 300}, 400),
        ({parcels.VERSION: "2"}, 415),
        ({parcels.VERSION: ""}, 415),
    ],
)
def test_headers_that_lie_are_refused(
    server: Server, token: str, headers: dict[str, str], status: int
) -> None:
    run = Run("liar")
    answer = send(server, token, parcels.packed(run.id, 0, run.opening()), **headers)
    assert answer.status_code == status
    assert 10 < len(answer.json()["detail"]) <= 300


def number(kind: int, payload: bytes) -> bytes:
    return sealed(struct.pack("<HB", len(payload) + 1, kind) + payload)


def json_record(kind: int, raw: bytes) -> bytes:
    return sealed(records.framed(kind, raw))


def hostile() -> dict[str, Callable[[Run], bytes]]:
    def layout(codes: str, series: list[Any], number: Any = 0) -> bytes:
        return sealed(text(records.LAYOUT, {"id": number, "series": series, "codes": codes}))

    def after(body: bytes) -> Callable[[Run], bytes]:
        return lambda run: run.opening() + body

    def header(**fields: Any) -> Callable[[Run], bytes]:
        return lambda run: run.opening(**fields)

    value = {"name": "loss", "value": 1, "step": 0, "time": TIME}
    image = {"path": "a.png", "step": 0, "time": TIME, "digest": "0" * 64}
    deep = b'{"a":' * 3_000 + b"1" + b"}" * 3_000
    return {
        "no header": lambda run: points(range(3)),
        "header later": lambda run: named(0) + run.header(),
        "two headers": lambda run: run.header() + run.header(),
        "of another run": header(run="0" * 32),
        "long name": header(name="x" * 501),
        "no name": header(name=""),
        "name of another type": header(name=["x"]),
        "sha": header(baseline_sha="1" * 39 + "\n"),
        "empty repository": header(repo_url="   "),
        "repository with a control character": header(repo_url="github.com/o/\x1b[2J"),
        "time": header(time=1e30),
        "time as text": header(time="now"),
        "file": header(params_file="x" * 501),
        "damaged": lambda run: run.opening() + points(range(3))[:-1] + b"\xff",
        "cut": lambda run: run.opening() + points(range(3))[:-1],
        "zeros behind": lambda run: run.opening() + bytes(64),
        "unnamed series": after(points(range(3), series=7)),
        "unnamed series, many": after(points(range(300), series=7)),
        "time that is none": after(records.point(0, 0, 1.0, math.nan)),
        "time that is none, in the middle": after(
            points(range(50)) + records.point(0, 50, 1.0, math.nan) + points(range(51, 99))
        ),
        "endless time": after(points(range(50)) + records.point(0, 50, 1.0, math.inf)),
        "short point": after(number(records.FLOAT, b"\0" * 12)),
        "long point": after(number(records.FLOAT, b"\0" * 60)),
        "short step": after(number(records.STEP, b"\0")),
        "row without layout": after(number(records.ROW, b"\0" * 26)),
        "row of nothing": after(number(records.ROW, b"")),
        "row of another length": after(layout("d", [0]) + number(records.ROW, b"\0" * 200)),
        "layout of other codes": after(layout("99999999s", [0])),
        "layout of unnamed series": after(layout("d", [3])),
        "layout of too few codes": after(layout("d", [0, 0])),
        "layout out of range": after(layout("d", [0], 70_000)),
        "layout twice": after(layout("d", [0]) + layout("q", [0])),
        "series named twice": after(named(0, "another.tsv")),
        "series of requests": after(named(1 << 31)),
        "negative series": after(named(-1)),
        "long path": after(named(1, "x" * 501)),
        "no path": after(named(1, "")),
        "value for a point that is none": after(
            sealed(text(records.VALUE, value | {"id": 0, "value": "not a number"}))
        ),
        "value of another type": after(sealed(text(records.VALUE, value | {"value": [1]}))),
        "step of too many bits": after(sealed(text(records.VALUE, value | {"step": 1 << 70}))),
        "parameters that are a list": after(sealed(text(records.PARAMS, [1]))),
        "deep parameters": after(json_record(records.PARAMS, deep)),
        "parameters without UTF-8": after(json_record(records.PARAMS, b'{"a":"\xff"}')),
        "half a character": after(json_record(records.PARAMS, rb'{"a":"\ud800"}')),
        "no JSON": after(json_record(records.PARAMS, b"{")),
        "number of a million digits": after(
            json_record(records.PARAMS, b'{"a":' + b"9" * 9_000 + b"}")
        ),
        "status": after(done("hacked")),
        "ended in no step": after(done(step="three")),
        "error of another shape": after(done("failed", error="boom")),
        "picture of no digest": after(sealed(text(records.IMAGE, image | {"digest": "../x"}))),
        "long picture's path": after(sealed(text(records.IMAGE, image | {"path": "x" * 501}))),
        "file of a file": after(sealed(text(records.LARGE, {"kind": 15, "digest": "0" * 64}))),
        "name in a file": after(sealed(text(records.LARGE, {"kind": 2, "digest": "0" * 64}))),
    }


HOSTILE = hostile()


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_records_that_live_would_not_write_are_refused_with_a_sentence(
    post: Callable[..., requests.Response], body: Callable[[Run], bytes]
) -> None:
    run = Run("hostile")
    answer = post(run, 0, body(run))
    assert answer.status_code == 422, answer.text
    said = answer.json()["detail"]
    assert said.isprintable()
    assert 10 < len(said) <= 300
    # The run is not spoilt: what is right is taken afterwards, under the names it gives itself.
    assert end(post(run, 0)) == 0


def test_a_picture_that_is_none_is_left_out_and_its_run_goes_on(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    run = Run("svg")
    svg = b"<svg onload='alert(1)'/>"
    said = {"path": "a.png", "step": 0, "time": TIME, "digest": hashlib.sha256(svg).hexdigest()}
    large = {"kind": records.PARAMS, "digest": ""}
    long = b'{"a":"' + b"x" * 4_100_000 + b'"}'
    large["digest"] = hashlib.sha256(long).hexdigest()
    body = run.opening() + sealed(text(records.IMAGE, said)) + sealed(text(records.LARGE, large))
    assert end(post(run, 0, body + points(range(3)), svg, long)) == len(body + points(range(3)))
    row = server.experiment("svg")
    assert row is not None
    assert (row["images"], row["step"]) == ([], 2)
    assert len(json.dumps(row)) < 10_000
    assert row["ledger"]["refused"] == 2
    assert "at most 4,000,000 bytes" in row["ledger"]["refusal"]["detail"]


def test_a_picture_that_claims_a_canvas_nobody_can_hold_is_left_out_and_the_ledger_says_so(
    server: Server, post: Callable[..., requests.Response]
) -> None:
    run, later = Run("huge"), Run("huge")
    huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (20_000).to_bytes(4, "big") * 2 + b"\0" * 20
    said = {"path": "plots/images/huge.png", "step": 0, "time": TIME}
    said["digest"] = hashlib.sha256(huge).hexdigest()
    body = run.opening() + points(range(3))
    assert end(post(run, 0, body)) == len(body)
    assert end(post(later, 0, later.opening(time=TIME + 20))) > 0
    # It belongs to the start that sent it, and what is sent again is refused once.
    picture = sealed(text(records.IMAGE, said))
    for _ in range(2):
        assert end(post(run, len(body), picture, huge)) == len(body + picture)
    row = server.experiment("huge")
    assert row is not None
    assert (row["generation"], row["ledger"]["refused"]) == (2, 0)
    first = server.get(f"api/experiments/{row['id']}?generation=1").json()["experiment"]
    assert first["ledger"]["refused"] == 1
    assert first["ledger"]["refusal"]["detail"] == (
        "'plots/images/huge.png' was left out: it says it has 400,000,000 pixels, and at most 100,000,000 are taken"
    )
    assert first["images"] == []


@pytest.mark.usefixtures("unmoved")
def test_a_newer_kind_of_record_is_no_fault_of_the_run(
    post: Callable[..., requests.Response],
) -> None:
    run = Run("newer")
    answer = post(run, 0, run.opening() + sealed(text(99, {"new": True})))
    assert answer.status_code == 415
    assert "upgrade" in answer.json()["detail"]


@pytest.mark.usefixtures("unmoved")
def test_damaged_files_behind_the_records_are_refused(server: Server, token: str) -> None:
    run = Run("files")
    headers, body = parcels.packed(run.id, 0, run.opening(), [PNG])
    for cut in (body[:-1], body + b"\1", body + b"\xff\xff\xff\xff"):
        checked = headers | {parcels.CHECKSUM: f"{crc32(cut):08x}"}
        assert send(server, token, (checked, cut)).status_code == 400


@pytest.mark.usefixtures("unmoved")
def test_a_journal_needs_a_token_as_everything_else_does(server: Server) -> None:
    run = Run("stranger")
    assert send(server, "lst_wrong", parcels.packed(run.id, 0, run.opening())).status_code == 401


def test_every_kind_of_record_is_vetted() -> None:
    kinds = set(range(records.HEADER, records.TOTAL + 1))
    named_kinds = {
        value
        for name, value in vars(records).items()
        if name.isupper()
        and type(value) is int
        and name not in ("VERSION", "LARGEST", "SOUND")
        and not name.endswith(("LENGTH", "MOST", "WAIT", "REPEATS", "SLOTS"))
    }
    assert kinds <= named_kinds
    assert named_kinds == set(shapes.SHAPES) | set(vetting.LENGTHS) | {records.ROW}
