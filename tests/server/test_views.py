"""The viewers' door: nothing without Jupyter's authentication, and the same numbers on every way."""

from __future__ import annotations

import hashlib
import json
import math
import random
import sqlite3
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
import requests
import websocket

from live_studio import __version__
from live_studio.server.static import FOLDER
from live_studio.studio import MOST_BYTES, Studio
from tests.servers import JUPYTER_TOKEN, Server, running, until

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAADElEQVR4nGNgIB0AAAA0AAF2Xq7DAAAAAElFTkSuQmCC"
LOSS = "dvclive/plots/metrics/loss.tsv"


def body(name: str, kind: str = "data", **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "repo_url": "github.com/o/r",
        "baseline_sha": SHA,
        "name": name,
        "client": "dvclive",
    } | fields


def record(server: Server, token: str, *bodies: dict[str, Any]) -> None:
    for each in bodies:
        assert server.post(each, token).status_code == 200


def points(name: str, values: Iterable[Any], first: int = 0) -> dict[str, Any]:
    rows = [{"step": first + n, "loss": value} for n, value in enumerate(values)]
    return body(name, step=rows[-1]["step"], plots={LOSS: {"data": rows}})


def table(server: Server) -> dict[str, dict[str, Any]]:
    """Every experiment by its id."""
    found: dict[str, dict[str, Any]] = {}
    since, more = 0, True
    while more:
        page = server.changes(since)
        found |= {row["id"]: row for row in page["experiments"]}
        since, more = page["seq"], page["more"]
    return found


def names(server: Server) -> set[str]:
    return {row["name"] for row in table(server).values()}


def experiment(server: Server, name: str) -> dict[str, Any]:
    (found,) = [row for row in table(server).values() if row["name"] == name]
    return found


def newest(server: Server) -> int:
    """The store's seq."""
    return int(server.changes(10**12)["seq"])


@pytest.fixture(scope="module", name="seen")
def _seen(server: Server, token: str) -> dict[str, Any]:
    """An experiment with a series and a picture."""
    record(
        server,
        token,
        body("seen", "start"),
        points("seen", [0.5, "nan", 0.25, "inf", "-inf", 0.125]),
        body("seen", step=5, plots={"dvclive/plots/images/a.png": {"image": PNG}}),
    )
    return experiment(server, "seen")


# who may look


def viewers_routes(seen: dict[str, Any]) -> list[tuple[str, str]]:
    own = f"api/experiments/{seen['id']}"
    return [
        ("GET", ""),
        ("GET", "api/changes"),
        ("GET", f"api/series?metric=loss&experiment={seen['id']}"),
        ("GET", f"{own}/series?path={LOSS}"),
        ("GET", f"{own}/images/{seen['images'][0]['digest']}"),
        ("DELETE", own),
        ("POST", f"{own}/restore"),
        ("POST", f"{own}/mark-stopped"),
        ("DELETE", f"{own}/mark-stopped"),
    ]


def test_every_viewers_route_is_closed_without_and_open_with_jupyters_token(
    server: Server, seen: dict[str, Any]
) -> None:
    for method, path in viewers_routes(seen):
        how: dict[str, Any] = {"timeout": 30, "allow_redirects": False}
        refused = requests.request(method, server.url + path, **how)
        assert refused.status_code in (302, 401, 403), path
        assert "seen" not in refused.text
        if refused.status_code == 302:
            assert "/login?" in refused.headers["Location"]
        else:
            assert refused.json().keys() == {"detail"}
        headers = {"Authorization": f"token {JUPYTER_TOKEN}"}
        opened = requests.request(method, server.url + path, headers=headers, **how)
        assert opened.status_code == 200, path
    assert "seen" in names(server)


def test_the_stream_is_closed_without_jupyters_token(server: Server) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(stream_url(server), timeout=30)
    assert refused.value.status_code in (302, 401, 403)


