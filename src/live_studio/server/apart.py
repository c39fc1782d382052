"""Large bodies are read in a process of their own.

To decode one takes a second of Python that nobody interrupts: in the server every page, kernel and
other request would wait for it. What such a process takes of memory goes with it, too.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

from .. import wire
from ..errors import InvalidEvent
from ..events import Data, Done, Key, Start

IDLE_SECONDS = 30.0
"""A process that had nothing to do for so long ends; the next large body starts another."""
ENDED = (
    "this server could not read the body to its end, perhaps for want of memory; try again, or send"
    " smaller parts"
)
_LENGTH = struct.Struct("<Q")

Told = Start | Data | Done | tuple[str, Key | None] | None
"""What a process says of a body: its event, why there is none and whom it is about, or that its memory
did not suffice."""


class Ended(Exception):
    """The process that was to read a body is gone; the text is for the client."""


class Unfit(InvalidEvent):
    """A body holds no event; `about` is its experiment, where it says so."""

    def __init__(self, detail: str, about: Key | None) -> None:
        """`detail` is the sentence for the client."""
        super().__init__(detail)
        self.about = about


class Apart:
    """Reads one body after another. Safe to use from any thread: the others wait."""

    def __init__(self) -> None:
        """No process runs before the first body."""
        self._process: subprocess.Popen[bytes] | None = None
        self._timer: threading.Timer | None = None
        self._turn = threading.Lock()

    def parse(self, body: bytes | bytearray) -> Start | Data | Done:
        """The event that a body says.

        Raises:
            Unfit: it says none.
            MemoryError: there is not enough to read it.
            Ended: it could not be read to its end, twice.
        """
        with self._turn:
            self._stop_timer()
            try:
                told = self._ask(body)
            except Ended:
                # It may have been killed while it had nothing to do: once more, in a new one.
                told = self._ask(body)
            self._timer = threading.Timer(IDLE_SECONDS, self.stop)
            self._timer.daemon = True
            self._timer.start()
        if told is None:
            raise MemoryError
        if isinstance(told, tuple):
            raise Unfit(*told)
        return told

    def stop(self) -> None:
        """End the process."""
        with self._turn:
            self._stop_timer()
            self._end()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _ask(self, body: bytes | bytearray) -> Told:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _write(process.stdin, body)
            said = _read(process.stdout)
        except OSError:
            said = None
        if said is None:
            self._end()
            raise Ended(ENDED)
        told: Told = pickle.loads(said)  # noqa: S301  # by our own process, over a pipe that nobody else has
        return told

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                # Nothing that lies in the working directory is imported.
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.kill()
        process.wait()


def _write(pipe: IO[bytes], body: bytes | bytearray) -> None:
    pipe.write(_LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes | None:
    """What was written; None: the other end is gone."""
    length = pipe.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    size = _LENGTH.unpack(length)[0]
    body = pipe.read(size)
    return body if len(body) == size else None


# in the other process


def told(body: bytes) -> Told:
    """What is to be said of a body."""
    try:
        return wire.parse(body)
    except InvalidEvent as error:
        return str(error), wire.key_of(body)
    except MemoryError:
        return None


def main() -> None:
    """Read bodies until nobody brings any."""
    # It ends with the server; what is typed into the server's terminal is not for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(AttributeError):  # Windows
        os.nice(5)  # whoever sends little goes first
    while (body := _read(sys.stdin.buffer)) is not None:
        _write(sys.stdout.buffer, pickle.dumps(told(body), pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
