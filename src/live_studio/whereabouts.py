"""Where the store lies: in Jupyter's data directory, or where that is no ground for it, on this machine's own disk.

What is found is noted beside the place that was meant, and counts for every process from then on, whatever another
would find there later. Where the folder takes no note, because it takes no file, the folder on this machine's own
disk is the note: once it is there, the store stays in it, also when the other can be written again.
"""

from __future__ import annotations

import atexit
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from . import config, ground

NOTE = "store.place"
"""Beside the place that was meant: a word, and a line for each reason."""
HERE, ELSEWHERE = "here", "elsewhere"
INTENDED, REASONS = "intended", "reasons"
"""Beside a store that lies elsewhere: where it should lie, and why it does not."""
MEMORY = "/dev/shm"  # noqa: S108  # owner and mode are checked
ROOTS = ("/var/tmp", MEMORY)  # noqa: S108  # the same
"""Where a machine has room of its own; memory is for where there is no disk at all."""
leaving: dict[Path, Callable[[], None]] = {}
"""What a process does for a store at its exit, when its runs are closed."""


class Note(NamedTuple):
    """What was decided for a place."""

    word: str
    reasons: tuple[str, ...] = ()


def store_path() -> Path:
    """The store's file: the user's setting first, else in Jupyter's data directory, else on this machine's own disk."""
    if given := os.environ.get(config.STORE):
        return Path(os.path.expanduser(given))
    intended = config.data_dir() / "live_studio" / "store.db"
    if (store := _taken_up(intended)) is not None:
        return store
    note = _noted(intended) or (Note(HERE) if _is_in_use(intended) else _decided(intended))
    if note.word == HERE and is_writable(intended):
        return intended
    return _take_up(intended, note) or intended


def intended_path(store: Path) -> Path | None:
    """Where a store would lie that lies on this machine's own disk instead; else None."""
    if store.parent.parent not in map(_own, ROOTS):
        return None
    text = _read(store.with_name(INTENDED))
    return Path(text) if text else None


def reasons(store: Path) -> str:
    """Why a store lies elsewhere, or where it should though that is no good ground, as a part of a sentence."""
    if intended_path(store):
        lines = (_read(store.with_name(REASONS)) or "").splitlines()
    else:
        note = _noted(store) if store.name == "store.db" else None
        lines = list(note.reasons) if note else []
    return " and ".join(lines)


def is_in_memory(store: Path) -> bool:
    """Whether a store is gone when its machine stops."""
    return store.parent.parent == _own(MEMORY)


# the decision


def _noted(intended: Path) -> Note | None:
    text = _read(intended.with_name(NOTE))
    if text is None:
        return None
    # Empty where whoever wrote it could not go on, which is no ground for a store.
    word, *lines = text.splitlines() or [ELSEWHERE]
    return Note(word, tuple(lines))


def _is_in_use(intended: Path) -> bool:
    """Whether a store lies there already, or runs wait for one: it stays, or half of the runs would be elsewhere."""
    return os.path.exists(intended) or os.path.exists(config.journals_dir(intended))


def is_writable(intended: Path) -> bool:
    """Whether the rights and the mount allow to write a file, and its folder to be made."""
    if os.path.exists(intended) and not os.access(intended, os.W_OK):
        return False
    folder = intended.parent
    # A link that leads nowhere is there: no folder can be made of its name.
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def _decided(intended: Path) -> Note:
    """Look what ground there is, and note what follows; who was quicker has decided."""
    found = ground.fault(intended.parent)
    note = Note(HERE)
    if found is not None:
        root, why = _best(memory=not found.keeps)
        said = (f"{intended.parent} {found.text}", *why)
        note = Note(ELSEWHERE if root else HERE, said)
    text = "".join(line + "\n" for line in (note.word, *note.reasons))
    if _publish(intended.with_name(NOTE), text, linked=note.word == HERE):
        return note
    standing = _noted(intended) or note
    # A full disk takes a file and nothing into it.
    return note if standing.word == note.word else standing


def _best(*, memory: bool) -> tuple[str | None, list[str]]:
    """The first room of this machine's own that can be used, and why those before it cannot.

    With `memory`, that is where the home takes nothing, a slow disk will do, and else memory.
    """
    why: list[str] = []
    for root in ROOTS:
        if root == MEMORY and not memory:
            # The home is slow, but it keeps what is written to it.
            continue
        own = _own(root)
        refused = _refusal(own)
        found = None if refused else ground.fault(own)
        if found is not None and not (memory and found.keeps):
            refused = f"{own} {found.text}"
        if refused is None:
            return root, why
        why.append(refused)
    return None, why


# room of this machine's own


def _name() -> str:
    return f"live_studio-{os.getuid() if hasattr(os, 'getuid') else 0}"


def _own(root: str) -> Path:
    return Path(root) / _name()


def _folder(own: Path, intended: Path) -> Path:
    from hashlib import sha256

    return own / sha256(os.fsencode(intended)).hexdigest()[:12]


def _taken_up(intended: Path) -> Path | None:
    """The store on this machine's own disk, where that was chosen before."""
    for root in ROOTS:
        # Nearly always there is none, and this is asked at each run's start.
        if os.path.exists(f"{root}/{_name()}") and _refusal(own := _own(root)) is None:
            folder = _folder(own, intended)
            if os.path.exists(folder / INTENDED):
                return folder / "store.db"
            if os.path.exists(folder / "store.db"):
                # What cleans such folders takes the oldest files first.
                return _take_up(intended, _noted(intended) or Note(HERE))
    return None


def _take_up(intended: Path, note: Note) -> Path | None:
    """Choose the store on this machine's own disk; None where there is no room for it."""
    writable = is_writable(intended)
    said = list(note.reasons) if note.word == ELSEWHERE else []
    if note.word == HERE:
        said = [f"{intended.parent} cannot be written"]
    root, why = _best(memory=not writable)
    if root is None:
        return None
    folder = _folder(_own(root), intended)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lines = dict.fromkeys((*said, *why))
        _publish(folder / REASONS, "".join(line + "\n" for line in lines))
        _publish(folder / INTENDED, str(intended))
    except OSError:
        return None
    return folder / "store.db"


def _refusal(own: Path) -> str | None:
    """Why a folder of this machine's own is not used; it is made where it is missing.

    Anybody may make a folder of this name there, and a link that leads anywhere.
    """
    try:
        with suppress(FileExistsError):
            own.mkdir(mode=0o700)
        found = own.lstat()
    except OSError as error:
        return f"{own} cannot be made ({error.strerror})"
    if stat.S_ISLNK(found.st_mode):
        return f"{own} is a symbolic link"
    if not stat.S_ISDIR(found.st_mode):
        return f"{own} is no folder"
    if not hasattr(os, "getuid") or found.st_uid != os.getuid():
        return f"{own} belongs to somebody else"
    if found.st_mode & 0o077:
        return f"{own} is open to others"
    return None


# notes


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="surrogateescape")
    except OSError:
        return None


def _publish(path: Path, text: str, *, linked: bool = True) -> bool:
    """Write a file whole, unless it is there or cannot be written; says whether it was done.

    Without `linked` it may be done on a disk without hard links too, where a process that is killed leaves it empty.
    """
    fresh = path.with_name(f".{path.name}-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        _write(fresh, text)
        os.link(fresh, path)
    except FileExistsError:
        return False
    except OSError:
        if linked:
            return False
        with suppress(OSError):
            _write(path, text)
            return True
        return False
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return True


def _write(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, text.encode(errors="surrogateescape"))
    finally:
        os.close(file)


@atexit.register
def _leave() -> None:
    for one in [*leaving.values()]:
        one()