def test_whoever_opens_the_page_without_a_login_is_led_to_it(server: Server) -> None:
    answer = requests.get(server.url, timeout=30, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/user/me/login?next=%2Fuser%2Fme%2Flive-studio%2F"


def test_the_stream_is_closed_for_pages_of_other_sites(server: Server) -> None:
    with requests.Session() as browser:
        cookie = logged_in(browser, server)
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            websocket.create_connection(
                stream_url(server), timeout=30, cookie=cookie, origin="https://evil.example"
            )
    assert refused.value.status_code == 403


def test_no_route_is_left_without_a_decision_about_who_may_use_it(tmp_path: Path) -> None:
    """Jupyter can look through all routes for those that neither ask nor say they need not."""
    with running(tmp_path, "/", "--ServerApp.allow_unauthenticated_access=False") as strict:
        assert requests.get(strict.url + "api/health", timeout=30).status_code == 200
        token = strict.token()
        record(strict, token, body("strict", "start"))
        assert experiment(strict, "strict")
        lines = [line for line in strict.log.splitlines() if "live_studio" in line]
        assert not [line for line in lines if "authenticat" in line.lower()]


def test_health_is_open_and_says_nothing_but_version_and_store(server: Server) -> None:
    answer = requests.get(server.url + "api/health", timeout=30, allow_redirects=False)
    with closing(Studio(server.store)) as studio:
        assert answer.json() == {"version": __version__, "store_id": studio.id}
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("api/changes?since=x", "since"),
        ("api/changes?since=-1", "since"),
        ("api/changes?since=" + "9" * 30, "since"),
        ("api/series?experiment=1", "metric"),
        ("api/series?metric=loss&experiment=x", "experiment"),
        ("api/series?metric=loss&experiment=1&points=many", "points"),
        ("api/series?metric=loss&experiment=1&x0=left", "x0"),
        ("api/series?metric=loss&experiment=1&x=epoch", "x"),
        ("api/series?metric=loss&experiment=1&smooth=1", "smooth"),
        ("api/series?metric=loss&experiment=1&smooth=nan", "smooth"),
        ("api/series?metric=loss&experiment=1&smooth=0.5&smoothing=spline", "smoothing"),
        ("api/series?metric=loss&experiment=1&smooth=0.5&smoothing=centred&since=3", "since"),
        ("api/series?metric=loss&group=1,2&since=3", "since"),
        ("api/series?metric=loss&group=1;2", "group"),
        ("api/series?metric=loss&group=1,2&band=sem", "band"),
        ("api/experiments/1/series", "path"),
    ],
)
def test_a_wrong_question_is_refused_with_the_name_of_its_part(
    server: Server, path: str, word: str
) -> None:
    answer = server.get(path)
    assert answer.status_code == 400
    assert answer.json().keys() == {"detail"}
    assert word in answer.json()["detail"]


# changes


def test_changes_of_more_than_two_megabytes_come_in_pages_and_lose_nothing(
    server: Server, token: str
) -> None:
    since = newest(server)
    wanted = [f"page {number}" for number in range(15)]
    for name in wanted:
        record(server, token, body(name, "start", params={"p.yaml": {"text": "é" * 100_000}}))
    found, more = [], True
    while more:
        answer = server.get(f"api/changes?since={since}")
        page = answer.json()
        assert len(answer.content) <= MOST_BYTES
        found += [row["name"] for row in page["experiments"]]
        assert page["seq"] > since
        since, more = page["seq"], page["more"]
    assert found == wanted


def test_changes_are_never_kept_by_a_browser(server: Server) -> None:
    assert server.get("api/changes").headers["Cache-Control"] == "no-store"


# the stream


def stream_url(server: Server, since: int = 0) -> str:
    return f"ws{server.url.removeprefix('http')}api/stream?since={since}"


