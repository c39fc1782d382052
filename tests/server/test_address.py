"""The address that is handed out: the hub's word first, then what the client called us."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from live_studio.server.address import HUB, public


def asked(**headers: str) -> HTTPServerRequest:
    said = HTTPHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    return HTTPServerRequest(headers=said, start_line=RequestStartLine("GET", "/", "HTTP/1.1"))


@pytest.mark.parametrize(
    ("hub", "headers", "address"),
    [
        ("", {"Host": "box:8888"}, "http://box:8888/user/me/live-studio/"),
        (
            "",
            {"Host": "hub.example", "X_Forwarded_Proto": "https, http"},
            "https://hub.example/user/me/live-studio/",
        ),
        ("", {"Host": "box", "X_Forwarded_Proto": "javascript"}, "http://box/user/me/live-studio/"),
        (
            "https://hub.example/user/me/",
            {"Host": "10.0.0.7:8888"},
            "https://hub.example/user/me/live-studio/",
        ),
        (
            "",
            {"Host": "box", "X_Forwarded_Prefix": "/user/ada/proxy/9999/"},
            "http://box/user/ada/proxy/9999/user/me/live-studio/",
        ),
        (
            "https://hub.example/",
            {"Host": "box", "X_Forwarded_Prefix": "/user/ada/proxy/9999"},
            "https://hub.example/user/ada/proxy/9999/user/me/live-studio/",
        ),
        *(
            ("", {"Host": "box", "X_Forwarded_Prefix": odd}, "http://box/user/me/live-studio/")
            for odd in ("evil.example/", "//evil.example", "/a b", "/a?b", "/a//b", "/<b>")
        ),
        ("nonsense", {"Host": "box"}, "http://box/user/me/live-studio/"),
    ],
)
def test_the_address(
    monkeypatch: pytest.MonkeyPatch, hub: str, headers: dict[str, str], address: str
) -> None:
    monkeypatch.setenv(HUB, hub)
    assert public(asked(**headers), "/user/me/") == address
