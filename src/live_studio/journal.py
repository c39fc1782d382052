"""The journal of one `Live`: records stored into a shared mapping.

A store into shared memory is in the page cache when the call returns: it survives the death of the
process, and it keeps the GIL, which a `write` would drop (and with it starve our own threads).
Space is taken ahead in steps, so that a full disk is an exception and not a bus error.

Who reads uses `pread`, never a mapping: a reader's mapping dies with the file's end.
"""

from __future__ import annotations

import mmap
import os
import threading
import time
import weakref
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from . import lock, records, space
from .quota import Quota
from .warned import warn_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from .unmapped import Unmapped

STEP = 1 << 20
"""Bytes of disk taken at once."""
WINDOW = 1 << 16
"""Bytes of it made ready for writing at once, so that not every page's first record waits for it."""
POPULATE_WRITE = 23
"""`MADV_POPULATE_WRITE` of Linux 5.14, which Python does not name."""
WAITING_MOST = 10_000
"""Records kept in memory while the disk is full."""
RETRY_AFTER = 1.0
SUFFIX = ".journal"

_pack_crc = records.pack_crc
_own: weakref.WeakValueDictionary[Path, Journal] = weakref.WeakValueDictionary()
"""The open journals of this process."""


def _after_fork() -> None:
    for journal in list(_own.values()):
        journal.disown()
    # They are the parent's: `connect` here must not move what is written there.
    _own.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Journal:
    """Appends records to one file. Safe to call from any thread of the process that made it."""

    def __init__(self, folder: Path, run: str, header: dict[str, Any]) -> None:
        """Create `<run>.journal` in `folder`, with `header` as its first record.

        Raises:
            OSError: the folder or file cannot be made.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / (run + SUFFIX)
        self._renew_lock()
        self._waiting: deque[bytes] = deque()
        self.dropped = 0
        self.on_stop: Callable[[], Callable[[], None] | None] = lambda: None
        """Gives, while there is somebody to tell, what to call when this run is to stop."""
        self._trouble: OSError | None = None
        self._retry_at = 0.0
        self._owner = os.getpid()
        self._base = self._at = self._limit = self._mapped = self._taken = 0
        self._map: mmap.mmap | Unmapped | None = None
        self._quota = Quota(folder)
        # The lock first: whoever finds the journal may at once ask whether its process lives.
        header = {"version": records.VERSION, "run": run, "lock": lock.hold(folder), **header}
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        _own[self.path] = self
        self.append(records.text(records.HEADER, header))

    def append(self, body: bytes) -> None:
        """Store one record, given without its checksum. Never raises for the disk's sake."""
        record = body + _pack_crc(crc32(body))
        with self._lock:
            at = self._at
            end = at + len(record)
            if end <= self._limit:
                try:
                    self._map[at:end] = record  # type: ignore[index]  # mapped while limit is not 0
                    self._at = end
                except OSError:
                    # Only where it is written and not mapped.
                    self._append_slowly(record)
            else:
                self._append_slowly(record)

    def attach(self, body: bytes) -> str | None:
        """Put a body too big for a record into a file beside the journal; return its digest.

        None: the disk did not take it, which has been said.
        """
        digest = digest_of(body)
        path = beside(self.path, digest)
        fresh = path.with_suffix(f"{path.suffix}.new")
        try:
            if not path.exists():
                self._quota.take(len(body))
                file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
                with os.fdopen(file, "wb") as out:
                    out.write(body)
                # Whole or not at all: somebody may be reading the same digest.
                fresh.replace(path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            warn_once(f"live_studio cannot write {path.name}: {error.strerror}; it is left out.")
            return None
        return digest

    def tell(self, kind: int, payload: Any) -> None:
        """Store a JSON record of any length: what is too long for one lies beside the journal.

        Raises:
            TypeError: it cannot be written as JSON.
        """
        encoded = records.encoded(payload)
        if len(encoded) < records.LARGEST:
            self.append(records.framed(kind, encoded))
        elif digest := self.attach(encoded):
            self.append(records.text(records.LARGE, {"kind": kind, "digest": digest}))

    @property
    def size(self) -> int:
        """Bytes of records so far."""
        return self._base + self._at

    def read(self, start: int, most: int) -> bytes:
        """At most `most` bytes of the records from `start` on; nothing once this is closed."""
        with self._lock:
            if self._file < 0 or start >= self.size:
                return b""
            return os.pread(self._file, min(most, self.size - start), start)

    def held(self, start: int, most: int) -> bytes | None:
        """What the mapping holds from `start` on; None where the file has to be asked."""
        with self._lock:
            if self._map is None or start < self._base:
                return None
            begin = start - self._base
            return self._map[begin : min(self._at, begin + most)]

    def close(self, *, whatever: bool = False) -> bool:
        """Give back the space taken ahead; False, and still open, while records wait for the disk.

        `whatever` closes all the same, and gives up what waits.
        """
        with self._lock:
            if self._file < 0 or self._owner != os.getpid():
                return True
            self._write_waiting()
            if self._waiting and not whatever:
                return False
            self.dropped += len(self._waiting)
            self._unmap()
            os.ftruncate(self._file, self.size)
            os.close(self._file)
            self._file = -1
            return True

    def move(self, folder: Path) -> None:
        """Go on in another folder of the same disk, with everything written so far.

        Raises:
            OSError: it cannot.
        """
        with self._lock:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.hold(folder)
            run = self.path.stem
            for beside_it in self.path.parent.glob(f"{run}.*"):
                if beside_it != self.path:
                    beside_it.replace(folder / beside_it.name)
            _own.pop(self.path, None)
            self.path = self.path.replace(folder / self.path.name)
            self._quota = Quota(folder)
            _own[self.path] = self

    def disown(self) -> None:
        """In a forked child: forget the parent's file, so that nothing is written into it twice."""
        # Another thread of the parent may have held the lock at the fork; it will never let go.
        self._renew_lock()
        self._limit = 0
        self._map = None
        self._file = -1

    def _renew_lock(self) -> None:
        self._lock = threading.RLock()

    def _append_slowly(self, record: bytes) -> None:
        if self._file < 0:
            self._warn_closed()
            return
        # Whatever interrupts this, nothing may overtake what waits.
        self._limit = 0
        self._waiting.append(record)
        self._write_waiting()
        if len(self._waiting) > WAITING_MOST:
            self._waiting.pop()
            self.dropped += 1

    def _write_waiting(self) -> None:
        try:
            while self._waiting:
                record = self._waiting[0]
                if self._at + len(record) > self._mapped:
                    self._take_space(len(record))
                assert self._map is not None
                self._map[self._at : self._at + len(record)] = record
                self._at += len(record)
                self._waiting.popleft()
            self._make_ready()
        except OSError as error:
            self._limit = self._mapped = 0
            if error is not self._trouble:
                # One that is only remembered must not put off the next attempt, or there is none.
                self._trouble, self._retry_at = error, time.monotonic() + RETRY_AFTER
            warn_once(
                f"live_studio cannot write {self.path.name}: {error.strerror}. Up to "
                f"{WAITING_MOST:,} records wait in memory until there is room; {space.advice(error)}."
            )

    def _take_space(self, needed: int) -> None:
        if self._trouble and time.monotonic() < self._retry_at:
            raise self._trouble
        size = self.size
        base = size - size % mmap.ALLOCATIONGRANULARITY
        length = -(-(size - base + needed) // STEP) * STEP
        if base + length > self._taken:
            self._quota.take(base + length - self._taken)
            self._taken = base + length
        space.take(self._file, base, length)
        fresh = self._window(base, length)
        self._unmap()
        self._map, self._base, self._at, self._mapped = fresh, base, size - base, length

    def _window(self, base: int, length: int) -> mmap.mmap | Unmapped:
        try:
            return mmap.mmap(self._file, length, offset=base)
        except OSError:
            # Imported only here: it brings ctypes, and `Live` is to stay light.
            from .unmapped import Unmapped

            return Unmapped(self._file, base)

    def _make_ready(self) -> None:
        """Open the next window of the mapping for writing."""
        if self._map is None:
            return
        begin = self._at - self._at % mmap.PAGESIZE
        limit = min(begin + WINDOW, self._mapped)
        if isinstance(self._map, mmap.mmap) and limit > begin:
            with suppress(OSError):
                # Where the system cannot, each page gets ready when it is first written.
                self._map.madvise(POPULATE_WRITE, begin, limit - begin)
        self._limit = limit

    def _unmap(self) -> None:
        # Not closed here: an interrupt in between would leave a closed one to write into.
        self._limit = self._mapped = 0
        self._map = None

    def _warn_closed(self) -> None:
        if self._owner != os.getpid():
            warn_once(
                "live_studio: this is a forked child of the process that opened the experiment. "
                "What it logs is not recorded; log from the parent, or open a Live here."
            )
        else:
            warn_once("live_studio: logged after end(); the experiment is closed and this is lost.")


def own() -> list[Journal]:
    """The journals that this process has made and that are not stored whole yet."""
    return [journal for path, journal in list(_own.items()) if path.exists()]


def beside(path: Path, digest: str) -> Path:
    """Where a journal keeps the file of a digest."""
    return path.with_suffix(f".{digest[:64]}")


def written_here(path: Path) -> Journal | None:
    """The journal at `path`, where this process writes it."""
    return _own.get(path)


def ask_to_stop(path: Path) -> None:
    """Tell who writes the journal at `path`, where that is somebody in this process. From any thread."""
    written = _own.get(path)
    if written is not None and (tell := written.on_stop()) is not None:
        tell()


def digest_of(body: bytes) -> str:
    """What the file of a body is called."""
    from hashlib import sha256

    return sha256(body).hexdigest()
