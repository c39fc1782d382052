"""Where a row stands, whatever people do to their repositories. Every repository here is real."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from live_studio.addresses import NO_COMMIT
from live_studio.git import graph, picture, process, refs
from live_studio.git.here import here
from live_studio.identity import identity
from live_studio.studio import Studio
from tests.repositories import Repo, Table, give_away
from tests.servers import own_home, until


@pytest.fixture(name="home", autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in own_home(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(name="repo")
def _repo(tmp_path: Path) -> Repo:
    return Repo.pushed(tmp_path)


@pytest.fixture(name="table")
def _table(studio: Studio, repo: Repo) -> Table:
    return Table(studio, repo)


def test_a_local_commit_is_not_pushed_until_it_is_pushed(table: Table, repo: Repo) -> None:
    sha = repo.commit("Second")
    table.run("run")
    place = table.becomes("run", "not pushed")
    assert place["advice"] == f"Push main and this row moves under {sha[:7]}."
    repo.git("push", "--quiet")
    assert table.becomes("run", None) == {"kind": "commit", "reason": None}
    found = table.commit(sha)
    assert found is not None
    assert (found["title"], found["author"], found["branch"]) == ("Second", "Ada", "main")


def test_a_moved_row_is_sent_again_to_who_looks(table: Table, repo: Repo) -> None:
    repo.commit("Second")
    table.run("run")
    table.becomes("run", "not pushed")
    told = threading.Event()
    table.studio.subscribe(told.set)
    seq = table.studio.changes().seq
    repo.git("push", "--quiet")

    def sent() -> bool:
        table.studio.look_at_refs()
        rows = table.studio.changes(seq).value["experiments"]
        return bool(rows) and rows[0]["place"]["kind"] == "commit"

    until(sent, "the row in the changes since then")
    assert told.is_set()


def test_a_rebase_and_a_forced_push_make_it_rewritten(table: Table, repo: Repo) -> None:
    old = repo.commit("Second")
    repo.git("push", "--quiet")
    table.run("run")
    table.becomes("run", None)
    repo.git("commit", "--quiet", "--amend", "-m", "Second, better")
    repo.git("push", "--quiet", "--force")
    place = table.becomes("run", "rewritten")
    assert old[:7] in place["advice"]
    assert place["now"] == repo.head, "the reflog knows what was amended"


def test_a_rebase_onto_others_work(table: Table, repo: Repo, tmp_path: Path) -> None:
    repo.git("checkout", "--quiet", "-b", "side")
    shas = [repo.commit("One"), repo.commit("Two")]
    for name, sha in zip(("one", "two"), shas, strict=True):
        table.run(name, sha)
    repo.git("push", "--quiet", "origin", "side")
    table.becomes("two", None)
    repo.git("checkout", "--quiet", "main")
    repo.commit("Others")
    repo.git("checkout", "--quiet", "side")
    # Without what is kept of a commit's words and without a reflog, its patch still tells.
    shutil.rmtree(repo.folder / ".git" / "logs")
    repo.git("config", "core.logAllRefUpdates", "false")
    repo.git("rebase", "--quiet", "--reset-author-date", "main")
    repo.git("push", "--quiet", "--force", "origin", "side")
    assert table.becomes("one", "rewritten")["now"] == repo.git("rev-parse", "side~1")
    assert table.becomes("two", "rewritten")["now"] == repo.head


def test_a_squash_is_found_by_the_whole_patch(table: Table, repo: Repo) -> None:
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("One")
    repo.commit("Two")
    table.run("run")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--squash", "side")
    repo.git("commit", "--quiet", "-m", "Both")
    repo.git("branch", "--quiet", "-D", "side")
    repo.git("push", "--quiet")
    assert table.becomes("run", "rewritten")["now"] == repo.head


def test_a_branch_that_was_deleted_everywhere(table: Table, repo: Repo) -> None:
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("Aside")
    repo.git("push", "--quiet", "origin", "side")
    table.run("run")
    table.becomes("run", None)
    repo.git("checkout", "--quiet", "main")
    repo.git("push", "--quiet", "origin", "--delete", "side")
    assert table.becomes("run", "not pushed")["advice"].startswith("Push side ")
    repo.git("branch", "--quiet", "-D", "side")
    table.becomes("run", "rewritten")


def test_a_hard_reset_before_any_push(table: Table, repo: Repo) -> None:
    repo.commit("Second")
    table.run("run")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    assert table.becomes("run", "rewritten")["now"] is None
    repo.commit("Another")
    assert table.becomes("run", "rewritten")["now"] is None


def test_unknown_commits_and_nonsense_in_their_place(table: Table) -> None:
    for name, sha in (("far", "1" * 40), ("option", "--help"), ("name", "HEAD"), ("lines", "a\nb")):
        table.run(name, sha)
        table.becomes(name, "unknown commit")
    table.run("none", NO_COMMIT)
    assert table.reason("none") == "no Git"


def test_a_shallow_clone_says_that_it_is_one(studio: Studio, repo: Repo, tmp_path: Path) -> None:
    first = repo.head
    repo.commit("Second")
    repo.git("push", "--quiet")
    remote = f"file://{tmp_path / 'remote.git'}"
    repo.git("clone", "--quiet", "--depth", "1", remote, str(tmp_path / "shallow"))
    table = Table(studio, Repo(tmp_path / "shallow", repo.env))
    table.run("old", first)
    table.run("new")
    assert "shallow clone" in table.becomes("old", "unknown commit")["advice"]
    table.becomes("new", None)
    table.repo.git("fetch", "--quiet", "--unshallow")
    table.becomes("old", None)


def test_a_worktree_is_its_repository(table: Table, repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    tree = Repo(tmp_path / "tree", repo.env)
    assert here(tree.folder).repo_url == table.url
    sha = tree.commit("In a tree")
    table.run("run", sha)
    assert table.becomes("run", "not pushed")["advice"].startswith("Put a branch on ")
    table.connect(tree.folder)
    tree.git("push", "--quiet", "origin", "HEAD:refs/heads/from-tree")
    table.becomes("run", None)


def test_a_submodule_is_a_repository_of_its_own(studio: Studio, tmp_path: Path, repo: Repo) -> None:
    outer = Repo.new(tmp_path, "outer")
    outer.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
        str(tmp_path / "remote.git"), "inner",
    )  # fmt: skip
    inner = Repo(outer.folder / "inner", repo.env)
    place = here(inner.folder)
    assert place.root == inner.folder
    assert place.repo_url == here(repo.folder).repo_url
    table = Table(studio, inner)
    inner.commit("Inside")
    table.run("run")
    table.becomes("run", "not pushed")
    inner.git("push", "--quiet", "origin", "HEAD:main")
    table.becomes("run", None)


def test_a_detached_head_works(table: Table, repo: Repo) -> None:
    table.run("first")
    repo.git("checkout", "--quiet", "--detach")
    assert here(repo.folder).baseline_sha == repo.head
    repo.commit("Nowhere")
    table.run("second")
    table.becomes("first", None)
    assert table.becomes("second", "not pushed")["advice"].startswith("Put a branch on ")


def test_a_repository_without_commits(studio: Studio, tmp_path: Path) -> None:
    empty = Repo.new(tmp_path, "empty")
    place = here(empty.folder)
    assert (place.root, place.baseline_sha) == (empty.folder, NO_COMMIT)
    table = Table(studio, empty)
    table.run("run", NO_COMMIT)
    assert table.reason("run") == "no Git"
    assert table.commits() == []


def test_without_a_remote_local_branches_and_tags_count(studio: Studio, tmp_path: Path) -> None:
    alone = Repo.new(tmp_path, "alone")
    sha = alone.commit("Only")
    alone.git("tag", "v1")
    table = Table(studio, alone)
    assert table.url.startswith("local:alone-")
    table.run("run")
    table.becomes("run", None)
    found = table.commit(sha)
    assert found is not None
    assert found["refs"] == ["v1"]


def test_a_renamed_remote_changes_nothing(table: Table, repo: Repo) -> None:
    table.run("run")
    table.becomes("run", None)
    repo.git("remote", "rename", "origin", "upstream/of-all")
    repo.git("pack-refs", "--all")
    table.becomes("run", None)
    (commit,) = table.commits()
    assert commit["branch"] == "main"
    assert here(repo.folder).repo_url == table.url


def test_a_bare_mirror_can_be_connected(table: Table, repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--mirror", str(tmp_path / "remote.git"), str(tmp_path / "m.git"))
    table.connect(here(tmp_path / "m.git").root or Path())
    table.run("run")
    table.becomes("run", None)
    (commit,) = table.commits()
    assert commit["branch"] == "main"


def test_branches_with_nothing_of_their_own_are_folded(table: Table, repo: Repo) -> None:
    first = repo.head
    repo.git("push", "--quiet", "origin", "main:refs/heads/nested")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("Aside")
    second = repo.head
    repo.git("push", "--quiet", "origin", "side")
    table.run("run", second)
    table.becomes("run", None)
    assert [(one["sha"], one["branch"], one["refs"], one["order"]) for one in table.commits()] == [
        (first, "main", ["nested"], 0),
        (second, "side", [], 0),
    ]


def test_names_of_branches_stay_as_they_are(table: Table, repo: Repo) -> None:
    name = f'"it\'s"-{"🐍" * 10}-{"x" * 150}'
    repo.git("checkout", "--quiet", "--orphan", name)
    repo.commit("Odd")
    repo.git("push", "--quiet", "origin", name)
    table.run("run")
    table.becomes("run", None)
    assert name in {commit["branch"] for commit in table.commits()}


def test_refs_are_seen_loose_packed_and_in_worktrees(repo: Repo, tmp_path: Path) -> None:
    watch = refs.Watch(repo.folder)
    seen = [watch.fingerprint()]

    def moves(what: str) -> None:
        seen.append(watch.fingerprint())
        assert seen[-1] not in ("", seen[-2]), what

    assert watch.fingerprint() == refs.fingerprint(repo.folder) == seen[0]
    repo.commit("Second")
    moves("a loose ref")
    repo.git("pack-refs", "--all")
    moves("packed refs")
    repo.git("branch", "deep/er/one")
    moves("a ref in a folder")
    repo.git("branch", "deep/er/two")
    moves("another one there")
    for number in range(refs.FILES_MOST + 5):
        (repo.folder / ".git" / "refs" / "heads" / f"many{number}").write_text(repo.head)
    moves("many refs")
    repo.git("branch", "--force", "many7", "HEAD~1")
    moves("one of many refs")
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    moves("a worktree")
    tree = Repo(tmp_path / "tree", repo.env)
    tree.commit("There")
    moves("a commit in it")
    assert refs.fingerprint(tree.folder) != ""
    assert refs.fingerprint(tmp_path) == ""


def test_commits_are_sent_again_for_a_new_baseline_alone(table: Table, repo: Repo) -> None:
    second = repo.commit("Second")
    repo.git("push", "--quiet")
    table.run("one", second)
    table.becomes("one", None)
    until(lambda: table.studio.store.read("SELECT 1 FROM repos WHERE refs != ''"), "the refs")
    seq = table.studio.changes().seq
    table.run("same baseline", second)
    assert table.studio.changes(seq).value["commits"] == []
    first = repo.git("rev-parse", "HEAD~1")
    table.run("new baseline", first)
    sent = {one["sha"] for one in table.studio.changes(seq).value["commits"]}
    assert sent == {first, second}


# broken, odd and hostile


def test_a_clone_that_vanishes_and_comes_back(table: Table, repo: Repo, tmp_path: Path) -> None:
    table.run("run")
    table.becomes("run", None)
    repo.folder.rename(tmp_path / "elsewhere")
    place = table.becomes("run", "not connected")
    assert "not there any more" in place["advice"]
    assert str(tmp_path) not in place["advice"]
    (tmp_path / "elsewhere").rename(repo.folder)
    table.becomes("run", None)


def test_damaged_packed_refs_say_so(table: Table, repo: Repo) -> None:
    table.run("run")
    repo.git("pack-refs", "--all")
    packed = repo.folder / ".git" / "packed-refs"
    before = packed.read_text()
    packed.write_text(before + "this is no ref\n")
    assert "packed-refs" in table.becomes("run", "not connected")["advice"]
    packed.write_text(before)
    table.becomes("run", None)


def test_a_missing_object_ends_nothing(table: Table, repo: Repo) -> None:
    sha = repo.commit("Second")
    table.run("run")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    (repo.folder / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    table.becomes("run", "unknown commit")
    repo.git("push", "--quiet", "origin", "main:refs/heads/other")
    table.run("fine")
    table.becomes("fine", None)


def test_a_hole_in_one_branch_leaves_the_others(table: Table, repo: Repo) -> None:
    repo.git("checkout", "--quiet", "-b", "broken")
    hole = repo.commit("Hole")
    above = repo.commit("Above")
    repo.git("push", "--quiet", "origin", "broken")
    table.run("above", above)
    repo.git("checkout", "--quiet", "main")
    repo.commit("Fine")
    repo.git("push", "--quiet")
    table.run("fine")
    table.becomes("above", None)
    (repo.folder / ".git" / "objects" / hole[:2] / hole[2:]).unlink()
    repo.git("branch", "--quiet", "moved")
    table.run("hole", hole)
    table.becomes("hole", "unknown commit")
    table.becomes("above", None)
    table.becomes("fine", None)
    assert {one["title"] for one in table.commits()} == {"First", "Fine", "Above"}


def test_a_clone_without_its_trees_fetches_none_of_them(
    studio: Studio, repo: Repo, tmp_path: Path
) -> None:
    repo.commit("Second", **{"dvclive/metrics.json": '{"acc": 1}'})
    repo.git("push", "--quiet")
    remote = tmp_path / "remote.git"
    repo.git("-C", str(remote), "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    repo.git(
        "clone", "--quiet", "--no-checkout", "--filter=tree:0", f"file://{remote}", str(partial)
    )
    table = Table(studio, Repo(partial, repo.env))
    remote.rename(tmp_path / "away.git")
    table.run("run")
    table.becomes("run", None)
    assert [one["title"] for one in table.commits()] == ["Second", "First"]
    assert {one["hidden"] for one in table.commits()} == {"unchanged"}


def test_a_commit_of_long_ago_is_found_in_a_long_history(studio: Studio, tmp_path: Path) -> None:
    long = Repo.new(tmp_path, "long")
    count = 100_000
    assert count > graph.WINDOW
    said = "".join(
        f"commit refs/heads/main\ncommitter Ada <a@b> {1_600_000_000 + number} +0000\ndata 1\nx\n"
        for number in range(count)
    )
    long.git("fast-import", "--quiet", given=said)
    shas = long.git("rev-list", "main").split()
    table = Table(studio, long)
    table.run("new", shas[0])
    table.run("old", shas[-3])
    table.becomes("old", None)
    found = table.commit(shas[-3])
    assert found is not None
    assert found["branch"] == "main"
    assert len(table.commits()) <= picture.SHOWN + 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_somebody_else_names_the_way_out(
    table: Table, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.run("run")
    table.becomes("run", None)
    give_away(repo.folder)
    repo.folder.joinpath(".git/refs/heads/touched").write_text("0" * 40)
    assert "safe.directory" in table.becomes("run", "not connected")["advice"]
    monkeypatch.chdir(repo.folder)
    with pytest.warns(UserWarning, match=r"safe\.directory"):
        assert identity("dvclive", "run")["baseline_sha"] == NO_COMMIT


def test_git_that_is_missing_or_hangs_says_so(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.run("run")
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nsleep 600 & wait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    with pytest.raises(process.Trouble, match=r"more than 0 s"):
        process.run(tmp_path, "version", timeout=0.1)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Install Git" in table.becomes("run", "not connected")["advice"]


def test_a_password_in_an_address_is_nowhere(studio: Studio, repo: Repo, tmp_path: Path) -> None:
    repo.git("remote", "set-url", "origin", "https://ada:s3cret@example.org/o/r.git")
    table = Table(studio, repo)
    table.run("run")
    assert "s3cret" not in studio.changes().text
    studio.close()
    assert all(b"s3cret" not in path.read_bytes() for path in tmp_path.glob("store.db*"))


def test_a_hostile_repository_has_nothing_of_its_own_run(
    table: Table, repo: Repo, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        shutil.copy(program, hooks / hook)
    sha = repo.commit("Signed", **{".gitattributes": "* diff=evil filter=evil textconv=evil\n"})
    old = repo.commit("Old words", **{"data.txt": "1\n"})
    # Told apart by its patch alone, which is where attributes name programs.
    repo.git("commit", "--quiet", "--amend", "--reset-author", "-m", "New words")
    shutil.rmtree(repo.folder / ".git" / "logs")
    for name, value in {
        "core.hooksPath": str(hooks),
        "core.fsmonitor": str(program),
        "core.pager": str(program),
        "core.sshCommand": str(program),
        "core.editor": str(program),
        "core.askPass": str(program),
        "core.gitProxy": str(program),
        "core.alternateRefsCommand": str(program),
        "credential.helper": f"!{program}",
        "diff.external": str(program),
        "diff.evil.textconv": str(program),
        "diff.evil.command": str(program),
        "filter.evil.smudge": str(program),
        "filter.evil.clean": str(program),
        "gpg.program": str(program),
        "log.showSignature": "true",
        "protocol.ext.allow": "always",
        "remote.evil.url": f"ext::{program}",
        "remote.evil.fetch": "+refs/heads/*:refs/remotes/evil/*",
        "remote.evil.promisor": "true",
        "remote.evil.partialclonefilter": "blob:none",
        "extensions.partialClone": "evil",
        "remote.origin.uploadpack": str(program),
        "alias.rev-list": f"!{program}",
    }.items():
        repo.git("config", name, value)
    repo.git("config", "core.repositoryFormatVersion", "1")
    now = repo.git("-c", "core.fsmonitor=false", "rev-parse", "HEAD")
    for odd in ("--upload-pack=touch", "-c", "--output=x"):
        (repo.folder / ".git" / "refs" / "heads" / odd).write_text(sha + "\n")
    table.run("run", sha)
    table.run("rewritten", old)
    table.run("missing", "2" * 40)
    table.run("option", f"--upload-pack={program}")
    table.becomes("run", "not pushed")
    table.becomes("missing", "unknown commit")
    table.becomes("option", "unknown commit")
    assert table.becomes("rewritten", "rewritten")["now"] == now
    (repo.folder / ".git" / "refs" / "heads" / "main").unlink()
    table.becomes("run", "not pushed")
    assert not canary.exists()
    repo.git("-c", "core.fsmonitor=" + str(program), "status")
    assert canary.exists(), "the trap itself does not work"


def test_who_asks_while_git_is_slow_is_not_kept_and_hears_later(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = tmp_path / "go"
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    real = shutil.which("git")
    program.write_text(f'#!/bin/sh\nwhile [ ! -e "{go}" ]; do sleep 0.05; done\nexec {real} "$@"\n')
    program.chmod(0o755)
    older = table.repo.head
    head = table.repo.commit("Second")
    table.repo.git("push", "--quiet")
    table.run("first", older)
    table.becomes("first", None)
    # From here on no ref moves: what is sent again is sent because it was owed.
    until(lambda: table.studio.store.read("SELECT 1 FROM repos WHERE refs != ''"), "the refs")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    table.run("run", head)
    first = table.studio.changes()
    places = {row["name"]: row["place"]["reason"] for row in first.value["experiments"]}
    assert places == {"first": None, "run": "reading Git"}
    go.touch()
    until(lambda: table.studio.changes(first.seq).value["experiments"], "the row, sent again")
    table.becomes("run", None)
