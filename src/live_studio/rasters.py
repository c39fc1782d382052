"""How large a picture says it is. A few bytes can claim a canvas that no browser can hold."""

from __future__ import annotations

import struct

PIXELS_MOST = 100_000_000

_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers behind which a JPEG says its size: the frames, without tables and extensions."""


def pixels(body: bytes) -> int | None:
    """Width times height as the picture's own header says; None where it does not."""
    try:
        if body.startswith(b"\x89PNG"):
            width, height = struct.unpack_from(">II", body, 16)
        elif body.startswith(b"GIF"):
            width, height = struct.unpack_from("<HH", body, 6)
        elif body.startswith(b"RIFF"):
            width, height = _webp(body)
        else:
            width, height = _jpeg(body)
    except (struct.error, IndexError):
        return None
    return int(width) * int(height)


def _webp(body: bytes) -> tuple[int, int]:
    if body[12:16] == b"VP8X":
        return (
            int.from_bytes(body[24:27], "little") + 1,
            int.from_bytes(body[27:30], "little") + 1,
        )
    if body[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", body, 26)
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(body: bytes) -> tuple[int, int]:
    at = 2
    while body[at + 1] not in _JPEG_FRAMES:
        at += 2 + max(2, int(struct.unpack_from(">H", body, at + 2)[0]))
    height, width = struct.unpack_from(">HH", body, at + 5)
    return width, height
