"""Producers that were given an address of this server at which nobody takes their posts: they are told the right one.

Jupyter would answer with a page of HTML, which DVCLive prints whole. Only a POST to the end of an
address that producers add themselves is answered, and only where Jupyter's own pages stand: below
other paths live other extensions, and the servers that they stand before.
"""

from __future__ import annotations

import re
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher

from . import auth
from .producers import ProducerHandler, Refusal

_TAKEN = re.compile(r"(.*/)(api/live|webhook/dvc|api/device-login)/?")
_PAGES = re.compile(r"(lab|tree|notebooks|edit|doc|consoles|files)/|live-studio/.")


class Astray(Matcher):
    """Such requests, to a server at `base_url`, which begins and ends with a slash."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Whether it is one: an empty dictionary, as tornado wants it, or None."""
        found = _TAKEN.fullmatch(request.path)
        if request.method != "POST" or not found:
            return None
        elsewhere = not found[1].startswith(self._base)
        return {} if elsewhere or _PAGES.match(found[1].removeprefix(self._base)) else None


class AstrayHandler(ProducerHandler):
    """Says what the address is."""

    async def _admit(self) -> None:
        if not auth.host_is_ours(self.request, self.settings):
            raise Refusal(403, auth.WRONG_HOST)
        # No host in it: whoever sends a request may name any, and people read this in the Tokens panel.
        path = f"{self.settings['base_url']}live-studio/"
        raise Refusal(
            404,
            "Live Studio is not at this path: after the host, DVC_STUDIO_URL (or LIVE_STUDIO_URL) goes"
            f" on with {path}",
        )
