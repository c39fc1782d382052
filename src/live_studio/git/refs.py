"""The refs of a clone: which of them count as the repository, and a text that changes when one moves."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .here import Remotes, remotes
from .process import Reader

FILES_MOST = 200
"""Of loose refs that are looked at one by one."""
POINTER_MOST = 4096
EXPERIMENTS = "refs/exps/"
FETCHED_EXPERIMENTS = "refs/live-studio/exps/"


@dataclass(slots=True)
class Refs:
    """Commits by what names them."""

    branches: list[tuple[str, str]] = field(default_factory=list)
    """Name and commit of every branch that counts."""
    first: list[str] = field(default_factory=list)
    """Names of those that stand before all others."""
    local: list[tuple[str, str]] = field(default_factory=list)
    """What holds commits here without counting: local branches, tags, where worktrees stand."""
    tags: dict[str, list[str]] = field(default_factory=dict)
    experiments: list[tuple[str, str, str]] = field(default_factory=list)
    """Baseline, name and commit of every pushed experiment."""
    has_remote: bool = False

    @property
    def counted(self) -> list[str]:
        """The commits from which everything that is in the repository can be reached."""
        return list(dict.fromkeys(sha for _, sha in self.branches))


def read(reader: Reader) -> Refs:
    """The refs of a clone as they are now; those whose commit is not there are left out."""
    known = remotes(reader.root)
    listed = {}
    symbolic = {}
    for line in reader.lines("for-each-ref", "--format=%(objectname) %(refname) %(symref)"):
        sha, _, rest = line.partition(" ")
        name, _, target = rest.partition(" ")
        listed[name] = sha
        if target:
            symbolic[name] = target
    heads = [f"worktrees/{name}/HEAD" for name in _worktrees(reader.root)]
    kinds = reader.kinds([*(f"{name}^{{commit}}" for name in ("HEAD", "main-worktree/HEAD", *heads)),
                          *dict.fromkeys(f"{sha}^{{commit}}" for sha in listed.values())])  # fmt: skip
    commits = {
        name: kinds[asked][0]
        for name, sha in listed.items()
        if (asked := f"{sha}^{{commit}}") in kinds
    }
    found = Refs(has_remote=bool(known.named))
    found.experiments = list(_experiments(commits))
    for name, sha in commits.items():
        if name.startswith("refs/tags/"):
            found.tags.setdefault(sha, []).append(name.removeprefix("refs/tags/"))
        if name.startswith(("refs/heads/", "refs/tags/")):
            found.local.append((name.split("/", 2)[2], sha))
    found.local += [("", kinds[name][0]) for name in kinds if name.endswith("HEAD^{commit}")]
    found.branches = _of_remotes(commits, symbolic, known) if known.named else _of_clone(commits)
    told = [target.split("/", 3)[-1] for target in symbolic.values()]
    names = {name for name, _ in found.branches}
    found.first = [name for name in dict.fromkeys((*told, "main", "master")) if name in names]
    return found


def _of_remotes(
    commits: dict[str, str], symbolic: dict[str, str], known: Remotes
) -> list[tuple[str, str]]:
    """What the remotes were last seen to have. Branches of other remotes carry their name."""
    first = known.first(None)
    found: dict[str, tuple[str, str]] = {}
    for remote, said in known.named.items():
        for space in said.fetched:
            for name, sha in commits.items():
                if name.startswith(space) and not _is_private(name) and name not in symbolic:
                    short = name.removeprefix(space).removeprefix("heads/")
                    found.setdefault(name, (short if remote == first else f"{remote}/{short}", sha))
    return list(found.values())


def _is_private(name: str) -> bool:
    """Refs that are nobody's branch, where a mirror fetches everything."""
    return name.startswith((EXPERIMENTS, FETCHED_EXPERIMENTS, "refs/stash", "refs/pull/"))


def _of_clone(commits: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (name.split("/", 2)[2], sha)
        for space in ("refs/heads/", "refs/tags/")
        for name, sha in commits.items()
        if name.startswith(space)
    ]


