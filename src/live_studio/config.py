"""What the environment says: where the store is, which server is beside us, what a run is called.

Read once per use, never cached, so that a notebook may set a variable and try again.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

STORE = "LIVE_STUDIO_STORE"
SERVER_FILE = "LIVE_STUDIO_SERVER_FILE"
JOURNALS_GB = "LIVE_STUDIO_JOURNALS_GB"


def data_dir() -> Path:
    """Jupyter's data directory, found without importing Jupyter (a training job may lack it)."""
    if given := os.environ.get("JUPYTER_DATA_DIR"):
        return Path(given)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Jupyter"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "jupyter"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "jupyter"


def store_path() -> Path:
    """The store's file: the user's setting first, else Jupyter's data directory."""
    if given := os.environ.get(STORE):
        return Path(given).expanduser()
    return data_dir() / "live_studio" / "store.db"


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


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A server on this machine that announced itself through its server file."""

    url: str
    store_id: str
    journal_version: int
    token: str


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