class Stream:
    """A page's WebSocket, and the table it builds from the frames."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.table: dict[str, Any] = {}
        self.seq = 0

    @contextmanager
    def open(self) -> Iterator[Stream]:
        self._socket = websocket.create_connection(
            stream_url(self._server, self.seq),
            timeout=30,
            header=[f"Authorization: token {JUPYTER_TOKEN}"],
        )
        try:
            yield self
        finally:
            self._socket.close()

    def frame(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._socket.recv())
        assert said.keys() == {
            *("seq", "now", "more", "experiments", "deleted", "projects", "commits")
        }
        assert said["seq"] >= self.seq
        self.table |= {row["id"]: row for row in said["experiments"]}
        for gone in said["deleted"]:
            self.table.pop(gone, None)
        self.seq = said["seq"]
        return said

    def reach(self, seq: int) -> Stream:
        while self.seq < seq:
            self.frame()
        return self


def test_a_stream_says_everything_and_then_what_is_new(server: Server, token: str) -> None:
    record(server, token, body("streamed", "start"))
    with Stream(server).open() as stream:
        stream.reach(newest(server))
        assert stream.table == table(server)
        record(server, token, body("streamed", step=1))
        assert [row["step"] for row in stream.frame()["experiments"]] == [1]
        record(server, token, body("streamed", "done"))
        assert [row["status"] for row in stream.frame()["experiments"]] == ["completed"]


def test_a_stream_resumes_from_any_seq(server: Server, token: str) -> None:
    first = newest(server)
    for step in range(8):
        record(server, token, body(f"resumed {step % 3}", step=step))
    last = newest(server)
    for since in range(first, last + 1):
        stream = Stream(server)
        stream.seq = since
        with stream.open():
            said = stream.frame()
        expected = server.changes(since)
        assert said | {"now": ""} == expected | {"now": ""}


def test_a_stream_opened_at_the_newest_seq_learns_the_servers_clock_at_once(
    server: Server,
) -> None:
    stream = Stream(server)
    stream.seq = newest(server)
    with stream.open():
        said = stream.frame()
    lists = ("experiments", "deleted", "projects", "commits")
    assert said["seq"] == stream.seq
    assert [said[name] for name in lists] == [[], [], [], []]
    assert said["now"].endswith("Z")
    assert not said["more"]


def test_a_page_that_loses_its_stream_again_and_again_misses_nothing(
    server: Server, token: str
) -> None:
    draw = random.Random(7)
    stream = Stream(server)
    for step in range(40):
        with stream.open():
            if draw.random() < 0.8:
                stream.frame()
            record(server, token, body(f"lossy {draw.randrange(5)}", step=step))
            if draw.random() < 0.3:
                stream.frame()
    with stream.open():
        stream.reach(newest(server))
    assert stream.table == table(server)


def test_every_open_stream_hears_the_same(server: Server, token: str) -> None:
    with ExitStack() as opened:
        streams = [Stream(server) for _ in range(10)]
        for stream in streams:
            stream.seq = newest(server)
            opened.enter_context(stream.open())
        record(server, token, body("everybody", step=1))
        last = newest(server)
        tables = [stream.reach(last).table for stream in streams]
    assert all(each == tables[0] for each in tables)
    assert [row["name"] for row in tables[0].values()] == ["everybody"]


def test_what_a_page_opens_with_does_not_hold_up_what_is_new(server: Server, token: str) -> None:
    """Large rows that keep moving are sent once a second; the first frames are not such rows."""
    for number in range(5):
        plots = {f"{n:0450}": {"data": [{"step": 0, "x": 1}]} for n in range(2000)}
        record(server, token, body(f"heavy {number}", step=0, plots=plots))

    def at_once() -> bool:
        with Stream(server).open() as stream:
            began = time.monotonic()
            frames = 0
            last = newest(server)
            while stream.seq < last:
                stream.frame()
                frames += 1
            assert frames >= 3
            record(server, token, body("light", step=1))
            assert [row["name"] for row in stream.frame()["experiments"]] == ["light"]
            return time.monotonic() - began < frames

    # A busy machine may take a second for a frame once; where frames are held up, each opening takes as long.
    until(at_once, "a page that opens without waiting a second for each frame")


def test_a_store_that_fails_for_a_moment_does_not_end_the_streams(
    server: Server, token: str
) -> None:
    record(server, token, body("before", step=1))
    with Stream(server).open() as stream, closing(sqlite3.connect(server.store)) as beside:
        stream.reach(newest(server))
        beside.execute("ALTER TABLE projects RENAME TO hidden")
        try:
            with Stream(server).open():
                until(lambda: "no such table: projects" in server.log, "the failure in the log")
        finally:
            beside.execute("ALTER TABLE hidden RENAME TO projects")
        record(server, token, body("afterwards", step=2))
        assert [row["name"] for row in stream.frame()["experiments"]] == ["afterwards"]


# one experiment


def test_an_earlier_start_is_there_with_its_numbers_and_points(server: Server, token: str) -> None:
    record(server, token, body("again", "start"), points("again", [1, 2, 3]))
    record(server, token, body("again", "start"), points("again", [4]))
    own = f"{server.url}api/experiments/{experiment(server, 'again')['id']}"
    headers = {"Authorization": f"token {JUPYTER_TOKEN}"}

    def get(path: str) -> requests.Response:
        return requests.get(own + path, headers=headers, timeout=30)

    said = get("").json()
    assert said["experiment"]["generation"] == 2
    assert [(one["generation"], one["points"]) for one in said["generations"]] == [(2, 1), (1, 3)]
    assert get("?generation=1").json()["experiment"]["step"] == 2
    assert get("?generation=3").status_code == 404
    assert requests.get(own, timeout=30).status_code in (401, 403)
    answered = get(f"/series?path={LOSS}&generation=1").json()
    assert answered["generation"] == 1
    assert answered["series"][0]["columns"]["value"] == [1, 2, 3]
    assert get(f"/series?path={LOSS}").json()["series"][0]["columns"]["value"] == [4]


# delete and restore


def logged_in(browser: requests.Session, server: Server) -> str:
    browser.get(f"{server.root}lab?token={JUPYTER_TOKEN}", timeout=30)
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


def test_delete_and_restore_need_xsrf_from_a_browser(server: Server, token: str) -> None:
    record(server, token, body("unwanted", step=1))
    found = experiment(server, "unwanted")
    own = f"{server.url}api/experiments/{found['id']}"
    with requests.Session() as browser:
        logged_in(browser, server)
        xsrf = {"X-XSRFToken": browser.cookies["_xsrf"]}
        assert browser.delete(own, timeout=30).status_code == 403
        assert browser.delete(own, headers={"X-XSRFToken": "x"}, timeout=30).status_code == 403
        assert "unwanted" in names(server)
        answer = browser.delete(own, headers=xsrf, timeout=30)
        assert (answer.status_code, list(answer.json())) == (200, ["seq"])
        assert "unwanted" not in names(server)
        assert browser.post(own + "/restore", timeout=30).status_code == 403
        assert "unwanted" not in names(server)
        answer = browser.post(own + "/restore", headers=xsrf, timeout=30)
        assert (answer.status_code, answer.json()) == (200, {})
    assert "unwanted" in names(server)


def test_delete_and_restore_reach_every_stream(server: Server, token: str) -> None:
    record(server, token, body("shortly gone", step=1))
    found = experiment(server, "shortly gone")
    headers = {"Authorization": f"token {JUPYTER_TOKEN}"}
    own = f"{server.url}api/experiments/{found['id']}"
    stream = Stream(server)
    stream.seq = newest(server)
    with stream.open():
        stream.frame()
        answer = requests.delete(own, headers=headers, timeout=30)
        assert answer.status_code == 200
        gone = stream.frame()
        assert gone["deleted"] == [found["id"]]
        assert gone["seq"] <= answer.json()["seq"]
        assert requests.post(own + "/restore", headers=headers, timeout=30).status_code == 200
        assert [row["id"] for row in stream.frame()["experiments"]] == [found["id"]]


def test_several_go_at_once_and_come_back_from_the_trash(server: Server, token: str) -> None:
    record(server, token, *(body(f"trash {number}", "start") for number in range(3)))
    ids = [experiment(server, f"trash {number}")["id"] for number in range(3)]
    headers = {"Authorization": f"token {JUPYTER_TOKEN}"}

    def ask(method: str, path: str, said: Any) -> requests.Response:
        return requests.request(method, server.url + path, headers=headers, json=said, timeout=30)

    assert ask("DELETE", "api/experiments", {"experiments": ids}).json()["deleted"] == 3
    assert not any(name.startswith("trash ") for name in names(server))
    record(server, token, body("trash 1", step=9))
    assert "trash 1" not in names(server), "it reports and stays away"
    trash = server.get("api/trash").json()["experiments"]
    assert {one["id"] for one in trash} >= set(ids)
    assert ask("POST", "api/trash", {"experiments": ids[:1]}).json() == {"restored": 1}
    record(server, token, body("trash 1", "start"))
    assert {"trash 0", "trash 1"} <= set(names(server))
    assert "trash 2" not in names(server)
    for odd in ({"experiments": ["x"]}, {"experiments": [7]}, {}, []):
        answer = ask("DELETE", "api/experiments", odd)
        assert answer.status_code == 400
        assert answer.json().keys() == {"detail"}


def test_what_is_not_there_cannot_be_deleted(server: Server) -> None:
    headers = {"Authorization": f"token {JUPYTER_TOKEN}"}
    for method, end in (("DELETE", ""), ("POST", "/restore")):
        answer = requests.request(
            method, f"{server.url}api/experiments/999999{end}", headers=headers, timeout=30
        )
        assert answer.status_code == 404
        assert answer.json().keys() == {"detail"}


# pictures and files


def test_a_picture_is_served_as_nothing_but_a_picture(server: Server, seen: dict[str, Any]) -> None:
    (image,) = seen["images"]
    answer = server.get(f"api/experiments/{seen['id']}/images/{image['digest']}")
    assert hashlib.sha256(answer.content).hexdigest() == image["digest"]
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_picture_is_found_under_its_own_experiment_alone(
    server: Server, token: str, seen: dict[str, Any]
) -> None:
    record(server, token, body("pictureless", step=0))
    other = experiment(server, "pictureless")
    digest = seen["images"][0]["digest"]
    for path in (f"{other['id']}/images/{digest}", f"{seen['id']}/images/{'0' * 64}"):
        assert server.get(f"api/experiments/{path}").status_code == 404


def test_files_are_named_by_their_content_and_kept_for_ever(server: Server) -> None:
    files = json.loads((FOLDER / "manifest.json").read_text())
    hashed = [name for name in files.values() if "-" in name]
    assert {name.rpartition("-")[0] for name in hashed} == {
        "app",
        "across",
        "page",
        "plotly",
        "storage",
    }
    for name in hashed:
        answer = requests.get(f"{server.url}static/{name}", timeout=30)
        assert answer.status_code == 200
        digest = hashlib.sha256(answer.content).hexdigest()
        assert name.rpartition("-")[2] == f"{digest[:12]}.js"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert answer.headers["Content-Encoding"] == "gzip"
        plain = requests.get(
            f"{server.url}static/{name}", headers={"Accept-Encoding": "identity"}, timeout=30
        )
        assert plain.content == answer.content
        assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json",
        "stamp",
        "widget.js",
        "app-000000000000.js",
        "..%2f__init__.py",
        "%2e%2e%2fwire.py",
    ],
)
def test_no_other_file_is_served(server: Server, name: str) -> None:
    assert requests.get(f"{server.url}static/{name}", timeout=30).status_code == 404


def test_the_page_loads_one_script_of_ours_and_repeats_no_text_of_a_stranger(
    server: Server,
) -> None:
    answer = server.get("?project=%22%3E%3Cscript%3Ealert(1)%3C/script%3Eabc123")
    assert answer.status_code == 200
    assert answer.text.count("<script") == 1
    assert "alert" not in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Type"].startswith("text/html")
    source = answer.text.partition('src="')[2].partition('"')[0]
    assert requests.get(urljoin(answer.url, source), timeout=30).status_code == 200


# series


@pytest.fixture(scope="module", name="long")
def _long(server: Server, token: str) -> dict[str, Any]:
    """A series of 5,000 points with two needles in it and a hole."""
    values: list[Any] = [math.sin(step / 300) for step in range(5000)]
    values[1234], values[4321], values[2500] = 77.0, -77.0, "nan"
    record(server, token, body("long", "start"))
    for first in range(0, 5000, 1000):
        record(server, token, points("long", values[first : first + 1000], first))
    found = experiment(server, "long")
    return found | {"values": values}


def lines(server: Server, question: str) -> list[dict[str, Any]]:
    answer = server.get(f"api/series?metric=loss&{question}")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found.keys() == {"metric", "seq", "series"}
    return list(found["series"])


def line(server: Server, question: str) -> dict[str, Any]:
    (found,) = lines(server, question)
    return found


def as_float(values: list[Any]) -> np.ndarray[Any, Any]:
    return np.array([float(value) for value in values])


def test_a_series_comes_back_as_it_was_sent(server: Server, seen: dict[str, Any]) -> None:
    found = line(server, f"experiment={seen['id']}")
    assert (found["experiment"], found["path"], found["total"]) == (seen["id"], LOSS, 6)
    assert found["columns"] == {
        "step": [0, 1, 2, 3, 4, 5],
        "value": [0.5, "nan", 0.25, "inf", "-inf", 0.125],
    }


def test_one_series_by_its_path_is_the_same(server: Server, seen: dict[str, Any]) -> None:
    answer = server.get(f"api/experiments/{seen['id']}/series", params={"path": LOSS})
    assert answer.json()["series"] == [line(server, f"experiment={seen['id']}")]


@pytest.mark.parametrize(
    "more",
    [
        "",
        "&time=1",
        "&points=200",
        "&points=200&time=1&x0=10&x1=4000",
        "&points=200&smooth=0.9&x=relative&log=1",
    ],
)
def test_numbers_as_json_and_as_blocks_agree(
    server: Server, seen: dict[str, Any], long: dict[str, Any], more: str
) -> None:
    question = f"experiment={seen['id']}&experiment={long['id']}{more}"
    answer = server.get(
        f"api/series?metric=loss&{question}", headers={"Accept": "application/octet-stream"}
    )
    assert answer.headers["Content-Type"] == "application/octet-stream"
    (length,) = struct.unpack_from("<I", answer.content)
    head = json.loads(answer.content[4 : 4 + length])
    numbers = np.frombuffer(answer.content, "<f8", offset=4 + length)
    expected = lines(server, question)
    assert len(head["series"]) == len(expected) == 2
    at = 0
    for block, whole in zip(head["series"], expected, strict=True):
        assert {name: block[name] for name in ("experiment", "path", "total")} == {
            name: whole[name] for name in ("experiment", "path", "total")
        }
        assert head["columns"] == list(whole["columns"])
        assert block.get("odd") == whole.get("odd")
        for part, size in (("columns", block["points"]), ("smooth", block.get("smooth", 0))):
            for name in head["columns"] if size else ():
                column = numbers[at : at + size]
                at += size
                if name == "time":
                    column = column.round()
                np.testing.assert_array_equal(column, as_float(whole[part][name]))
    assert at == len(numbers)


@pytest.mark.parametrize("most", [40, 100, 400, 1000])
def test_a_reduced_series_is_short_and_keeps_its_ends_and_needles(
    server: Server, long: dict[str, Any], most: int
) -> None:
    found = line(server, f"experiment={long['id']}&points={most}")
    steps, values = found["columns"]["step"], found["columns"]["value"]
    assert found["total"] == 5000
    assert most / 4 <= len(steps) <= most + 8
    assert (steps[0], steps[-1]) == (0, 4999)
    assert {1234, 4321, 2500} <= set(steps)
    assert values == [long["values"][step] for step in steps]
    assert steps == sorted(steps)


def test_a_series_that_fits_is_not_reduced(server: Server, long: dict[str, Any]) -> None:
    found = line(server, f"experiment={long['id']}&points=5000")
    assert found["columns"]["value"] == long["values"]


def test_a_part_of_a_series_has_one_neighbour_on_each_side(
    server: Server, long: dict[str, Any]
) -> None:
    found = line(server, f"experiment={long['id']}&x0=100&x1=199.5")
    assert found["columns"]["step"] == list(range(99, 201))
    assert found["total"] == 5000


def test_since_leaves_out_what_was_recorded_before(
    server: Server, token: str, long: dict[str, Any]
) -> None:
    record(server, token, points("growing", [1.0, 2.0]))
    growing = experiment(server, "growing")
    answer = server.get(f"api/series?metric=loss&experiment={growing['id']}").json()
    late = {"data": [{"step": 7, "loss": 3.0}, {"step": -4, "loss": 9.0}]}
    record(server, token, body("growing", step=7, plots={LOSS: late}))
    question = f"api/series?metric=loss&experiment={growing['id']}&since={answer['seq']}"
    said = server.get(question).json()
    assert said["since"] == answer["seq"]
    (found,) = said["series"]
    assert found["columns"] == {"step": [-4, 7], "value": [9.0, 3.0]}
    assert found["total"] == 4


def test_a_smoothed_line_goes_on_where_nothing_came_late_and_comes_whole_otherwise(
    server: Server, token: str
) -> None:
    record(server, token, points("smoothed", [1.0, 2.0, 4.0]))
    ask = f"api/series?metric=loss&experiment={experiment(server, 'smoothed')['id']}&smooth=0.5"
    before = server.get(ask).json()
    more = {"data": [{"step": 3, "loss": 8.0}]}
    record(server, token, body("smoothed", step=3, plots={LOSS: more}))
    tail, whole = server.get(f"{ask}&since={before['seq']}").json(), server.get(ask).json()
    assert tail["since"] == before["seq"]
    (part,), (all_of_it,) = tail["series"], whole["series"]
    assert part["columns"] == {"step": [3], "value": [8.0]}
    assert part["smooth"]["value"] == pytest.approx(all_of_it["smooth"]["value"][-1:])
    late = {"data": [{"step": -1, "loss": 100.0}]}
    record(server, token, body("smoothed", step=3, plots={LOSS: late}))
    again = server.get(f"{ask}&since={whole['seq']}").json()
    assert "since" not in again
    assert again["series"] == server.get(ask).json()["series"]


def test_points_without_a_place_are_counted_however_few_points_are_sent(
    server: Server, token: str
) -> None:
    values = ["nan" if 100 <= n < 900 else n - 10.0 for n in range(1000)]
    record(server, token, points("holed", values))
    found = line(server, f"experiment={experiment(server, 'holed')['id']}&points=40&log=1")
    assert found["odd"] == {
        "nan": {"count": 800, "steps": list(range(100, 110))},
        "below": {"count": 11, "steps": list(range(10))},
    }
    assert len(found["columns"]["step"]) < 100


def test_smoothing_sees_every_point_and_leaves_the_raw_ones(
    server: Server, long: dict[str, Any]
) -> None:
    ask = f"experiment={long['id']}&smooth=0.9&smoothing="
    for kind in ("ema", "centred"):
        whole, part = (
            line(server, ask + kind),
            line(server, f"{ask}{kind}&points=200&x0=1000&x1=1500"),
        )
        smooth = dict(zip(whole["smooth"]["step"], whole["smooth"]["value"], strict=True))
        assert part["smooth"]["step"][0] == 999
        assert len(part["smooth"]["step"]) < 240
        # The needle is flat in the smoothed line, and stands in the raw one.
        assert max(map(float, part["smooth"]["value"])) < 20
        assert 77.0 in part["columns"]["value"]
        drawn = zip(part["smooth"]["step"], part["smooth"]["value"], strict=True)
        assert [smooth[step] for step, _ in drawn] == part["smooth"]["value"]


def test_a_series_over_another_metric_stands_where_both_have_a_step(
    server: Server, token: str
) -> None:
    tokens = {"data": [{"step": step, "tokens": 1000 - step} for step in range(0, 10, 2)]}
    plots = {LOSS: {"data": [{"step": step, "loss": float(step)} for step in range(10)]}}
    plots["dvclive/plots/metrics/tokens.tsv"] = tokens
    record(server, token, body("crossed", step=9, plots=plots))
    ask = f"experiment={experiment(server, 'crossed')['id']}&x=metric:"
    assert line(server, ask + "tokens")["columns"] == {
        "step": [8, 6, 4, 2, 0],
        "value": [8, 6, 4, 2, 0],
        "x": [992, 994, 996, 998, 1000],
    }
    assert line(server, f"{ask}tokens&x0=995&x1=997")["columns"]["step"] == [6, 4, 2]
    assert lines(server, ask + "missing") == []


def test_experiments_without_the_metric_have_no_line(
    server: Server, token: str, seen: dict[str, Any]
) -> None:
    record(server, token, body("silent", step=0))
    silent = experiment(server, "silent")
    found = lines(server, f"experiment={silent['id']}&experiment={seen['id']}&experiment=999999")
    assert [each["experiment"] for each in found] == [seen["id"]]


def test_a_metric_joins_files_of_any_folder_by_its_name(server: Server, token: str) -> None:
    for folder in ("dvclive", "logs/run"):
        rows = [{"step": 0, "acc": 1.0}]
        plots = {f"{folder}/plots/metrics/eval/acc.tsv": {"data": rows}}
        record(server, token, body("two folders", step=0, plots=plots))
    found = experiment(server, "two folders")
    answer = server.get(f"api/series?metric=eval/acc&experiment={found['id']}").json()
    assert len(answer["series"]) == 2


def test_a_table_grows_while_a_stream_looks_on(server: Server, token: str) -> None:
    stream = Stream(server)
    with stream.open():
        stream.reach(newest(server))
        for step in range(50):
            record(server, token, points("watched", [float(step)], step))
        found = experiment(server, "watched")
        until(
            lambda: stream.frame() and stream.table[found["id"]]["step"] == 49,
            "the last step in the stream",
        )
    assert stream.table[found["id"]]["series"] == {LOSS: {"count": 50, "last_step": 49}}
