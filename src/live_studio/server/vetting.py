"""Checks a journal's records that came from elsewhere, before anything of them is believed.

A journal on this disk was written by `Live`. One that comes over the network was written by whoever
holds a token: every length, reference, time and text in it is looked at here, once, so that nothing
behind this module has to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from .. import columns, extent, records
from ..addresses import normal_repo_url
from ..blocks import Block, walk
from ..errors import InvalidEvent
from ..events import Json
from ..records import Names
from ..values import fits, is_number
from . import enclosures
from .shapes import SHAPES, Artifact, Header, Image, Large, Layout, Name, Plot, Value

SERIES_MOST = 10_000
"""Series of one run."""
CELLS_MOST = 1_000_000
"""Columns of all its layouts together."""
LENGTHS = {
    records.FLOAT: records.POINT_LENGTH,
    records.INT: records.POINT_LENGTH,
    records.STAMP: records.POINT_LENGTH,
    records.STEP: records.STEP_LENGTH,
    records.BEAT: records.BEATEN.size - 2,
}
NAMED_MOST = 100
"""Characters of a client's name that a sentence repeats."""
IN_FILES = (records.VALUE, records.PARAMS)
"""Kinds that may lie in a file."""


class NewerRecord(InvalidEvent):
    """A kind of record that this version does not know: its sender is newer, and may be right."""


