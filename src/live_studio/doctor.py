"""What is where, what came in last, what was refused and why, and what to do about it."""

from __future__ import annotations

import json
import netrc
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import config, ground, journal, lock, reading, spools, trial, whereabouts
from .errors import StoreError, StoreFull, StoreTooNew
from .git.here import here
from .store.retention import GRACE_SECONDS
from .studio import Studio

CONNECT_SECONDS = 3.0
STUDIO_VARIABLES = (
    config.URL,
    "DVC_STUDIO_URL",
    "DVC_STUDIO_REPO_URL",
    "DVC_EXP_GIT_REMOTE",
    "STUDIO_REPO_URL",
    "DVC_STUDIO_OFFLINE",
)
COUNTS = ("received", "repaired", "duplicate", "refused")
SECRETS = (config.TOKEN, *config.DVC_TOKENS)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and what to do where it is not well."""

    what: str
    found: str
    remedy: str | None = None

    def __str__(self) -> str:
        """As the terminal shows it."""
        mark = "!" if self.remedy else " "
        line = f"{mark} {self.what:<10} {self.found}"
        return f"{line}\n             -> {self.remedy}" if self.remedy else line


def findings() -> Iterator[Finding]:
    """Everything there is to say, in the order in which one would ask."""
    path = whereabouts.store_path()
    try:
        studio = Studio(path)
    except StoreError as error:
        yield Finding("store", f"{path}: {error}", _store_remedy(error))
        return
    try:
        yield _store(studio)
        yield from _place(studio)
        if trouble := studio.store.trouble:
            yield Finding("trouble", trouble.text, "see docs/reliability.md")
        yield _trash(studio)
        yield _journals("journals", studio.journals)
        for spool, url in spools.spools(studio.journals):
            yield _journals("waiting", spool, f"for {url} in {spool}")
        yield from _server(studio)
        yield from _traffic(studio)
    finally:
        studio.close()
    yield from environment()
    yield from _far()


def _far() -> Iterator[Finding]:
    """Whether what DVCLive is told to send would arrive; asked by whoever calls the doctor."""
    url = os.environ.get(config.DVC_URL)
    token = next(filter(None, map(os.environ.get, config.DVC_TOKENS)), "")
    if not url or token.split() != [token]:
        return
    place = here(Path.cwd())
    named = os.environ.get("DVC_STUDIO_REPO_URL") or (place.repo_url if place.root else "")
    came = trial.tried(url, token, named or trial.UNNAMED)
    yield Finding("a post", came.found, came.remedy)


def _store_remedy(error: StoreError) -> str:
    if isinstance(error, StoreTooNew):
        return "upgrade live_studio here: `pip install --upgrade live-studio`"
    if isinstance(error, StoreFull):
        return "free some space on that disk; what waits is stored by itself then"
    return (
        "set LIVE_STUDIO_STORE to a file on a local disk; a copy of the store there keeps its runs"
    )


def _store(studio: Studio) -> Finding:
    mode = studio.store.read("PRAGMA journal_mode")[0][0]
    size = studio.store.path.stat().st_size
    count = len(studio.experiments())
    found = f"{studio.store.path} ({count:,} experiments, {size / 1e6:.1f} MB, {mode})"
    named = ground.shared(studio.store.path.parent)
    if mode == "wal" and named:
        return Finding(
            "store",
            found,
            f"it is on a {named}: let one machine alone use it, or a local disk hold it",
        )
    if mode == "wal":
        return Finding("store", found)
    why = whereabouts.reasons(studio.store.path) or "this disk gives processes no memory to share"
    return Finding(
        "store", found, f"{why}: set {config.STORE} to a file on a local disk, which is faster"
    )


def _place(studio: Studio) -> Iterator[Finding]:
    """Where the store lies that does not lie where it should."""
    copy = studio.homecopy
    if copy is None:
        return
    text = copy.trouble.text
    if copy.at is not None:
        text += f" The last was made {_age(time.time() - copy.at)} ago."
    is_safe = copy.at is not None and not copy.error
    remedy = f"set {config.STORE} to a file on a disk that can be written"
    yield Finding("place", text, None if is_safe else remedy)


def _trash(studio: Studio) -> Finding:
    count = studio.store.read("SELECT count(*) FROM experiments WHERE deleted_at IS NOT NULL")[0][0]
    found = f"{count:,} experiments, each for {GRACE_SECONDS / 86_400:.0f} days"
    return Finding("trash", found)


def _journals(what: str, folder: Path, where: str = "") -> Finding:
    paths = list(folder.glob("*" + journal.SUFFIX)) if folder.exists() else []
    orphans = [path for path in paths if _is_orphan(path)]
    found = (
        f"{where or folder}: {len(paths) - len(orphans)} of runs, {len(orphans)} left behind"
        f" ({_size(folder) / 1e6:.1f} MB)"
    )
    return Finding(what, found, "run `jupyter live-studio sync`" if orphans else None)


def _size(folder: Path) -> int:
    size = 0
    for path in folder.glob("*"):
        with suppress(OSError):  # carried home meanwhile
            size += path.stat().st_size
    return size


def _is_orphan(path: Path) -> bool:
    try:
        said = reading.header(path)
    except OSError:
        return False
    return said is None or lock.is_dead(path.parent, said["lock"])


def _server(studio: Studio) -> Iterator[Finding]:
    beside = config.neighbour()
    if beside is None:
        yield Finding(
            "server", "none started this process; runs are carried by their own processes"
        )
        return
    try:
        # The address comes from a private file that the server itself wrote.
        with urllib.request.urlopen(beside.url + "api/health", timeout=CONNECT_SECONDS) as answer:  # noqa: S310
            store_id = json.load(answer)["store_id"]
    except (OSError, ValueError, KeyError) as error:
        yield Finding("server", f"{beside.url} does not answer: {error}", "restart Jupyter")
        return
    same = store_id == studio.id
    remedy = None if same else "this kernel keeps another store; unset LIVE_STUDIO_STORE"
    yield Finding("server", f"{beside.url} answers", remedy)


def _traffic(studio: Studio) -> Iterator[Finding]:
    rows = studio.experiments()
    if rows:
        newest = max(rows, key=lambda row: row.updated_at)
        age = _age(studio.store.now() - newest.updated_at)
        yield Finding("received", f"last {age} ago from {newest.client}: {newest.name!r}")
        sums = {name: sum(row.ledger[name] for row in rows) for name in COUNTS}
        told = ", ".join(f"{count:,} {name}" for name, count in sums.items())
        yield Finding("ledger", f"{told} in the experiments that are shown")
    else:
        yield Finding("received", "nothing yet")
    refused = studio.last_refusal()
    if refused:
        age = _age(studio.store.now() - refused["time"])
        found = (
            f"last {age} ago from {refused['address']}: {refused['status']}, {refused['detail']}"
        )
        yield Finding("refused", found, _remedy(refused["status"]))


def _remedy(status: int) -> str:
    if status == 401:
        return "make a token with `jupyter live-studio token create` and set DVC_STUDIO_TOKEN there"
    return "the text says what that request lacked"


def environment() -> Iterator[Finding]:
    """What stock DVCLive and DVC will read here, and each trap of theirs that lies in it."""
    for name in STUDIO_VARIABLES:
        value = os.environ.get(name)
        if value is not None:
            yield Finding(name, value, _trap(name, value))
    for name in SECRETS:
        if value := os.environ.get(name):
            blank = "it holds white space, with which no request leaves: set it again"
            yield Finding(name, "is set", blank if value.split() != [value] else None)
    if any(map(os.environ.get, SECRETS)) and not os.environ.get("DVC_STUDIO_URL"):
        yield Finding(
            "address",
            "a token is set and DVC_STUDIO_URL is not",
            "set it to this server's address, unless DVC's configuration names one: by default"
            " DVCLive sends to its makers' Studio",
        )
    host = urlsplit(os.environ.get("DVC_STUDIO_URL", "")).hostname or "localhost"
    proxies = urllib.request.getproxies_environment()
    if "http" in proxies and not urllib.request.proxy_bypass_environment(host):  # type: ignore[attr-defined]
        yield Finding(
            "HTTP_PROXY", "is set", f"add {host} to NO_PROXY, or the proxy gets the posts"
        )
    if _in_netrc(host):
        yield Finding(
            "~/.netrc",
            f"has an entry for {host}, which replaces the token in DVCLive's requests",
            "take the entry out, or set NETRC=/dev/null where the experiment runs",
        )


def _trap(name: str, value: str) -> str | None:
    if name == "DVC_STUDIO_URL" and not value.endswith("/"):
        return "end it with a slash, or its last part is dropped"
    if name == "DVC_STUDIO_OFFLINE" and re.search("1|y|yes|true", value.lower()):
        return "with it DVCLive sends nothing; unset it"
    named = os.environ.get("DVC_STUDIO_REPO_URL") or os.environ.get("STUDIO_REPO_URL")
    if name == "DVC_EXP_GIT_REMOTE" and not named and here(Path.cwd()).root is None:
        return "outside Git DVCLive ignores it and sends nothing; set DVC_STUDIO_REPO_URL as well"
    return None


def _in_netrc(host: str) -> bool:
    given = os.environ.get("NETRC")
    for path in [Path(given)] if given else [config.home() / name for name in (".netrc", "_netrc")]:
        with suppress(OSError, netrc.NetrcParseError, UnicodeDecodeError):
            if netrc.netrc(path).authenticators(host) is not None:
                return True
    return False


def _age(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
