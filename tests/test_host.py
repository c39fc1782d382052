"""When a producer tries a server again that is away: later each time, never all at once, and not before it was asked to."""

from __future__ import annotations

import email.utils
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from live_studio.errors import Unreachable
from live_studio.host import BACK_OFF_FIRST, BACK_OFF_MOST, RETRY_AFTER_MOST, Host

TOKEN = "lst_" + "0" * 40


class Away(ThreadingHTTPServer):
    """A server that answers 503 to everybody, and keeps when."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)
        self.retry_after: Callable[[], str] | None = None
        self.met: list[tuple[str, float, float]] = []
        """Whose request it was, when it came, and when its answer left."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/live-studio/"

    def times(self, who: str) -> list[tuple[float, float]]:
        return [(came, left) for other, came, left in self.met if other == who]


class Refusing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Away

    def do_POST(self) -> None:
        came = time.monotonic()
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503)
        if self.server.retry_after:
            self.send_header("Retry-After", self.server.retry_after())
        self.send_header("Content-Length", "0")
        self.server.met.append((self.headers["X-Who"], came, time.monotonic()))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(name="away")
def _away() -> Iterator[Away]:
    with Away() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refused(host: Host, who: str) -> float:
    """Ask once it is time; the seconds until it will be again."""
    while host.wait:
        time.sleep(min(host.wait, 0.01))
    answer = host.ask({"X-Who": who}, b"")
    with pytest.raises(Unreachable):
        host.refused(who, answer)
    return host.wait


def test_the_producers_of_one_outage_come_back_at_moments_of_their_own(away: Away) -> None:
    hosts = {f"producer {number}": Host(away.url, TOKEN) for number in range(12)}
    waits = [[refused(host, who) for who, host in hosts.items()] for _ in range(3)]
    for failures, found in enumerate(waits, 1):
        pause = BACK_OFF_FIRST * 2**failures
        assert max(found) <= pause
        # Twelve of one length would all be as long, but for how long it takes to ask.
        apart = [later - sooner for sooner, later in pairwise(sorted(found))]
        assert max(found) - min(found) > pause / 10
        assert sum(gap > pause / 1000 for gap in apart) >= len(apart) // 2
    for who, host in hosts.items():
        met = away.times(who)
        for failures, ((_, left), (came, _)) in enumerate(pairwise(met), 1):
            assert came - left > BACK_OFF_FIRST * 2**failures / 2
        host.close()


def test_the_pauses_grow_to_a_bound_and_begin_anew_after_an_answer(away: Away) -> None:
    host = Host(away.url, TOKEN)
    answer = host.ask({"X-Who": "one"}, b"")
    for _ in range(12):
        with pytest.raises(Unreachable):
            host.refused("one", answer)
    assert BACK_OFF_MOST * 0.2 < host.wait <= BACK_OFF_MOST
    host.answered()
    with pytest.raises(Unreachable):
        host.refused("one", answer)
    assert host.wait <= 2 * BACK_OFF_FIRST
    host.close()


def in_two_seconds() -> str:
    """As a date, which has whole seconds: more than one from now."""
    return email.utils.formatdate(time.time() + 2, usegmt=True)


@pytest.mark.parametrize("said", [lambda: "1", in_two_seconds], ids=["seconds", "date"])
def test_nobody_comes_back_before_the_server_asked_for_it(
    away: Away, said: Callable[[], str]
) -> None:
    away.retry_after = said
    host = Host(away.url, TOKEN)
    refused(host, "one")
    refused(host, "one")
    (_, left), (came, _) = away.times("one")
    assert came - left >= 0.99
    host.close()


@pytest.mark.parametrize("said", ["soon", "-5", "", "1e3", "Wed, 99 Foo 2026"])
def test_a_wish_that_is_none_counts_for_nothing(away: Away, said: str) -> None:
    away.retry_after = lambda: said
    host = Host(away.url, TOKEN)
    assert refused(host, "one") <= 2 * BACK_OFF_FIRST
    host.close()


def test_nobody_waits_for_days(away: Away) -> None:
    away.retry_after = lambda: "9" * 30
    host = Host(away.url, TOKEN)
    assert RETRY_AFTER_MOST * 0.9 < refused(host, "one") <= RETRY_AFTER_MOST
    host.close()


def test_an_address_of_the_wrong_kind_is_told_how_to_begin(away: Away) -> None:
    secure = Host(away.url.replace("http:", "https:"), "lst_x")
    with pytest.raises(Unreachable, match="does not speak HTTPS; if it speaks HTTP, begin"):
        secure.ask({}, b"")


def test_a_host_that_cannot_be_is_away_as_any_other() -> None:
    """Else the run's journal would be put aside as unreadable."""
    with pytest.raises(Unreachable, match="no host has such a name"):
        Host("http://host..example/", "lst_x").ask({}, b"")