class Vetting:
    """Checks the records of one parcel."""

    def __init__(self, run: str, names: Names, file: Callable[[str], bytes | None]) -> None:
        """`names` are those of the run so far and learn; `file` gives what came with the records."""
        self._run = run
        self._names = names
        self._file = file
        self.files: dict[str, bytes] = {}
        """Those that may be read. A picture that is none is left out; its run is not to blame."""
        self.left_out: list[str] = []
        """Why others may not, a sentence for each."""
        self._cells = sum(len(layout.series) for layout in names.layouts.values())
        self.header: dict[str, Any] | None = None

    def check(self, data: bytes, *, first: bool) -> None:
        """Check `data`, which are the run's `first` records or later ones.

        Raises:
            InvalidEvent: something in them is not as `Live` would write it; the text says what.
            NewerRecord: they hold a kind of record that is not known here.
        """
        at = 0
        for item in walk(data):
            if isinstance(item, Block):
                self._block(data, item)
                at = item.end
            else:
                kind, start, end = item
                if (kind == records.HEADER) is not (first and at == 0):
                    raise InvalidEvent("the header is not the first record, or comes again")
                self._record(kind, data, start, end)
                at = end
        if at != len(data):
            raise InvalidEvent(f"the record at byte {at} of the parcel is damaged or cut")

    def _record(self, kind: int, data: bytes, start: int, end: int) -> None:
        if kind in LENGTHS or kind == records.ROW:
            self._numbers(kind, data, start, end - start - 6)
        elif kind in SHAPES:
            self._text(kind, data[start + 3 : end - 4])
        else:
            raise NewerRecord(
                f"records of kind {kind} are not known here; upgrade this live_studio"
            )

    def _numbers(self, kind: int, data: bytes, start: int, length: int) -> None:
        self._sized(kind, data, start, length)
        if kind == records.BEAT:
            time = records.BEATEN.unpack_from(data, start)[2]
        elif kind == records.STEP:
            time = records.STEPPED.unpack_from(data, start)[3]
        elif kind == records.ROW:
            time = self._names.layout(data, start).struct.unpack_from(data, start)[4]
        else:
            time = records.POINT.unpack_from(data, start)[4]
        _times((time,))

    def _sized(self, kind: int, data: bytes, start: int, length: int) -> None:
        """Whether a record is as long as its kind is, and names what was named before."""
        if kind == records.ROW:
            if length < 3 or (data[start + 3] | data[start + 4] << 8) not in self._names.layouts:
                raise InvalidEvent("a row comes before its layout")
            expected = self._names.layout(data, start).length
        else:
            expected = LENGTHS[kind]
        if length != expected:
            raise InvalidEvent(f"a record of kind {kind} has {length} bytes instead of {expected}")
        if kind in (records.FLOAT, records.INT, records.STAMP):
            self._series(records.POINT.unpack_from(data, start)[2])

    def _block(self, data: bytes, block: Block) -> None:
        for slot in block.slots:
            self._sized(slot.kind, data, block.start + slot.at, slot.size - 6)
            _times(block.columns(data, slot, "qd")[1])

    def _series(self, number: int) -> None:
        if number not in self._names.paths:
            raise InvalidEvent("a point comes before the name of its series")

    def _text(self, kind: int, body: bytes) -> None:
        try:
            payload = json.loads(body)
            # What cannot be written as UTF-8 again could be stored nowhere.
            json.dumps(payload, ensure_ascii=False).encode()
            said = msgspec.convert(payload, SHAPES[kind])
        except (ValueError, RecursionError, UnicodeError) as error:
            raise InvalidEvent(f"a record of kind {kind} is malformed: {_reason(error)}") from None
        self._said(kind, said, payload)

    def _said(self, kind: int, said: Any, payload: Json) -> None:
        _placed(kind, said)
        match said:
            case Header():
                self._header(said)
            case Name():
                self._name(said, payload)
            case Layout():
                self._layout(said, payload)
            case Value() if said.id is not msgspec.UNSET:
                self._series(said.id)
                if not is_number(said.value):
                    raise InvalidEvent("a point has a value that is no number")
            case Image():
                self._beside(said)
            case Large():
                self._large(said)
            case Artifact() if extent.is_deeper(said.meta, extent.DEPTH_MOST):
                raise InvalidEvent("what is said of an artifact is nested too deeply")
            case dict() if extent.is_deeper(said, extent.DEPTH_MOST):
                raise InvalidEvent("parameters are nested too deeply")

    def _beside(self, said: Image) -> None:
        """Let a picture, or the rows of a plot, be read where it is one; its run is not to blame else."""
        body = self._file(said.digest)
        if body is None:
            return
        wrong = enclosures.no_plot(body) if isinstance(said, Plot) else enclosures.no_picture(body)
        if wrong is None:
            self.files[said.digest] = body
        else:
            self.left_out.append(f"{said.path[:NAMED_MOST]!a} was left out: {wrong}")

    def _header(self, said: Header) -> None:
        if said.run != self._run:
            raise InvalidEvent("the header is that of another run")
        header: dict[str, Any] = msgspec.to_builtins(said)
        header["repo_url"] = normal_repo_url(said.repo_url)
        if not header["repo_url"] or not header["repo_url"].isprintable():
            raise InvalidEvent("`repo_url` is not the address of a repository")
        header["baseline_sha"] = said.baseline_sha.lower()
        self.header = header

    def _name(self, said: Name, payload: Json) -> None:
        if self._names.paths.get(said.id, said.path) != said.path:
            raise InvalidEvent("a series is named twice")
        if len(self._names.paths) >= SERIES_MOST:
            raise InvalidEvent(f"the run has more than {SERIES_MOST:,} series")
        self._names.learn(records.NAME, payload)

    def _layout(self, said: Layout, payload: Json) -> None:
        for number in said.series:
            self._series(number)
        if len(said.codes) != len(said.series):
            raise InvalidEvent("a layout has not one code for each of its series")
        known = self._names.layouts.get(said.id)
        if known and (known.series, known.codes) != (tuple(said.series), said.codes):
            raise InvalidEvent("a layout is laid out twice")
        self._cells += len(said.series)
        if self._cells > CELLS_MOST:
            raise InvalidEvent(f"the run's layouts have more than {CELLS_MOST:,} columns")
        self._names.learn(records.LAYOUT, payload)

    def _large(self, said: Large) -> None:
        if said.kind not in IN_FILES:
            raise InvalidEvent(f"a record of kind {said.kind} cannot lie in a file")
        body = self._file(said.digest)
        # It stands in a row that every page reads, as what comes by request does.
        if body is None:
            return
        if len(body) > extent.FILE_MOST:
            self.left_out.append(
                f"parameters of {len(body):,} bytes were left out: {enclosures.TOO_LONG}"
            )
            return
        self._text(said.kind, body)
        self.files[said.digest] = body


def _placed(kind: int, said: Any) -> None:
    """Whether a record's time and step, where it has them, are some that can be shown."""
    if hasattr(said, "time"):
        _times((said.time,))
    if getattr(said, "step", None) is not None and not fits(said.step):
        raise InvalidEvent(f"a record of kind {kind} has a step of more than 64 bits")


def _times(times: Sequence[float]) -> None:
    """A time that no clock knows would make every page that shows it fail."""
    if not all(map(math.isfinite, times)) or max(map(abs, times)) > columns.STAMP_MOST:
        raise InvalidEvent("a record's time is no number of seconds since 1970")


def blanked(data: bytes, header: Json) -> bytes:
    """The records with the first replaced by `header`, in as many bytes.

    What a client wrote there, such as its paths, is not to lie in the store.
    """
    _, _, end = next(records.scan(data))
    room = end - 7
    said = records.encoded(header)
    body = said if len(said) <= room else records.encoded({"time": header["time"]})
    return records.sealed(records.framed(records.HEADER, body.ljust(room))) + data[end:]


def _reason(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        text = str(error)
        # Here alone msgspec repeats what the client wrote, whatever that was.
        return (
            "a field has none of its values" if "Invalid value" in text or "enum" in text else text
        )
    return "it is no JSON"
