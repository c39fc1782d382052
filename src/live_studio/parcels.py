"""Parts of a journal on their way over HTTP: what the client packs and the server opens.

`POST api/live` with `Content-Type: application/x-live-studio-journal`:

| header                   | says                                                                    |
|--------------------------|-------------------------------------------------------------------------|
| `X-Live-Studio-Version`  | version of the journal's records                                        |
| `X-Live-Studio-Run`      | the run: 32 hexadecimal digits, made by chance and told to nobody else  |
| `X-Live-Studio-Offset`   | where in the run's journal the records begin, in bytes                  |
| `X-Live-Studio-Records`  | bytes of the body that are records; the rest are files                  |
| `X-Live-Studio-Checksum` | CRC-32 of the whole body, 8 hexadecimal digits                          |
| `X-Live-Studio-Lost`     | only where the run's process is gone and this is the journal's end: how |
| `X-Live-Studio-Torn`     | `1` where its last record was half written                              |

The body is whole records (see `records`), then the files that they name by their SHA-256, each as
`<u32 length><bytes>`, little-endian; a file's name is the digest of its bytes, so it is not sent.

The answer is 200 with `{"end": N}`: how many bytes of this run's journal are stored, also where the
records were not the next ones. The client goes on from there, so whatever gets lost on the way,
each byte counts once. An empty body only asks. While somebody wants the run to stop, the answer is
`{"end": N, "stop": true}`.

Who resumes asks first where the run stopped: `Content-Type: application/x-live-studio-resume`, the
body JSON with `repo_url`, `metrics_file` and, where the run has a name, `name`. The answer is 200
with `{"last": null}` or the newest such run: `name`, `baseline_sha`, `started_at` and `step`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from zlib import crc32

from . import records
from .blocks import Block, walk
from .errors import InvalidEvent
from .events import Facts, Lost

TYPE = "application/x-live-studio-journal"
RESUME_TYPE = "application/x-live-studio-resume"
VERSION, RUN, OFFSET, RECORDS, CHECKSUM, LOST, TORN = (
    f"X-Live-Studio-{name}"
    for name in ("Version", "Run", "Offset", "Records", "Checksum", "Lost", "Torn")
)
OFFSET_MOST = 1 << 50
LOST_MOST = 200
FILE_MOST = 28_000_000
"""Bytes of a file that a server takes: with its records it has to fit into one body."""
FILES_MOST = 8 << 20
COUNT_MOST = 1_000
"""Bytes of files, and files, after which a parcel is closed."""
_LENGTH = Struct("<I")
_RUN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Records of one run from `start` on, and the files that they name."""

    run: str
    start: int
    records: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """By digest."""
    lost: str | None = None
    torn: bool = False

    @property
    def end(self) -> int:
        """Where the next parcel of this run starts."""
        return self.start + len(self.records)


def asked(repo_url: str, name: str | None, metrics_file: str) -> tuple[dict[str, str], bytes]:
    """The headers and the body of the question where a run stopped."""
    said = {"repo_url": repo_url, "metrics_file": metrics_file} | ({"name": name} if name else {})
    return {"Content-Type": RESUME_TYPE}, records.encoded(said)


def packed(
    run: str, start: int, body: bytes = b"", files: Sequence[bytes] = (), lost: Lost | None = None
) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a request."""
    parts = [body]
    for file in files:
        parts += [_LENGTH.pack(len(file)), file]
    whole = b"".join(parts) if files else body
    headers = {
        "Content-Type": TYPE,
        VERSION: str(records.VERSION),
        RUN: run,
        OFFSET: str(start),
        RECORDS: str(len(body)),
        CHECKSUM: f"{crc32(whole):08x}",
    }
    if lost:
        headers |= {LOST: lost.detail} | ({TORN: "1"} if lost.torn else {})
    return headers, whole


def opened(headers: Mapping[str, str], body: bytes) -> Parcel:
    """What came in a request.

    Raises:
        InvalidEvent: it is no parcel, or was damaged on the way; the text says why.
    """
    run = headers.get(RUN, "")
    if not _RUN.fullmatch(run):
        raise InvalidEvent(f"`{RUN}` is not 32 hexadecimal digits")
    if headers.get(CHECKSUM, "").lower() != f"{crc32(body):08x}":
        raise InvalidEvent(f"the body is not what `{CHECKSUM}` says: it was damaged on the way")
    start = _number(headers, OFFSET, OFFSET_MOST)
    size = _number(headers, RECORDS, len(body))
    lost = headers.get(LOST)
    if lost is not None and not (0 < len(lost) <= LOST_MOST and lost.isprintable()):
        raise InvalidEvent(f"`{LOST}` is not a line of at most {LOST_MOST} characters")
    return Parcel(run, start, body[:size], _files(body, size), lost, headers.get(TORN) == "1")


def version(headers: Mapping[str, str]) -> str:
    """Which version of records the sender writes."""
    return headers.get(VERSION, "")[:20]


def _number(headers: Mapping[str, str], name: str, most: int) -> int:
    text = headers.get(name, "")
    if not re.fullmatch(r"[0-9]{1,16}", text) or int(text) > most:
        raise InvalidEvent(f"`{name}` is not a number from 0 to {most}")
    return int(text)


def _files(body: bytes, at: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    count = 0
    while at < len(body):
        count += 1
        begin = at + _LENGTH.size
        length = _LENGTH.unpack_from(body, at)[0] if begin <= len(body) else len(body)
        at = begin + length
        if at > len(body):
            raise InvalidEvent("the files behind the records end in the middle of one")
        if count > COUNT_MOST:
            raise InvalidEvent(f"more than {COUNT_MOST:,} files come with one parcel")
        file = body[begin:at]
        found[hashlib.sha256(file).hexdigest()] = file
    return found


class Skimmer:
    """Says of a journal's records what its carrier must know: where they end, which files they name.

    A training process has no use for more, and every millisecond of it is taken from training.
    """

    def __init__(self, size_of: Callable[[str], int], room: Callable[[], int]) -> None:
        """`size_of` gives the bytes of the file of a digest that will be sent, else 0.

        `room` gives the bytes of files that one parcel may have, where it has several.
        """
        self._size_of = size_of
        self._room = room

    def facts(self, data: bytes) -> Facts:
        """The end, the files and the done of the verified records of `data`.

        They end early where the files would get too many for one parcel.
        """
        found = Facts()
        size, room = 0, min(FILES_MOST, self._room())
        for item in walk(data):
            if isinstance(item, Block):
                found.end = item.end
                continue
            kind, start, end = item
            if kind in (records.IMAGE, records.LARGE, records.PLOT):
                digest = records.payload(data, start, end)["digest"]
                size += self._size_of(digest)
                if found.digests and (size > room or len(found.digests) == COUNT_MOST):
                    return found
                found.digests.append(digest)
            elif kind == records.DONE:
                found.done = records.payload(data, start, end)
            found.end = end
        return found
