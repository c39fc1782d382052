"""Every route of the server, with every credential that somebody may show: one written table.

A route that is registered and not in the table fails here, so that none is ever forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from tornado import web

from live_studio import tokens
from live_studio.server.openapi import OPERATIONS, Operation
from live_studio.server.routes import ROUTES
from tests.servers import JUPYTER_TOKEN, Server, running

SHA = "1dc7b7bd70c19851d751788ee36ed964c25da1f4"
SAMPLES = {
    "{id}": "987654321",
    "{token}": "0" * 12,
    "{project}": "0" * 12,
    "{digest}": "0" * 64,
    "{name}": "nothing.js",
}
EVENT = {
    "type": "data",
    "repo_url": "https://github.com/o/r",
    "baseline_sha": SHA,
    "name": "routes",
    "client": "dvclive",
    "step": 0,
}
PUSH = {"repo_url": "https://github.com/o/r", "client": "dvc", "refs": {}}
BODIES: dict[str, Any] = {"api/live": EVENT, "webhook/dvc": PUSH}
TO_LOGIN = {"", "device", "api/stream"}
"""Who asks for these without a login may be sent to it."""
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "bm90aGluZyBzZWNyZXQgIQ==",
}
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
DENIED = {401, 403}
REDIRECTS = {301, 302, 303, 307, 308}


def path_of(operation: Operation) -> str:
    path = operation.path
    for name, sample in SAMPLES.items():
        path = path.replace(name, sample)
    return path


@dataclass
class Visitor:
    """What somebody shows, and whether each door knows him."""

    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    opens: frozenset[str] = frozenset()
    reads_only: bool = False


@pytest.fixture(
    scope="module",
    name="guarded",
    params=[(), ("--ServerApp.allow_unauthenticated_access=False",)],
    ids=["as it comes", "all authenticated"],
)
def _guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("routes")
    # Asking for too much is what this module does.
    patience = "--LiveStudioApp.refusals_per_second=100000"
    with running(folder, "/user/me/", patience, *request.param) as server:
        yield server


@pytest.fixture(scope="module", name="visitors")
def _visitors(guarded: Server) -> dict[str, Visitor]:
    producer, viewer = frozenset({"producer"}), frozenset({"viewer"})
    own = {"Authorization": f"token {guarded.token('--name', 'own')}"}
    jupyters = {"Authorization": f"token {JUPYTER_TOKEN}"}
    with requests.Session() as browser:
        browser.get(f"{guarded.root}lab?token={JUPYTER_TOKEN}", timeout=30)
        cookies = dict(browser.cookies)
    xsrf = {"X-XSRFToken": cookies["_xsrf"]}
    return {
        "nobody": Visitor(),
        "a wrong token": Visitor({"Authorization": f"token {tokens.mint()}"}),
        "a token of ours": Visitor(own, opens=producer),
        "a token of ours in the query": Visitor(
            query={"token": own["Authorization"].removeprefix("token ")}
        ),
        "a token for another project": Visitor(
            {
                "Authorization": "token "
                + guarded.token("--name", "other", "--project", "https://github.com/o/other")
            }
        ),
        "Jupyter's token": Visitor(jupyters, opens=viewer),
        "Jupyter's token in the query": Visitor(query={"token": JUPYTER_TOKEN}, opens=viewer),
        "a browser that is logged in": Visitor(xsrf, cookies=cookies, opens=viewer),
        "a form of another site": Visitor(cookies=cookies, opens=viewer, reads_only=True),
    }


VISITORS = (
    *("nobody", "a wrong token", "a token of ours", "a token of ours in the query"),
    *("a token for another project", "Jupyter's token", "Jupyter's token in the query"),
    *("a browser that is logged in", "a form of another site"),
)


def ask(server: Server, operation: Operation, visitor: Visitor, **more: str) -> requests.Response:
    body = BODIES.get(operation.path, {})
    return requests.request(
        operation.method,
        server.url + path_of(operation),
        params=visitor.query,
        headers=visitor.headers | more,
        cookies=visitor.cookies,
        json=body if operation.method in ("post", "patch") else None,
        timeout=30,
        allow_redirects=False,
    )


@pytest.mark.parametrize("who", VISITORS)
def test_every_route_lets_in_whom_it_should_and_nobody_else(
    guarded: Server, visitors: dict[str, Visitor], who: str
) -> None:
    visitor = visitors[who]
    wrong = []
    for operation in OPERATIONS:
        answer = ask(guarded, operation, visitor)
        said = f"{operation.method} {operation.path or '(the page)'}: {answer.status_code}"
        if not fits(operation, visitor, answer.status_code):
            wrong.append(said)
        # Whoever shows Jupyter's own token may read from anywhere: that is Jupyter's word.
        shared = "Access-Control-Allow-Origin" in answer.headers and "Jupyter's" not in who
        if "Traceback" in answer.text or shared:
            wrong.append(f"{said}, and more than it should say")
    assert wrong == []


def fits(operation: Operation, visitor: Visitor, status: int) -> bool:
    if operation.door == "open":
        return status not in DENIED | REDIRECTS
    writes = operation.method != "get"
    if operation.door in visitor.opens and not (writes and visitor.reads_only):
        return status not in DENIED | REDIRECTS and status < 500
    if operation.door == "viewer" and operation.path in TO_LOGIN and not writes:
        return status in DENIED | {302}
    return status in DENIED


@pytest.mark.parametrize(
    "foreign", [{"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example:8888"}], ids=str
)
def test_no_route_answers_to_a_foreign_host_name(
    guarded: Server, visitors: dict[str, Visitor], foreign: dict[str, str]
) -> None:
    """Else a page of any site could rebind its name to this machine."""
    own, jupyters = visitors["a token of ours"], visitors["a browser that is logged in"]
    for operation in OPERATIONS:
        if operation.path.startswith("static/"):
            continue  # the files are public and carry nothing
        visitor = own if operation.door == "producer" else jupyters
        answer = ask(guarded, operation, visitor, **foreign)
        assert answer.status_code == 403, operation


def test_no_route_lets_a_page_of_another_site_write_or_read(
    guarded: Server, visitors: dict[str, Visitor]
) -> None:
    """The browser sends the cookies along; it shows an answer to the page only if we allow that."""
    own = visitors["a token of ours"]
    visitor = visitors["a form of another site"]
    for operation in OPERATIONS:
        who = own if operation.door == "producer" else visitor
        more = UPGRADE if operation.path == "api/stream" else {}
        answer = ask(guarded, operation, who, Origin="http://evil.example", **more)
        assert "Access-Control-Allow-Origin" not in answer.headers, operation
        if operation.method != "get" or operation.path == "api/stream":
            assert answer.status_code in DENIED | {404}, operation


# the table is whole


def methods(handler: type[web.RequestHandler]) -> set[str]:
    """The methods that a handler answers itself."""
    unanswered = web.RequestHandler._unimplemented_method
    found = {name for name in METHODS if getattr(handler, name) is not unanswered}
    return found - {"options", "head"}  # Jupyter's own answers, which say nothing


def registered() -> set[tuple[str, str]]:
    return {(pattern, method) for pattern, handler, _ in ROUTES for method in methods(handler)}


def test_every_registered_route_is_described_and_every_described_one_registered() -> None:
    found = set()
    for operation in OPERATIONS:
        path = "/live-studio/" + path_of(operation)
        patterns = [pattern for pattern, _, _ in ROUTES if re.fullmatch(pattern, path)]
        assert len(patterns) == 1, operation
        found.add((patterns[0], operation.method))
    at_the_base = {
        (pattern, method) for pattern, method in registered() if "live-studio" not in pattern
    }
    assert registered() - at_the_base == found
    # What stands at the base is the same door, for clients that dropped the last segment.
    assert {("/live-studio" + pattern, method) for pattern, method in at_the_base} <= found


def test_nothing_is_registered_beside_the_table() -> None:
    source = Path(__file__).parents[2] / "src" / "live_studio" / "server"
    for file in source.glob("*.py"):
        text = file.read_text()
        assert "add_handlers" not in text, file.name
        if file.name != "extension.py":
            assert "self.handlers" not in text, file.name
            assert "default_router" not in text, file.name
    # But for one that only ever says 404, see `test_astray`, and the short way of what is in the table.
    assert (source / "extension.py").read_text().count(".rules.insert(") == 2


@pytest.mark.parametrize("method", ["put", "options", "head"])
def test_methods_that_no_route_has_do_nothing(
    guarded: Server, visitors: dict[str, Visitor], method: str
) -> None:
    for who in ("a token of ours", "a browser that is logged in", "nobody"):
        for operation in OPERATIONS:
            other = Operation(method, operation.path, operation.door, "")
            answer = ask(guarded, other, visitors[who])
            assert answer.status_code in {200, 204, 302, 401, 403, 404, 405}, operation
            assert answer.content in (b"", None) or answer.status_code >= 400, operation


def test_the_description_is_what_the_table_says(guarded: Server) -> None:
    said = guarded.get("openapi.json").json()
    assert said["openapi"].startswith("3.")
    assert said["servers"] == [{"url": "/user/me/live-studio"}]
    described = {(path[1:], method) for path, held in said["paths"].items() for method in held}
    assert described == {(operation.path, operation.method) for operation in OPERATIONS}
