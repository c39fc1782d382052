"""The two doors' locks.

Producers show our own token in a header; cookies, query strings and Jupyter's token open nothing
here. Viewers pass Jupyter's own authentication, see `views`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders, HTTPServerRequest

from ..errors import TokenError
from ..studio import Studio

OWN_HEADER = "X-Live-Studio-Token"
_SCHEME = re.compile(r"(token|bearer)\s+(\S+)\s*", re.IGNORECASE)
MAKE = "`jupyter live-studio token create` makes a new one"
HOW = f"send it as `Authorization: token <token>`; {MAKE}"


def producer(studio: Studio, headers: HTTPHeaders) -> str:
    """The name of the token that a request carries.

    Raises:
        TokenError: none, or not a right one; the text is for the person at the other end.
    """
    given = headers.get(OWN_HEADER)
    if given is None:
        given = _from_authorization(headers.get("Authorization"))
    try:
        return studio.verify(given)
    except TokenError as error:
        raise TokenError(f"{error}; {MAKE}") from None


def _from_authorization(header: str | None) -> str:
    if not header:
        raise TokenError(f"no token: {HOW}")
    if header[:6].lower() == "basic ":
        raise TokenError("a password came instead of a token: ~/.netrc has an entry for this host")
    found = _SCHEME.fullmatch(header)
    if not found:
        raise TokenError(f"malformed Authorization header: {HOW}")
    return found[2]


def host_is_ours(request: HTTPServerRequest, settings: Mapping[str, object]) -> bool:
    """Whether the Host header names this machine, as Jupyter's own handlers ask.

    Without it a page of any site could reach a loopback server under a name it controls.
    """
    if settings.get("allow_remote_access", False):
        return True
    host = re.match(r"^(.*?)(:\d+)?$", request.host)
    name = host[1].strip("[]") if host else ""
    local = settings.get("local_hostnames", ["localhost"])
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return isinstance(local, list) and name in local


def origin_is_ours(request: HTTPServerRequest) -> bool:
    """Whether a request that names an origin comes from this host's own pages."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
