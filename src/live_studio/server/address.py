"""The address under which others reach this server, for what is handed out to them."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest

HUB = "JUPYTERHUB_PUBLIC_URL"
"""A hub that knows where the world reaches it says so to the servers it starts."""
_PREFIX = re.compile(r"(/[\w.~@%-]+)*", re.ASCII)


def public(request: HTTPServerRequest, base_url: str) -> str:
    """Our address up to and with `live-studio/`, as whoever sent `request` can use it.

    The hub's word counts first, then what the client called us; a proxy that ends TLS says so, and
    one that takes a prefix away, as jupyter-server-proxy does.
    """
    # Believed from anybody, also without `trust_xheaders`: they decide the scheme and the prefix of an
    # address that goes back to whoever sent them and to nobody else. They open nothing, nothing is stored
    # or cached, no page of another site can send them, and a proxy sets them or lets them pass.
    prefix = request.headers.get("X-Forwarded-Prefix", "").rstrip("/")
    path = f"{prefix if _PREFIX.fullmatch(prefix) else ''}{base_url}live-studio/"
    hub = urlsplit(os.environ.get(HUB, ""))
    if hub.scheme in ("http", "https") and hub.netloc:
        return f"{hub.scheme}://{hub.netloc}{path}"
    said = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    scheme = said if said in ("http", "https") else request.protocol
    return f"{scheme}://{request.host}{path}"
