"""Pictures as bytes of a raster file."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from .errors import InvalidMetric
from .events import image_kind
from .values import is_text

NAME_MOST = 500
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF"}


def full_name(name: Any, picture: Any) -> Any:
    """A name with the suffix of the file that it is given to, where it has none of its own."""
    if isinstance(name, str) and isinstance(picture, str | os.PathLike):
        suffix = PurePosixPath(picture).suffix
        if not PurePosixPath(name).suffix and suffix.lower() in FORMATS:
            return f"{name}{suffix}"
    return name


def encoded(name: Any, picture: Any) -> bytes:
    """The bytes of `picture` in the format that the suffix of `name` says. A figure is closed.

    Raises:
        InvalidMetric: the suffix is none of `FORMATS`, or this is no picture.
        OSError: the file at a path cannot be read.
    """
    if not isinstance(name, str) or not is_text(name) or len(name) > NAME_MOST:
        raise InvalidMetric(
            f"{str(name)[:40]!a} cannot be an image's name: give a text of at most {NAME_MOST} characters."
        )
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in FORMATS:
        raise InvalidMetric(f"image {name!r} needs a suffix: {', '.join(FORMATS)}.")
    body = _bytes_of(picture, FORMATS[suffix])
    if body is None or image_kind(body) is None:
        kind = type(picture).__name__
        raise InvalidMetric(
            f"image {name!r} got a {kind} that cannot be written as {FORMATS[suffix]};"
            " give a path, a figure, a PIL image or an array of height x width (x 3 or 4) of uint8."
        )
    return body


def _bytes_of(picture: Any, form: str) -> bytes | None:
    if isinstance(picture, bytes):
        return picture
    out = io.BytesIO()
    if isinstance(picture, str | os.PathLike):
        body = Path(picture).read_bytes()
        if image_kind(body) in (None, f"image/{form.lower()}"):
            return body
        from PIL import Image

        # The name says another format than the file has.
        picture = Image.open(io.BytesIO(body))
    if hasattr(picture, "savefig"):
        picture.savefig(out, format=form.lower())
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            # As DVCLive does: a loop that draws one at each step would keep them all.
            pyplot.close(picture)
        return out.getvalue()
    if hasattr(picture, "__array_interface__") and not hasattr(picture, "save"):
        from PIL import Image

        # It raises these for shapes and types of numbers that no picture has.
        with suppress(TypeError, ValueError):
            picture = Image.fromarray(picture)
    if hasattr(picture, "save"):
        with suppress(OSError, ValueError):
            picture.save(out, format=form)
            return out.getvalue()
    return None
