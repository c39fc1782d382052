"""Bodies that come beside a journal's records, pictures and the rows of plots: whether they are any."""

from __future__ import annotations

from typing import Any

import msgspec

from .. import extent
from ..events import image_kind
from ..rasters import PIXELS_MOST, pixels

TOO_LONG = f"at most {extent.FILE_MOST:,} bytes are taken"


class Figure(msgspec.Struct):
    """Somebody's figure. Who draws it looks at every attribute."""

    data: list[dict[str, Any]]
    layout: dict[str, Any] = {}


_plot_body = msgspec.json.Decoder(list[dict[str, float | int | bool | str | None]] | Figure)


def no_picture(body: bytes) -> str | None:
    """Why a body is no picture that a page may show; None: it is one."""
    if image_kind(body) is None:
        return "it is no PNG, JPEG, GIF or WebP"
    if (size := pixels(body) or 0) > PIXELS_MOST:
        return f"it says it has {size:,} pixels, and at most {PIXELS_MOST:,} are taken"
    return None


def no_plot(body: bytes) -> str | None:
    """Why a body holds no rows of a plot; None: it does."""
    if len(body) > extent.FILE_MOST:
        return TOO_LONG
    try:
        _plot_body.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "its rows are no list of rows, and no figure"
    return None
