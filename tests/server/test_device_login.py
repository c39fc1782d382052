"""Device login: what the routes answer, who may approve, and what a hostile device can do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import requests

from live_studio import tokens
from live_studio.server.logins import (
    INTERVAL,
    LIFETIME,
    WAITING_MOST,
    Login,
    Logins,
    TooMany,
)
from tests.servers import JUPYTER_TOKEN, Server, until


def begin(server: Server, **said: Any) -> requests.Response:
    body = {"client_name": "DVC"} | said
    return requests.post(server.url + "api/device-login", json=body, timeout=30)


def poll(server: Server, device_code: str) -> requests.Response:
    path = "api/device-login/token"
    return requests.post(server.url + path, json={"code": device_code}, timeout=30)


@pytest.fixture(name="person")
def _person(server: Server) -> Iterator[requests.Session]:
    """A browser that is logged in to Jupyter."""
    with requests.Session() as browser:
        browser.get(f"{server.root}lab?token={JUPYTER_TOKEN}", timeout=30)
        yield browser


def decide(server: Server, person: requests.Session, code: str, answer: str) -> requests.Response:
    """Press a button on the page, as a browser does."""
    shown = person.get(f"{server.url}device?code={code}", timeout=30)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.text))
    fields = {name: unescape(value) for name, value in fields.items()} | {"answer": answer}
    return person.post(
        server.url + "device", data=fields, headers={"Origin": origin(server)}, timeout=30
    )


def origin(server: Server) -> str:
    return "/".join(server.url.split("/")[:3])


def test_a_login_that_is_approved_gives_a_token_once(
    server: Server, person: requests.Session
) -> None:
    said = begin(server, token_name="laptop").json()
    assert said["verification_uri"] == server.url + "device"
    assert said["token_uri"] == server.url + "api/device-login/token"
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", said["user_code"])
    assert (said["token_name"], said["interval"]) == ("laptop", 5)
    assert said["expires_in"] <= 15 * 60
    waiting = poll(server, said["device_code"])
    assert (waiting.status_code, waiting.json()["detail"]) == (400, "authorization_pending")
    answer = decide(server, person, said["user_code"], "approve")
    assert answer.status_code == 200
    assert "Approved" in answer.text
    given = poll(server, said["device_code"])
    assert given.status_code == 200
    token = given.json()["access_token"]
    assert tokens.is_well_formed(token)
    again = poll(server, said["device_code"])
    assert (again.status_code, again.json()["detail"]) == (400, "authorization_expired")
    held = server.get("api/tokens").json()["tokens"]
    assert [one["scope"] for one in held if one["name"] == "laptop"] == ["experiments:write"]
    for secret in (token, said["device_code"]):
        assert secret not in server.log


def test_a_login_that_is_denied_gives_none(server: Server, person: requests.Session) -> None:
    said = begin(server).json()
    assert "Denied" in decide(server, person, said["user_code"], "deny").text
    answer = poll(server, said["device_code"])
    assert answer.status_code == 400
    assert answer.json() == {"detail": "authorization_expired", "error": "access_denied"}
    later = person.get(f"{server.url}device?code={said['user_code']}", timeout=30)
    assert later.status_code == 404
    assert "approve" not in later.text


def test_only_a_person_who_is_logged_in_approves(server: Server, person: requests.Session) -> None:
    said = begin(server).json()
    fields = {"code": said["user_code"], "answer": "approve"}
    address = server.url + "device"
    stranger = requests.get(
        f"{address}?code={said['user_code']}", timeout=30, allow_redirects=False
    )
    assert stranger.status_code == 302
    assert "/login" in stranger.headers["Location"]
    for asks in (requests.post, person.post):
        answer = asks(address, data=fields, timeout=30, allow_redirects=False)
        assert answer.status_code in (302, 403), asks
    with requests.Session() as outside:
        # A stranger's own cookie against forged requests is as good as anybody's.
        outside.get(f"{server.root}login", timeout=30)
        forged = fields | {"_xsrf": outside.cookies["_xsrf"]}
        answer = outside.post(address, data=forged, timeout=30, allow_redirects=False)
        assert answer.status_code in (302, 403)
    ingest = server.token("--name", "ingest")
    headers = {"Authorization": f"token {ingest}"}
    answer = requests.post(address, data=fields, headers=headers, timeout=30, allow_redirects=False)
    assert answer.status_code in (302, 403)
    assert poll(server, said["device_code"]).json()["detail"] == "authorization_pending"


def test_the_page_cannot_be_framed_and_runs_no_script(
    server: Server, person: requests.Session
) -> None:
    policy = person.get(server.url + "device", timeout=30).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{title} {0} %s %(x)s",
        "good\u202eoot\x00\x1b[31m\r\nSet-Cookie: a=b",
        "x" * 1_000,
        "   ",
    ],
)
def test_what_a_device_calls_itself_is_text(
    server: Server, person: requests.Session, hostile: str
) -> None:
    said = begin(server, client_name=hostile, token_name=hostile, scopes=["EXPERIMENTS", hostile])
    assert said.status_code == 200
    page = person.get(f"{server.url}device?code={said.json()['user_code']}", timeout=30).text
    assert not re.search(r"<(script|img)", page)
    shown = re.findall(r"<dd>(.*?)</dd>", page, re.DOTALL)
    assert all(unescape(one).isprintable() for one in shown)
    assert len(unescape(shown[0])) <= 80
    assert unescape(shown[0]).strip()


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"client_name": 3}, "client_name"),
        ({"client_name": "x" * 1_001}, "client_name"),
        ({"scopes": ["MODELS"]}, "EXPERIMENTS"),
        ({"scopes": ["EXPERIMENTS"] * 21}, "scopes"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 10**6}, "expires_in_days"),
    ],
)
def test_a_wrong_wish_is_refused_in_one_line(
    server: Server, wrong: dict[str, Any], word: str
) -> None:
    answer = begin(server, **wrong)
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


def test_pages_of_other_sites_and_large_bodies_are_refused(server: Server) -> None:
    path = server.url + "api/device-login"
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        answer = requests.post(path, json={"client_name": "x"}, headers=headers, timeout=30)
        assert answer.status_code == 403
    assert requests.post(path, data=b"x" * 20_000, timeout=30).status_code == 413


def test_the_addresses_are_those_the_client_can_use(server: Server) -> None:
    headers = {"X-Forwarded-Proto": "https", "Host": "localhost:8443"}
    said = requests.post(
        server.url + "api/device-login", json={"client_name": "x"}, headers=headers, timeout=30
    ).json()
    assert said["token_uri"] == "https://localhost:8443/user/me/live-studio/api/device-login/token"
    # Without its last slash a client drops the last segment of the address.
    answer = requests.post(
        server.root + "api/device-login", json={"client_name": "x"}, timeout=30
    ).json()
    assert answer["verification_uri"] == server.url + "device"


def test_an_address_that_asks_too_often_has_to_wait(server: Server) -> None:
    answers = [begin(server) for _ in range(60)]
    assert answers[0].status_code == 200
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert int(refused[0].headers["Retry-After"]) >= 1
    until(lambda: begin(server).status_code != 429 or None, "the pace to recover")


# the rules, by a clock that a test moves


class Clock:
    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="logins")
def _logins(clock: Clock) -> Logins:
    return Logins(clock)


def login(logins: Logins) -> tuple[str, Login]:
    return logins.begin("DVC", "laptop", ("EXPERIMENTS",), 90.0, "127.0.0.1")


def test_a_login_ends_after_ten_minutes_approved_or_not(logins: Logins, clock: Clock) -> None:
    waiting, approved = login(logins), login(logins)
    assert logins.decide(approved[1], approved=True)
    clock.time += LIFETIME - 1
    assert logins.poll(waiting[0]) == "authorization_pending"
    clock.time += 1
    assert logins.poll(waiting[0]) == "expired_token"
    assert logins.poll(approved[0]) == "expired_token"
    assert logins.find(waiting[1].user_code, "ada") is None
    assert not logins.decide(waiting[1], approved=True)


def test_a_client_that_keeps_to_the_interval_is_never_told_to_slow_down(
    logins: Logins, clock: Clock
) -> None:
    code, _ = login(logins)
    for _ in range(100):
        assert logins.poll(code) == "authorization_pending"
        clock.time += INTERVAL
    quick = [logins.poll(code) for _ in range(10)]
    assert quick[0] == "authorization_pending"
    assert quick[-1] == "slow_down"


def test_a_decision_is_made_once(logins: Logins) -> None:
    code, waiting = login(logins)
    assert logins.decide(waiting, approved=False)
    assert not logins.decide(waiting, approved=True)
    assert logins.poll(code) == "access_denied"
    assert logins.poll(code) == "expired_token"


def test_codes_cannot_be_tried_out(logins: Logins, clock: Clock) -> None:
    _, waiting = login(logins)
    for _ in range(5):
        assert logins.find("BBBB-BBBB", "mallory") is None
    with pytest.raises(TooMany):
        logins.find("BBBB-BBBB", "mallory")
    # Who has the right code is not held up by it, and may type it as he likes.
    assert logins.find(waiting.user_code.lower().replace("-", " "), "mallory") is waiting
    # Twenty consonants, eight times: at this pace a hit takes a thousand years.
    clock.time += 60
    assert logins.find("BBBB-BBBB", "mallory") is None


def test_no_more_wait_than_a_person_can_be_asked_about(logins: Logins, clock: Clock) -> None:
    for _ in range(WAITING_MOST):
        login(logins)
    with pytest.raises(TooMany):
        login(logins)
    clock.time += LIFETIME
    login(logins)