def _experiments(commits: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """`refs/exps/ab/cdef.../name`, as DVC keeps them, here and where a reload puts pushed ones."""
    seen = set()
    for name, sha in commits.items():
        if name.startswith(EXPERIMENTS):
            rest = name.removeprefix(EXPERIMENTS)
        elif name.startswith(FETCHED_EXPERIMENTS):
            rest = name.removeprefix(FETCHED_EXPERIMENTS).partition("/")[2]
        else:
            continue
        parts = rest.split("/", 2)
        if len(parts) == 3 and len(parts[0] + parts[1]) == 40:
            said = (parts[0] + parts[1], parts[2], sha)
            if said not in seen:
                seen.add(said)
                yield said


# watching


class Watch:
    """Looks at the files of one clone's refs again and again, as cheaply as the system allows."""

    def __init__(self, root: Path) -> None:
        """Watch the clone at `root`."""
        self.root = root
        self._known: dict[str, tuple[int, list[str], list[str]]] = {}

    def fingerprint(self) -> str:
        """A text that changes when a ref does, the same in every process. Empty outside Git."""
        try:
            own, shared = _folders(self.root)
            seen = hashlib.sha256()
            watched = [*map(str, _watched(own, shared)), *self._refs(str(shared / "refs"))]
            for file in watched:
                with suppress(FileNotFoundError, NotADirectoryError):
                    said = os.stat(file)
                    seen.update(
                        f"{file}:{said.st_mtime_ns}:{said.st_size}:{said.st_ino}\n".encode()
                    )
            return seen.hexdigest()[:16]
        except (OSError, ValueError):
            return ""

    def _refs(self, top: str) -> list[str]:
        """The folders of loose refs, and their files while there are few.

        A ref is written by a rename, which its folder shows; the files are for systems whose times
        are too coarse to show two of them.
        """
        folders: list[str] = []
        files: list[str] = []
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            below, inside = self._listed(folder)
            folders.append(folder)
            files += inside
            waiting += below
        return sorted(folders if len(files) > FILES_MOST else [*folders, *files])

    def _listed(self, folder: str) -> tuple[list[str], list[str]]:
        """Folders and files in a folder, read again when it has changed."""
        try:
            changed = os.stat(folder).st_mtime_ns
            known = self._known.get(folder)
            if known is None or known[0] != changed:
                with os.scandir(folder) as found:
                    entries = [(one.path, one.is_dir(follow_symlinks=False)) for one in found]
                below = [path for path, is_folder in entries if is_folder]
                known = (changed, below, [path for path, is_folder in entries if not is_folder])
                self._known[folder] = known
        except FileNotFoundError:
            self._known.pop(folder, None)
            return [], []
        return known[1], known[2]


def fingerprint(root: Path) -> str:
    """What a new `Watch` says."""
    return Watch(root).fingerprint()


def is_shallow(root: Path) -> bool:
    """Whether a clone was made without its older commits."""
    try:
        return (_folders(root)[1] / "shallow").exists()
    except (OSError, ValueError):
        return False


def logs_of(root: Path) -> Path:
    """Where a clone keeps what its refs were."""
    try:
        return _folders(root)[1] / "logs"
    except (OSError, ValueError):
        return root / ".git" / "logs"


def _folders(root: Path) -> tuple[Path, Path]:
    """The folder with this worktree's HEAD, and the one that all worktrees share.

    Raises:
        OSError: there is no repository.
    """
    own = root / ".git"
    if own.is_file():
        own = root / _pointer(own).partition("gitdir:")[2].strip()
    elif not own.exists() and (root / "HEAD").is_file():
        own = root
    (own / "HEAD").lstat()
    common = own / "commondir"
    return own, own / _pointer(common).strip() if common.exists() else own


def _pointer(file: Path) -> str:
    with file.open("rb") as opened:
        return os.fsdecode(opened.read(POINTER_MOST))


def _watched(own: Path, shared: Path) -> Iterable[Path]:
    yield own / "HEAD"
    for name in (
        "packed-refs",
        "config",
        "shallow",
        "reftable",
        "reftable/tables.list",
        "worktrees",
    ):
        yield shared / name
    for name in _worktrees_of(shared):
        yield shared / "worktrees" / name / "HEAD"


def _worktrees(root: Path) -> list[str]:
    try:
        return _worktrees_of(_folders(root)[1])
    except (OSError, ValueError):
        return []


def _worktrees_of(shared: Path) -> list[str]:
    try:
        return sorted(os.listdir(shared / "worktrees"))[:100]
    except OSError:
        return []
