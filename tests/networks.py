"""A network of the test's own, in which nothing of this machine's loopback is to be reached."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Network:
    """A network namespace, and the two ends of the only cable that leads out of it."""

    namespace: str
    outside: str
    """This machine's address, as it is called in there."""
    inside: str

    @property
    def enter(self) -> list[str]:
        """What a command begins with that is to run in there."""
        return ["nsenter", f"--net=/var/run/netns/{self.namespace}", "--"]

    def cut(self) -> None:
        """Pull the cable: nobody is told, packets just go nowhere."""
        _set(state="down")

    def mend(self) -> None:
        """Put it back."""
        _set(state="up")


def is_permitted() -> bool:
    """Whether this process may make networks: root on a Linux that lets it, as in CI."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    try:
        with apart():
            return True
    except OSError:
        return False


@contextmanager
def apart() -> Iterator[Network]:
    """Make a network, and take it away afterwards.

    Raises:
        OSError: the system does not permit it.
    """
    # Two bytes of our process number: tests that run beside each other must not meet.
    high, low = os.getpid() // 256 % 256, os.getpid() % 256
    made = Network(f"studio-{os.getpid()}", f"10.{high}.{low}.1", f"10.{high}.{low}.2")
    # A thread of their own: both wait for the kernel in an event loop, and Playwright runs one here.
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(_lay, made).result()
            yield made
        finally:
            thread.submit(_take_away, made).result()


def _lay(made: Network) -> None:
    from pyroute2 import IPRoute, NetlinkError, NetNS, netns

    near, far = _cable()
    try:
        netns.create(made.namespace)
        with IPRoute() as here, NetNS(made.namespace) as there:
            here.link("add", ifname=near, kind="veth", peer={"ifname": far})
            _up(here, near, made.outside)
            here.link("set", index=here.link_lookup(ifname=far)[0], net_ns_fd=made.namespace)
            _up(there, far, made.inside)
            there.link("set", index=there.link_lookup(ifname="lo")[0], state="up")
    except NetlinkError as error:
        raise PermissionError(str(error)) from None


def _set(state: str) -> None:
    from pyroute2 import IPRoute

    def act() -> None:
        with IPRoute() as here:
            here.link("set", index=here.link_lookup(ifname=_cable()[0])[0], state=state)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(act).result()


def _take_away(made: Network) -> None:
    from pyroute2 import IPRoute, NetlinkError, netns

    with suppress(NetlinkError, IndexError), IPRoute() as here:
        # The other end goes with it.
        here.link("del", index=here.link_lookup(ifname=_cable()[0])[0])
    with suppress(OSError):
        netns.remove(made.namespace)


def _cable() -> tuple[str, str]:
    return f"ls{os.getpid()}a", f"ls{os.getpid()}b"


def _up(end: Any, name: str, address: str) -> None:
    index = end.link_lookup(ifname=name)[0]
    end.addr("add", index=index, address=address, prefixlen=30)
    end.link("set", index=index, state="up")
