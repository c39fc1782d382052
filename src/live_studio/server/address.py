"""The address under which others reach this server, for what is handed out to them."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest

HUB = "JUPYTERHUB_PUBLIC_URL"
"""A hub that knows where the world reaches it says so to the servers it starts."""


def public(request: HTTPServerRequest, base_url: str) -> str:
    """Our address up to and with `live-studio/`, as whoever sent `request` can use it.

    The hub's word counts first, then what the client called us; a proxy that ends TLS says so.
    """
    # Believed from anybody, also without `trust_xheaders`: it decides the scheme of an address that
    # goes back to whoever sent it and to nobody else. It opens nothing, nothing is stored or cached,
    # no page of another site can send it, and a proxy that ends TLS sets it or lets it pass.
    hub = urlsplit(os.environ.get(HUB, ""))
    if hub.scheme in ("http", "https") and hub.netloc:
        return f"{hub.scheme}://{hub.netloc}{base_url}live-studio/"
    said = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    scheme = said if said in ("http", "https") else request.protocol
    return f"{scheme}://{request.host}{base_url}live-studio/"
