"""What the environment says: where Jupyter keeps its data, which server is beside us, what a run is called.

Read once per use, never cached, so that a notebook may set a variable and try again.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

STORE = "LIVE_STUDIO_STORE"
SERVER_FILE = "LIVE_STUDIO_SERVER_FILE"
JOURNALS_GB = "LIVE_STUDIO_JOURNALS_GB"
URL, TOKEN, PROXY = "LIVE_STUDIO_URL", "LIVE_STUDIO_TOKEN", "LIVE_STUDIO_PROXY"
DVC_URL, DVC_TOKENS = "DVC_STUDIO_URL", ("DVC_STUDIO_TOKEN", "STUDIO_TOKEN")
DVC_OFFLINE = "DVC_STUDIO_OFFLINE"
OUR_TOKENS = "lst_"
"""How tokens begin; one of Iterative's Studio begins otherwise."""


def home() -> Path:
    """The user's folder; `/` where the system knows of none, as of a container's numbered user."""
    found = os.path.expanduser("~")
    return Path(found if os.path.isabs(found) else "/")


def data_dir() -> Path:
    """Jupyter's data directory, found without importing Jupyter (a training job may lack it)."""
    if given := os.environ.get("JUPYTER_DATA_DIR"):
        return Path(given)
    if sys.platform == "darwin":
        return home() / "Library" / "Jupyter"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", home())) / "jupyter"
    return Path(os.environ.get("XDG_DATA_HOME") or home() / ".local" / "share") / "jupyter"


def wants_resume() -> bool:
    """Whether DVCLive's own variable asks to go on with the earlier run."""
    said = os.environ.get("DVCLIVE_RESUME", "").lower()
    # As DVCLive reads it: anything with one of these in it.
    return "1" in said or "y" in said or "true" in said


def journals_dir(store: Path) -> Path:
    """Where the journals of a store lie."""
    return store.with_name(store.name + ".journals")


def journals_most() -> int:
    """How many bytes the journals of a store may take together."""
    try:
        most = float(os.environ.get(JOURNALS_GB) or 10.0)
    except ValueError:
        most = 10.0
    return int(max(most, 0.0) * 1e9)


class Neighbour(NamedTuple):
    """A server on this machine that announced itself through its server file."""

    url: str
    store_id: str
    journal_version: int
    token: str

    def __repr__(self) -> str:
        """Without the token."""
        return f"Neighbour({self.url!r}, {self.store_id!r})"


def neighbour() -> Neighbour | None:
    """The server that started this process, if it still says so."""
    path = os.environ.get(SERVER_FILE)
    if not path:
        return None
    try:
        said = json.loads(Path(path).read_text())
        return Neighbour(said["url"], said["store_id"], said["journal_version"], said["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def far_url() -> str | None:
    """The server that journals are sent to, where the environment names one far away.

    What DVC is told counts too, unless it is told of another product's Studio, which its token
    shows, or a server beside us said so, which reads the journals itself.
    """
    if given := os.environ.get(URL):
        return given
    if os.environ.get(DVC_OFFLINE, "").lower() in ("1", "true", "yes"):
        return None
    if neighbour() is None and _dvc_token() is not None:
        return os.environ.get(DVC_URL)
    return None


def token_for(url: str) -> str | None:
    """The token that the environment has for an address; it is for no other address."""
    own, dvc = os.environ.get(URL), os.environ.get(DVC_URL)
    if (given := os.environ.get(TOKEN)) and (not own or _is_same(own, url)):
        return given.strip()
    if not dvc or _is_same(dvc, url) or (own and _is_same(own, url)):
        return _dvc_token()
    return None


def _is_same(said: str, url: str) -> bool:
    """Whether the environment says an address, however it spells it."""
    one, other = (unquote(text.strip()).rstrip("/") for text in (said, url))
    return one == other


def _dvc_token() -> str | None:
    for name in DVC_TOKENS:
        given = os.environ.get(name, "").strip()
        if given.startswith(OUR_TOKENS):
            return given
    return None
