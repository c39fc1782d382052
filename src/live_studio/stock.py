"""Unmodified DVCLive and DVC in this kernel: where their numbers go after `%load_ext live_studio`.

They read their target from the environment each time. A user's own setting always wins.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from . import config
from .git.here import here
from .git.process import text

URL, TOKEN, REPO_URL = "DVC_STUDIO_URL", "DVC_STUDIO_TOKEN", "DVC_STUDIO_REPO_URL"
OWN = (URL, TOKEN, "STUDIO_TOKEN", "STUDIO_ENDPOINT")
OLD_REPO_URL = "STUDIO_REPO_URL"
REMOTE = "DVC_EXP_GIT_REMOTE"

_ours: dict[str, str] = {}
"""What this module has set: after `%reload_ext`, or another server, it is not the user's."""
_followed: tuple[str, str] | None = None
"""The server and the folder that were there when it was set."""
_asked: Path | None = None
"""The first clone that DVC's client may have asked for its remote: it remembers the answer for good."""


def point_here(token: str | None = None) -> str | None:
    """Let DVCLive in this process send to the server beside it; return that server's address.

    It shows `token`, or the one that the server gave to all that it started.

    None: there is no such server, or the user points somewhere himself.
    """
    global _followed  # noqa: PLW0603  # the environment belongs to the process too
    beside = config.neighbour()
    _followed = _now(beside)
    if beside is None or points_elsewhere():
        return None
    _set(URL, beside.url)
    _set(TOKEN, token or beside.token)
    _spare_proxy(urlsplit(beside.url).hostname or "localhost")
    _name_repository()
    return beside.url


def is_behind() -> bool:
    """Whether the server has started again at another address, or the folder is another, since then."""
    return _followed != _now(config.neighbour())


def _now(beside: config.Neighbour | None) -> tuple[str, str]:
    return (beside.url if beside else "", os.path.realpath(os.curdir))


def points_elsewhere() -> bool:
    """Whether the user has told DVC of a Studio, by environment or by configuration."""
    return any(map(_users, OWN)) or any(map(_names_studio, _configurations()))


def _users(name: str) -> str | None:
    """What the user has set a variable to."""
    value = os.environ.get(name)
    return value if value != _ours.get(name) else None


def _set(name: str, value: str) -> None:
    os.environ[name] = _ours[name] = value


def _configurations() -> list[Path]:
    home = os.environ.get("DVC_GLOBAL_CONFIG_DIR")
    base = os.environ.get("XDG_CONFIG_HOME")
    user = Path(home) if home else (Path(base) if base else config.home() / ".config") / "dvc"
    root = here(Path.cwd()).root or Path.cwd()
    return [user / "config", root / ".dvc" / "config", root / ".dvc" / "config.local"]


def _names_studio(path: Path) -> bool:
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError):
        return False
    studio = text.partition("[studio]")[2].partition("\n[")[0]
    return any(line.strip().startswith(("token", "url")) for line in studio.splitlines())


def _spare_proxy(host: str) -> None:
    """A proxy is not to see, and could not forward, what goes to this machine."""
    for name in ("NO_PROXY", "no_proxy"):
        spared = os.environ.get(name, "")
        if spared != "*" and host not in spared.split(","):
            os.environ[name] = f"{spared},{host}" if spared else host


def _name_repository() -> None:
    """Say which repository this is where Git cannot, or DVCLive would send nothing."""
    global _asked  # noqa: PLW0603
    if _users(REPO_URL) or _users(OLD_REPO_URL):
        return
    place = here(Path.cwd())
    if place.root is None:
        _set(REPO_URL, os.environ.get(REMOTE) or place.repo_url)
    elif not text(place.root, "remote") or _asked not in (None, place.root):
        _set(REPO_URL, place.repo_url)
    else:
        _asked = place.root
        os.environ.pop(REPO_URL, None)
        _ours.pop(REPO_URL, None)
