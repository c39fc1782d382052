"""What a commit says of itself, and what its text cannot do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from live_studio.git import picture
from live_studio.git.picture import Memory, Shown
from live_studio.studio import Studio
from tests.repositories import Repo, Table
from tests.servers import own_home


@pytest.fixture(name="clone")
def _clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with one branch and no commit."""
    for name, value in own_home(tmp_path).items():
        monkeypatch.setenv(name, value)
    return Repo.new(tmp_path)


def made(clone: Repo, head: str, message: bytes) -> str:
    """A commit with lines of the test's own; the branch `main` stands there."""
    tree = clone.git("mktree")
    raw = f"tree {tree}\n{head}\n\n".encode() + message
    sha = clone.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", given=raw)
    clone.git("update-ref", "refs/heads/main", sha)
    return sha


def person(time: int, zone: str = "+0100") -> str:
    who = f"Ada L <ada@example.org> {time} {zone}"
    return f"author {who}\ncommitter {who}"


def shown(clone: Repo, *shas: str) -> list[Shown]:
    """The commits of the table."""
    found = picture.taken(str(clone.folder), "", shas, Memory())
    assert found.trouble is None
    return list(found.commits)


def test_a_repository_cannot_have_a_program_run_over_its_signatures(
    clone: Repo, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    clone.git("config", "log.showSignature", "true")
    clone.git("config", "gpg.program", str(program))
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    sha = made(clone, f"{person(1_700_000_000)}\n{signature}", b"Signed\n")
    subprocess.run(
        ["git", "show", "-s", sha],
        cwd=clone.folder,
        env=clone.env,
        capture_output=True,
        check=False,
    )
    assert canary.exists(), "the trap itself does not work"
    canary.unlink()
    (found,) = shown(clone, sha)
    commit = found.commit
    assert (commit.sha, commit.title, commit.author) == (sha, "Signed", "Ada L")
    assert (commit.time, found.branch) == (1_700_000_000.0, "main")
    assert not canary.exists()


def test_a_title_is_the_first_paragraph_in_the_commits_own_encoding(clone: Repo) -> None:
    sha = made(
        clone, f"{person(5)}\nencoding ISO-8859-1", "Größe\nund mehr\n\nRest\n".encode("latin-1")
    )
    (found,) = shown(clone, sha)
    assert found.commit.title == "Größe und mehr"


@pytest.mark.parametrize("coding", ["hex", "punycode", "no-such"])
def test_an_encoding_that_is_none_hides_no_commit(clone: Repo, coding: str) -> None:
    sha = made(clone, f"{person(5)}\nencoding {coding}", b"\xffTitle")
    assert len(shown(clone, sha)) == 1


def test_a_message_of_a_megabyte_has_a_short_title(clone: Repo) -> None:
    made(clone, person(5), b"word " * 200_000)
    (found,) = shown(clone)
    assert len(found.commit.title) <= 72
    assert found.commit.title.startswith("word word")


def test_absurd_times_leave_children_above_their_parents(clone: Repo, studio: Studio) -> None:
    parent, shas = "", []
    for when, zone in ((4_294_000_000, "+0000"), (0, "-9999"), (10**12, "+9999"), (7, "+0000")):
        head = f"parent {parent}\n{person(when, zone)}" if parent else person(when, zone)
        parent = made(clone, head, b"Some\n")
        shas.append(parent)
    table = Table(studio, clone)
    table.run("run", shas[0])
    commits = table.commits()
    assert [commit["sha"] for commit in commits] == shas[::-1]
    assert commits[1]["time"] == "9999-12-31T23:59:59.000Z"
