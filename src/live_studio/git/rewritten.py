"""What a commit became that no branch holds any more: by its words, its patch, or the reflog."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from .commit import SHA, Commit
from .process import Reader
from .refs import logs_of

CANDIDATES = 300
LOGS, LOG_BYTES = 200, 256 << 10
_PATCH = ("diff-tree", "-p", "-r", "--root", "--no-ext-diff", "--no-textconv", "--no-color")

Read = Callable[[Sequence[str]], dict[str, Commit]]


class Rewrites:
    """Looks for what became of commits among those that branches hold now."""

    def __init__(
        self, reader: Reader, tips: Sequence[str], read: Read, patches: dict[str, str]
    ) -> None:
        """Look among what can be reached from `tips`.

        `read` fetches commits by their ids; `patches` are the patch ids that are known.
        """
        self._reader = reader
        self._tips = tips
        self._read = read
        self._patches = patches
        self._logs = logs_of(reader.root)

    def now(self, sha: str) -> str | None:
        """The commit that `sha` became, where anything tells."""
        given = [*self._tips, f"^{sha}"]
        since = self._reader.lines("rev-list", f"-n{CANDIDATES}", "--stdin", given=given)
        if not since:
            return None
        return (
            self._by_words(sha, since) or self._by_patch(sha, since) or self._by_reflog(sha, since)
        )

    def _by_words(self, sha: str, since: list[str]) -> str | None:
        """A rebase keeps the author, the second it was written in, and mostly the title."""
        said = self._read([sha, *since])
        old = said.get(sha)
        same = [
            one
            for one in since
            if old
            and one in said
            and (said[one].written, said[one].title) == (old.written, old.title)
        ]
        return same[0] if len(same) == 1 else None

    def _by_patch(self, sha: str, since: list[str]) -> str | None:
        """The same change elsewhere, or a squash of all of it since it left the branch."""
        wanted = set(self._patch_ids([sha]).values())
        base = self._reader.lines("merge-base", "--end-of-options", sha, self._tips[0])
        if base:
            whole = self._reader.pipe((*_PATCH, base[0], sha), ("patch-id", "--stable"))
            wanted |= {line.split(b" ")[0].decode() for line in whole.splitlines()}
        found = self._patch_ids(since)
        return next((one for one in since if found.get(one) in wanted), None)

    def _patch_ids(self, shas: Iterable[str]) -> dict[str, str]:
        asked = list(shas)
        new = [sha for sha in asked if sha not in self._patches]
        if new:
            given = "".join(f"{sha}\n" for sha in new).encode()
            printed = self._reader.pipe((*_PATCH, "--stdin"), ("patch-id", "--stable"), given)
            for line in printed.decode(errors="replace").splitlines():
                patch, _, sha = line.partition(" ")
                self._patches[sha] = patch
        return {sha: self._patches[sha] for sha in asked if sha in self._patches}

    def _by_reflog(self, sha: str, since: list[str]) -> str | None:
        """Amended, or the end of a branch that was rebased: the reflog has both ends."""
        became = {
            old: new
            for old, new, message in self._entries()
            if message.startswith(("commit (amend)", "rebase (finish)", "rebase -i (finish)"))
        }
        held = set(since)
        seen = set()
        now: str | None = sha
        while now is not None and now not in seen:
            if now in held:
                return now
            seen.add(now)
            now = became.get(now)
        return None

    def _entries(self) -> Iterator[tuple[str, str, str]]:
        heads = self._logs / "refs" / "heads"
        files = sorted(heads.rglob("*"))[:LOGS] if heads.is_dir() else []
        for file in (*files, self._logs / "HEAD"):
            for line in _tail(file).decode(errors="replace").splitlines():
                ends, _, message = line.partition("\t")
                old, _, rest = ends.partition(" ")
                new = rest.partition(" ")[0]
                if SHA.fullmatch(old) and SHA.fullmatch(new):
                    yield old, new, message


def _tail(file: Path) -> bytes:
    """The end of a regular file: a link or a pipe in a repository leads anywhere."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        said = os.fstat(opened)
        if not stat.S_ISREG(said.st_mode):
            return b""
        return os.pread(opened, LOG_BYTES, max(0, said.st_size - LOG_BYTES))
    except OSError:
        return b""
    finally:
        os.close(opened)
