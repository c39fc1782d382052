"""Running `git`, with options that keep a hostile repository quiet.

No hooks, no fsmonitor, no lazy fetch, no prompts, no transport: whatever a repository's own
configuration says, it starts no program. Every call ends by itself, with all it started.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from ..errors import GitTrouble as Trouble

TIMEOUT = 5.0
READ_SECONDS = 20.0
"""For all that is asked of one clone in one go."""
SAFE = (
    "--no-pager",
    "--no-optional-locks",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "log.showSignature=false",
    "-c", "maintenance.auto=false",
    "-c", "gc.auto=0",
)  # fmt: skip
_OFFLINE = ("-c", "protocol.allow=never")
_ENV = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_PASSWORD = re.compile(r"//[^/@\s]*@")
_FOLDERS = re.compile(r"(?<![\w./:])/(?:[^/\s'\"]+/)+")
"""The folders of a path; its last part is what a person recognises."""
_REFUSED = (
    "could not read Username", "could not read Password", "Authentication failed",
    "Permission denied (", "Host key verification failed", "terminal prompts disabled",
)  # fmt: skip
_ELSEWHERE = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_EXTERNAL_DIFF",
)  # fmt: skip
"""Set by hooks and scripts; they would lead us to another repository than the one asked for."""


def run(
    folder: Path,
    *arguments: str,
    given: bytes | IO[bytes] = b"",
    timeout: float = TIMEOUT,
    out: IO[bytes] | None = None,
    online: Mapping[str, str] | None = None,
) -> bytes:
    """What `git` prints in `folder`, unless it prints to `out`. `online` is the environment of the one caller that fetches.

    Raises:
        Trouble: it fails, is missing, or takes longer than `timeout` seconds.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    # Unlike protocol.allow, a repository cannot overrule this one.
    environment |= _ENV | ({"GIT_ALLOW_PROTOCOL": "none"} if online is None else dict(online))
    offline = _OFFLINE if online is None else ()
    try:
        process = subprocess.Popen(
            ["git", *SAFE, *offline, "-C", str(folder), *arguments],
            stdin=subprocess.PIPE if isinstance(given, bytes) else given,
            stdout=out or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise Trouble("There is no `git` on this machine's PATH. Install Git.") from None
    except (OSError, ValueError) as error:
        raise Trouble(f"Git cannot be started: {error}.") from None
    with process:
        try:
            printed, said = process.communicate(
                given if isinstance(given, bytes) else None, timeout
            )
        except subprocess.TimeoutExpired:
            _end(process)
            raise Trouble(
                f"Git needed more than {timeout:.0f} s for `git {arguments[0]}`, and was stopped."
            ) from None
        except BaseException:  # an interrupt must not leave Git running; it goes on its way
            _end(process)
            raise
    if process.returncode:
        raise Trouble(_explained(said.decode(errors="replace"), folder))
    return printed or b""


def text(folder: Path, *arguments: str, timeout: float = TIMEOUT) -> str | None:
    """What `git` prints, or None where it says nothing useful."""
    try:
        printed = run(folder, *arguments, timeout=timeout)
    except Trouble:
        return None
    return printed.decode(errors="replace").rstrip("\n")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with everything it has started: a child could hold our pipes open for ever."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _explained(said: str, folder: Path) -> str:
    if "dubious ownership" in said:
        return (
            "Git refuses this clone because another user owns it. If you trust it, run in its"
            ' folder: git config --global --add safe.directory "$PWD"'
        )
    if any(words in said for words in _REFUSED):
        return (
            "The remote refused: Git has no credentials here that it accepts. Run `git fetch` in a"
            " terminal once, then reload."
        )
    if "cannot change to" in said or "not a git repository" in said:
        return "The clone is not there any more: it was moved or deleted. Connect it by its path."
    lines = [line for line in said.splitlines() if line.strip()]
    line = next((one for one in lines if one.startswith(("fatal:", "error:"))), (lines or [""])[-1])
    line = _PASSWORD.sub("//", line)
    line = _FOLDERS.sub("", line.replace(str(folder), folder.name))[:200]
    return f"Git cannot read this clone ({line}). `git fsck` says more."


class Reader:
    """Reads one clone, against one deadline for all its questions."""

    def __init__(self, root: Path, seconds: float = READ_SECONDS) -> None:
        """Read the clone at `root` for at most `seconds`."""
        self.root = root
        self._ends = time.monotonic() + seconds

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """What `git` prints.

        Raises:
            Trouble: it fails, or the time is over.
        """
        return run(self.root, *arguments, given=given, timeout=self._left())

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Trouble("Git needed too long for this clone, and was stopped.")
        return left

    def pipe(self, first: Sequence[str], second: Sequence[str], given: bytes = b"") -> bytes:
        """What the second command prints about what the first prints, which may be long.

        Raises:
            Trouble: one of them fails, or the time is over.
        """
        with tempfile.TemporaryFile() as between:
            run(self.root, *first, given=given, timeout=self._left(), out=between)
            between.seek(0)
            return run(self.root, *second, given=between, timeout=self._left())

    def lines(self, *arguments: str, given: Iterable[str] = ()) -> list[str]:
        """The lines it prints when it is given lines."""
        printed = self.run(*arguments, given="".join(f"{line}\n" for line in given).encode())
        return printed.decode(errors="replace").splitlines()

    def kinds(self, names: Iterable[str]) -> dict[str, tuple[str, str, int]]:
        """Object id, kind and size of what each name stands for; what is missing is left out."""
        asked = [name for name in names if "\n" not in name]
        if not asked:
            return {}
        printed = self.run(
            "cat-file", "--batch-check", given="".join(f"{name}\n" for name in asked).encode()
        )
        found = {}
        for name, line in zip(asked, printed.decode(errors="replace").split("\n"), strict=False):
            # A missing one is answered with its own name, which may have spaces.
            sha, *rest = line.split(" ")
            if len(rest) == 2 and rest[1].isdigit() and len(sha) in (40, 64):
                found[name] = (sha, rest[0], int(rest[1]))
        return found

    def bodies(self, shas: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The objects of these ids, all of which are there."""
        asked = list(shas)
        if not asked:
            return
        printed = self.run(
            "cat-file", "--batch", given="".join(f"{sha}\n" for sha in asked).encode()
        )
        at = 0
        while at < len(printed):
            end = printed.find(b"\n", at)
            sha, *rest = printed[at:end].decode(errors="replace").split(" ")
            at = end + 1
            if len(rest) == 2 and rest[1].isdigit():
                yield sha, printed[at : at + int(rest[1])]
                at += int(rest[1]) + 1
