"""Rows follow Git on an open page: nothing is reloaded, nobody presses anything."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from live_studio.addresses import NO_COMMIT
from tests.browser.lab import WAIT, rows
from tests.repositories import Repo, give_away
from tests.servers import JUPYTER_TOKEN, Server, until

METRICS = "dvclive/metrics.json"


class Journey:
    """A page, a server, a repository with a remote, and a producer somewhere else."""

    def __init__(self, server: Server, page: Page, folder: Path) -> None:
        self.server, self.page = server, page
        self.repo = Repo.pushed(folder)
        self.repo.commit("Numbers", **{METRICS: json.dumps({"acc": 0.4321})})
        self.repo.git("push", "--quiet")
        made = self.ask("POST", "api/projects", json={"path": str(self.repo.folder)}).json()
        self.project, self.repo_url = made["id"], made["repo_url"]
        self.token = server.token("--name", "journey")

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        headers = {"Authorization": f"token {JUPYTER_TOKEN}"}
        return requests.request(method, self.server.url + path, headers=headers, timeout=60, **how)

    def says(self, name: str, kind: str, sha: str | None = None, **more: Any) -> None:
        said = {"type": kind, "repo_url": self.repo_url, "baseline_sha": sha or self.repo.head}
        answer = self.server.post(said | {"name": name, "client": "dvclive"} | more, self.token)
        assert answer.status_code == 200, answer.text

    def runs(self, name: str, sha: str | None = None) -> None:
        self.says(name, "start", sha)
        self.says(name, "data", sha, step=1, metrics={METRICS: {"data": {"acc": 0.5}}})

    def open(self) -> Journey:
        self.page.goto(f"{self.server.url}?token={JUPYTER_TOKEN}#project={self.project}")
        return self

    def table(self) -> list[str]:
        """The rows from top to bottom, each by its first words."""
        names = ".ls-row .ls-cell:first-child"
        texts: list[str] = self.page.locator(names).all_inner_texts()
        return [" ".join(text.split()) for text in texts]

    def stands(self, *expected: str) -> None:
        until(
            lambda: (
                all(
                    any(row.startswith(begin) for begin in [wanted])
                    for row, wanted in zip(self.table(), expected, strict=False)
                )
                and len(self.table()) == len(expected)
            ),
            f"{expected}, but the table is {self.table()}",
        )


@pytest.fixture(name="journey")
def _journey(server: Server, page: Page, tmp_path: Path) -> Journey:
    return Journey(server, page, tmp_path)


def test_a_push_nests_the_row_and_a_forced_push_takes_it_out_again(
    journey: Journey, page: Page
) -> None:
    pushed = journey.repo.head
    sha = journey.repo.commit("Local work", **{METRICS: json.dumps({"acc": 0.8765})})
    journey.runs("wandering")
    journey.open()
    tag = page.locator(".ls-x .ls-tag")
    expect(tag).to_have_text("not pushed", timeout=WAIT)
    expect(tag).to_have_attribute("title", f"Push main and this row moves under {sha[:7]}.")
    journey.stands("Detached experiments", "wandering", "main", pushed[:7])
    numbers = page.locator(".ls-co .ls-col", has_text="0.4321")
    expect(numbers).to_be_visible()

    journey.repo.git("push", "--quiet")
    journey.stands("main", f"{sha[:7]} Local work", "wandering", pushed[:7])
    expect(page.locator(".ls-co .ls-col", has_text="0.8765")).to_be_visible()
    expect(tag).to_have_count(0)

    journey.repo.git("commit", "--quiet", "--amend", "-m", "Local work, told better")
    journey.repo.git("push", "--quiet", "--force")
    expect(tag).to_have_text(f"rewritten, now {journey.repo.head[:7]}", timeout=WAIT)
    journey.stands("Detached experiments", "wandering", "main", journey.repo.head[:7], pushed[:7])


def test_an_open_page_follows_whatever_is_done_to_a_repository(
    journey: Journey, page: Page, tmp_path: Path
) -> None:
    repo = journey.repo
    base = repo.head
    journey.open()
    tag = page.locator(".ls-x .ls-tag")

    def says(what: str, advice: str) -> None:
        expect(tag).to_have_text(what, timeout=WAIT)
        expect(tag).to_have_attribute("title", re.compile(advice), timeout=WAIT)

    # A branch is pushed, squashed into main and deleted everywhere.
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("One")
    aside = repo.commit("Two")
    journey.runs("wandering")
    repo.git("push", "--quiet", "origin", "side")
    expect(page.locator(".ls-x")).to_have_count(1, timeout=WAIT)
    expect(tag).to_have_count(0, timeout=WAIT)
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--squash", "side")
    repo.git("commit", "--quiet", "-m", "Both")
    repo.git("push", "--quiet", "origin", "main", ":side")
    says("not pushed", "^Push side ")
    repo.git("branch", "--quiet", "-D", "side")
    says(f"rewritten, now {repo.head[:7]}", "was rewritten")

    # A commit is thrown away before it was pushed.
    journey.says("wandering", "done", aside)
    page.locator(".ls-x", has_text="wandering").click()
    page.locator("[role=treegrid]").press("Delete")
    expect(page.locator(".ls-x")).to_have_count(0, timeout=WAIT)
    repo.commit("Thrown away")
    journey.runs("thrown")
    says("not pushed", "^Push main ")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    says("rewritten", "No branch holds")

    # A title that is no UTF-8, under a remote of another name, on a detached HEAD.
    repo.git("remote", "rename", "origin", "upstream")
    repo.git("checkout", "--quiet", "--detach")
    latin = ("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "--quiet", "--allow-empty")
    repo.git(*latin, "-F", "-", given=b"Gr\xfc\xdfe\n")
    assert b"Gr\xfc\xdfe" in subprocess.check_output(
        ["git", "cat-file", "commit", "HEAD"], cwd=repo.folder
    )
    journey.runs("latin")
    repo.git("push", "--quiet", "upstream", "HEAD:refs/heads/latin")
    expect(page.locator(".ls-co", has_text="Grüße")).to_have_count(1, timeout=WAIT)
    expect(tag).to_have_count(1, timeout=WAIT)

    # The clone vanishes while it is shown, and comes back.
    repo.folder.rename(tmp_path / "away")
    expect(tag).to_have_text(["not connected"] * 2, timeout=WAIT)
    (tmp_path / "away").rename(repo.folder)
    expect(tag).to_have_text(["rewritten"], timeout=WAIT)
    assert base[:7] in " ".join(journey.table())


def test_every_kind_of_clone_is_shown_or_says_why_not(
    journey: Journey, page: Page, tmp_path: Path
) -> None:
    repo = journey.repo
    first = repo.git("rev-list", "--max-parents=0", "HEAD")
    # A remote of its own: what another clone of the same repository knows would count as well.
    far = tmp_path / "far.git"
    repo.git("clone", "--quiet", "--bare", str(tmp_path / "remote.git"), str(far))
    remote = f"file://{far}"
    tag = page.locator(".ls-x .ls-tag")

    def shows(clone: Repo, sha: str, expected: str | None, advice: str = "") -> None:
        made = journey.ask("POST", "api/projects", json={"path": str(clone.folder)}).json()
        journey.project, journey.repo_url = made["id"], made["repo_url"]
        journey.runs(clone.folder.name, sha)
        page.goto("about:blank")
        journey.open()
        row = page.locator(".ls-x", has_text=clone.folder.name)
        expect(row).to_have_count(1, timeout=WAIT)
        if expected is None:
            expect(page.locator(".ls-co", has_text=sha[:7])).to_have_count(1, timeout=WAIT)
            expect(row.locator(".ls-tag")).to_have_count(0, timeout=WAIT)
        else:
            expect(row.locator(".ls-tag")).to_have_text(expected, timeout=WAIT)
            expect(row.locator(".ls-tag")).to_have_attribute("title", re.compile(advice))

    repo.git("clone", "--quiet", "--depth", "1", remote, str(tmp_path / "shallow"))
    shows(Repo(tmp_path / "shallow", repo.env), first, "unknown commit", "--unshallow")
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "worktree"))
    tree = Repo(tmp_path / "worktree", repo.env)
    shows(tree, tree.commit("In a tree"), "not pushed", "^Put a branch on ")
    outer = Repo.new(tmp_path, "outer")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", remote)
    outer.git(*add, "submodule")
    shows(Repo(outer.folder / "submodule", repo.env), repo.head, None)
    empty = Repo.new(tmp_path, "empty")
    shows(empty, NO_COMMIT, "no Git", "outside a Git repository")
    huge = Repo.new(tmp_path, "huge")
    line = "commit refs/heads/main\ncommitter Ada <a@b> {} +0000\ndata 1\nx\n"
    huge.git(
        "fast-import", "--quiet", given="".join(line.format(10**9 + n) for n in range(100_000))
    )
    shows(huge, huge.git("rev-list", "--max-parents=0", "main"), None)
    alien = Repo.new(tmp_path, "alien")
    sha = alien.commit("Theirs")
    shows(alien, sha, None)
    if os.geteuid() != 0:
        return  # only root can give a folder away
    give_away(alien.folder)
    alien.folder.joinpath(".git/refs/heads/touched").write_text("0" * 40)
    expect(tag).to_have_text("not connected", timeout=WAIT)
    expect(tag).to_have_attribute("title", re.compile(r"safe\.directory"))


def test_commits_that_change_nothing_are_shown_when_asked_for(journey: Journey, page: Page) -> None:
    numbers = journey.repo.head
    journey.repo.commit("Words only")
    journey.repo.commit("Quiet [skip studio]", **{METRICS: json.dumps({"acc": 0.9})})
    journey.repo.commit("Last", **{METRICS: json.dumps({"acc": 0.91})})
    journey.repo.git("push", "--quiet")
    journey.runs("run")
    journey.open()
    last = journey.repo.head
    journey.stands("main", last[:7], "run", numbers[:7])
    page.get_by_role("button", name="3 commits hidden").click()
    until(lambda: any("Words only" in row for row in journey.table()), "the hidden commits")
    assert any("Quiet [skip studio]" in row for row in journey.table())
    page.get_by_role("button", name="3 commits shown").click()
    journey.stands("main", last[:7], "run", numbers[:7])


def test_live_counts_filters_and_clears(journey: Journey, page: Page) -> None:
    live = page.locator(".ls-bar button", has_text="Live").filter(has=page.locator(".ls-n"))
    journey.runs("one")
    journey.runs("two")
    journey.open()
    expect(live.locator(".ls-n")).to_have_text("2", timeout=WAIT)
    journey.says("one", "done")
    expect(live.locator(".ls-n")).to_have_text("1", timeout=WAIT)
    live.click()
    until(lambda: list(rows(page)) == ["two"], "the one that runs")
    journey.says("two", "done")
    expect(live.locator(".ls-n")).to_have_text("0", timeout=WAIT)
    until(lambda: "Nothing is running" in page.inner_text(".ls"), "a word about it")


def test_a_run_that_falls_silent_leaves_the_count_and_the_filter(
    journey: Journey, page: Page
) -> None:
    live = page.locator(".ls-bar button", has_text="Live").filter(has=page.locator(".ls-n"))
    journey.runs("silent")
    journey.open()
    expect(live.locator(".ls-n")).to_have_text("1", timeout=WAIT)
    # What is said to be live has spoken within a minute: nothing but that minute can show it.
    expect(live.locator(".ls-n")).to_have_text("0", timeout=10 * WAIT)
    live.click()
    until(lambda: "Nothing is running" in page.inner_text(".ls"), "a word about it")
    journey.says("silent", "data", step=2, metrics={METRICS: {"data": {"acc": 0.6}}})
    expect(live.locator(".ls-n")).to_have_text("1", timeout=WAIT)
    until(lambda: list(rows(page)) == ["silent"], "the run in the filtered table again")


def test_a_deleted_run_stays_away_until_it_starts_again(journey: Journey, page: Page) -> None:
    for name in ("kept", "ghost"):
        journey.runs(name)
    journey.open()
    until(lambda: set(rows(page)) == {"kept", "ghost"}, "both rows")
    page.locator(".ls-x", has_text="ghost").click()
    page.locator("[role=treegrid]").press("Delete")
    until(lambda: set(rows(page)) == {"kept"}, "the row to go")
    page.get_by_role("button", name="Undo").click()
    until(lambda: set(rows(page)) == {"kept", "ghost"}, "the row to come back")
    page.locator(".ls-x", has_text="ghost").click()
    page.locator("[role=treegrid]").press("Delete")
    until(lambda: set(rows(page)) == {"kept"}, "the row to go")
    journey.says("ghost", "data", step=7)
    journey.says("kept", "data", step=8, metrics={METRICS: {"data": {"acc": 0.75}}})
    until(lambda: "0.75" in str(rows(page)["kept"]["cells"]), "what was said after it")
    assert set(rows(page)) == {"kept"}
    page.locator("[aria-haspopup=menu]").first.click()
    page.get_by_role("menuitem", name="Delete and restore runs").click()
    expect(page.get_by_role("dialog")).to_contain_text("ghost", timeout=WAIT)
    page.keyboard.press("Escape")
    journey.runs("ghost")
    until(lambda: set(rows(page)) == {"kept", "ghost"}, "the row of the new start")


def test_a_view_is_saved_for_the_next_who_opens_the_project(journey: Journey, page: Page) -> None:
    journey.runs("run")
    journey.open()
    until(lambda: "run" in rows(page), "the row")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name="One list").click()
    page.keyboard.press("Escape")
    expect(page.locator(".ls-unsaved")).to_be_visible()
    page.locator(".ls-unsaved").get_by_role("button", name="Save").click()
    expect(page.locator(".ls-unsaved")).to_have_count(0, timeout=WAIT)
    page.reload()
    until(lambda: journey.table() == ["run"], "one list after a reload")
    expect(page.locator(".ls-unsaved")).to_have_count(0)
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name="One list").click()
    page.keyboard.press("Escape")
    page.locator(".ls-unsaved").get_by_role("button", name="Discard").click()
    until(lambda: journey.table() == ["run"], "the saved view again")
