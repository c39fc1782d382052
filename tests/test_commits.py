"""What Git says, and what a hostile repository cannot make it do."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from live_studio.commits import Commit, Repository
from live_studio.places import Clone
from live_studio.studio import Studio
from tests.servers import own_home


@pytest.fixture(name="clone")
def _clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one branch and no commit."""
    for name, value in own_home(tmp_path).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "clone"
    folder.mkdir()
    said(folder, "init", "--initial-branch=main")
    return folder


def said(folder: Path, *arguments: str, text: str | bytes = "") -> str:
    given = text.encode() if isinstance(text, str) else text
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=given, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def made(folder: Path, head: str, message: bytes) -> str:
    """A commit with lines of the test's own; the branch `main` stands there."""
    tree = said(folder, "mktree")
    raw = f"tree {tree}\n{head}\n\n".encode() + message
    sha = said(folder, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", text=raw)
    said(folder, "update-ref", "refs/heads/main", sha)
    return sha


def person(time: int) -> str:
    who = f"Ada L <ada@example.org> {time} +0100"
    return f"author {who}\ncommitter {who}"


def test_a_repository_cannot_have_a_program_run_over_its_signatures(
    clone: Path, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    said(clone, "config", "log.showSignature", "true")
    said(clone, "config", "gpg.program", str(program))
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    sha = made(clone, f"{person(1_700_000_000)}\n{signature}", b"Signed\n")
    subprocess.run(["git", "show", "-s", sha], cwd=clone, capture_output=True, check=False)
    assert canary.exists(), "the trap itself does not work"
    canary.unlink()
    (found,) = Repository(clone).commits([sha])
    assert found == Commit(sha, "Signed", "Ada L", 1_700_000_000.0, "main")
    assert not canary.exists()


def test_a_title_is_the_first_paragraph_in_the_commits_own_encoding(clone: Path) -> None:
    sha = made(
        clone, f"{person(5)}\nencoding ISO-8859-1", "Größe\nund mehr\n\nRest\n".encode("latin-1")
    )
    (found,) = Repository(clone).commits([sha])
    assert found.title == "Größe und mehr"


@pytest.mark.parametrize("coding", ["hex", "punycode", "no-such"])
def test_an_encoding_that_is_none_hides_no_commit(clone: Path, coding: str) -> None:
    sha = made(clone, f"{person(5)}\nencoding {coding}", b"\xffTitle")
    assert len(Repository(clone).commits([sha])) == 1


def test_a_commit_of_an_absurd_time_does_not_end_the_changes(clone: Path, tmp_path: Path) -> None:
    from live_studio.events import Key, Refs, Start

    sha = made(clone, person(1_000_000_000_000), b"Far\n")
    studio = Studio(tmp_path / "store.db")
    studio.record([Start(Key("github.com/o/r", sha, "run"), "dvclive")])
    studio.store.write(
        "INSERT INTO repos (repo_url, path, seq) VALUES ('github.com/o/r', ?, :seq)", (str(clone),)
    )
    studio.record([Refs("github.com/o/r", "moved")])
    (commit,) = studio.changes().value["commits"]
    studio.close()
    assert commit["time"] == "9999-12-31T23:59:59.000Z"


def test_options_in_place_of_a_commit_reach_no_git(clone: Path) -> None:
    made(clone, person(5), b"One\n")
    repository = Repository(clone)
    assert repository.commits(["--help", "HEAD"]) == []
    assert repository.reason("HEAD", []) == "unknown commit"


class Slow(Repository):
    """A repository whose Git takes as long as the test wants."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked, self.go = threading.Event(), threading.Event()

    def commits(self, shas: Iterable[str]) -> list[Commit]:
        self.asked.set()
        assert self.go.wait(10)
        return [Commit(sha, "t", "a", 1.0, "main") for sha in shas]

    def reason(self, sha: str, commits: object) -> str | None:
        assert isinstance(commits, list)
        return None if any(commit.sha == sha for commit in commits) else "not pushed"


def test_who_asks_while_another_asks_git_gets_the_same_answer(tmp_path: Path) -> None:
    slow = Slow(tmp_path)
    clone = Clone(slow)
    answers: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: answers.append(clone.reason("a" * 40))) for _ in range(2)
    ]
    threads[0].start()
    assert slow.asked.wait(10)
    threads[1].start()
    threads[1].join(0.3)
    slow.go.set()
    for thread in threads:
        thread.join(10)
    assert answers == [None, None]
