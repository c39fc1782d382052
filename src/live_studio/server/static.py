"""The dashboard's files: content-hashed names, compressed once, cached for ever."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web

FOLDER = Path(__file__).parent.parent / "static"


@cache
def manifest() -> dict[str, str]:
    """The built files by role. Empty where nothing was built."""
    try:
        files: dict[str, str] = json.loads((FOLDER / "manifest.json").read_text())
    except OSError:
        return {}
    return files


@cache
def compressed(name: str) -> bytes:
    """A built file, gzipped.

    Raises:
        FileNotFoundError: it is not one of the built files.
    """
    # `widget.js` goes to the page with the widget; its name does not change with its content.
    if name not in manifest().values() or not re.fullmatch(r"[a-z]+-[0-9a-f]{12}\.js", name):
        raise FileNotFoundError(name)
    return gzip.compress((FOLDER / name).read_bytes(), 6, mtime=0)


class StaticHandler(web.RequestHandler):
    """Serves the built files; Jupyter's own handler neither compresses nor caches them."""

    @allow_unauthenticated
    def get(self, name: str) -> None:
        """One file."""
        try:
            body = compressed(name)
        except FileNotFoundError:
            self.set_status(404)
            self.finish({"detail": f"{name} is not part of this live_studio; reload the page"})
            return
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(body)
        else:
            self.finish(gzip.decompress(body))

    def compute_etag(self) -> None:
        """No tag: the name is one."""
