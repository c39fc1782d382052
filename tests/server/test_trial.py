"""What `jupyter live-studio doctor` finds on another machine, for every wrong turn that one can take."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from live_studio.studio import Studio
from live_studio.trial import tried
from tests.proxies import certificate, proxied
from tests.servers import JUPYTER_TOKEN, Server

BASE = "/user/me/"


@pytest.fixture(scope="module", name="things")
def _things(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The right address and token, and what wrong turns need."""
    with closing(Studio(server.store)) as studio:
        expired, revoked = studio.tokens.issue("expired", days=-1), studio.tokens.issue("revoked")
        studio.tokens.revoke(revoked.token.id)
    own, right = server.url, server.token()
    host = own.partition("//")[2].partition("/")[0]
    with socket.socket() as nobody, socket.socket() as silent:
        nobody.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        made = certificate(tmp_path_factory.mktemp("tls"))
        with proxied(server.root.removesuffix(BASE), certificate=made) as behind:
            yield {
                "own": own,
                "root": server.root,
                "right": right,
                "expired": expired.secret,
                "revoked": revoked.secret,
                "closed": f"http://127.0.0.1:{nobody.getsockname()[1]}/",
                "silent": f"http://127.0.0.1:{silent.getsockname()[1]}/",
                "tls": behind.partition("//")[2],
                "certificate": str(made),
                "host": host,
            }


WHERE = "%live_studio url"
PANEL = "Tokens panel"
TURNS = {
    "right": ("{own}", "{right}", "answers, and takes the token", ""),
    "no slash": ("{root}live-studio", "{right}", "answers, and takes the token", ""),
    "expired": ("{own}", "{expired}", "expired", PANEL),
    "revoked": ("{own}", "{revoked}", "revoked", PANEL),
    "Jupyter's": ("{own}", JUPYTER_TOKEN, "Jupyter's own token", PANEL),
    "mistyped": ("{own}", "lst_abc", "mistyped", PANEL),
    "wrong host": ("http://nobody.invalid/", "{right}", "nobody here knows nobody.invalid", WHERE),
    "wrong port": ("{closed}", "{right}", "nothing listens there", WHERE),
    "silent": ("{silent}", "{right}", "does not answer within", WHERE),
    "wrong path": (
        *("http://{host}/user/you/live-studio/", "{right}", "goes on with /user/me/live-studio/"),
        WHERE,
    ),
    "another's": ("http://{host}/user/me/proxy/live-studio/", "{right}", "no Live Studio", WHERE),
    "http for https": (
        *("http://{tls}/user/me/live-studio/", "{right}", "speaks HTTPS only"),
        "begin the address with https://",
    ),
    "https for http": (
        *("https://{host}/user/me/live-studio/", "{right}", "does not speak HTTPS"),
        "begin the address with http://",
    ),
    "unknown authority": (
        *("https://{tls}/user/me/live-studio/", "{right}", "a certificate that nobody here trusts"),
        "REQUESTS_CA_BUNDLE",
    ),
    "no address": ("live-studio", "{right}", "is no address", WHERE),
}


@pytest.mark.parametrize("turn", TURNS)
def test_a_wrong_turn_is_named_with_its_fix(
    server: Server, things: dict[str, str], monkeypatch: pytest.MonkeyPatch, turn: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost,nobody.invalid")
    monkeypatch.setenv("NETRC", "/dev/null")
    before = server.changes()["seq"]
    url, token, found, remedy = (part.format(**things) for part in TURNS[turn])
    came = tried(url, token)
    assert found in came.found
    assert (remedy in came.remedy) if came.remedy else remedy == ""
    assert "lst_" not in str(came)
    # It asks, and leaves nothing behind.
    assert server.changes(before)["experiments"] == []


def test_a_trusted_certificate_is_no_wrong_turn(
    things: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", things["certificate"])
    came = tried(f"https://{things['tls']}{BASE}live-studio/", things["right"])
    assert came == ("answers, and takes the token", None)


def test_a_proxy_in_the_way_and_an_entry_in_netrc_are_told(
    things: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", "/dev/null")
    monkeypatch.setenv("http_proxy", things["closed"])
    came = tried(things["own"], things["right"])
    assert came.found == "a proxy stands before it"
    assert came.remedy == "add 127.0.0.1 to NO_PROXY"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login ada password geheim\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    came = tried(things["own"], things["right"])
    assert "netrc" in came.found
    assert "take the entry out" in (came.remedy or "")
    assert "geheim" not in str(came)
