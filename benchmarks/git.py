"""What Git costs whoever looks: a huge history, a push that moves a row, refs that stand still."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import Any

from . import harness, report
from .harness import Runner
from .report import Row, Verdict

QUESTION = "first table with 100,000 commits, push to nested row, and watching refs while idle"
COMMITS, REFS = 100_000, 2_000
PUSHES, LOOKS = 5, 50


def measure(runner: Runner) -> list[Verdict]:
    rows: dict[str, list[Row]] = {"huge": [], "push": [], "idle": []}
    for repetition in range(runner.repetitions):
        for name in harness.shuffled(list(rows)):
            with harness.scratch() as folder:
                said = {"huge": huge, "push": push, "idle": idle}[name](folder)
            rows[name].append(said)
            runner.note(name, repetition, said)
    report.print_table(
        ("what", "figure"),
        [
            (f"{name}: {figure}", report.spread(report.figures(found, figure)))
            for name, found in rows.items()
            for figure in found[0]
        ],
    )
    return [
        Verdict("100,000 commits: first answer", _worst(rows["huge"], "first answer, s"), 1.5, "s"),
        Verdict("push to nested row", _worst(rows["push"], "slowest, s"), 2.0, "s"),
        Verdict(
            "watching 2,000 loose refs", _worst(rows["idle"], "2,000 refs, % of a core"), 0.3, "%"
        ),
    ]


def _worst(rows: list[Row], figure: str) -> float:
    return max(report.figures(rows, figure))


def huge(folder: Path) -> Row:
    """From the first question to the first table, and until every row hangs where it belongs."""
    from live_studio.events import Connect, Data, Key
    from live_studio.studio import Studio

    clone = folder / "huge"
    shas = _imported(clone, COMMITS)
    studio = Studio(folder / "store.db")
    wanted = [shas[0], shas[COMMITS // 2], shas[-1], "1" * 40]
    studio.record([Connect("github.com/o/huge", str(clone))])
    for number, sha in enumerate(wanted):
        studio.record([Data(Key("github.com/o/huge", sha, f"run-{number}"), "dvclive", step=1)])
    began = time.perf_counter()
    studio.changes()
    first = time.perf_counter() - began

    def settled() -> bool:
        found = studio.changes().value["experiments"]
        return sum(row["place"]["kind"] == "commit" for row in found) == len(wanted) - 1

    _until(settled)
    whole = time.perf_counter() - began
    began = time.perf_counter()
    studio.changes()
    again = time.perf_counter() - began
    studio.close()
    return {"first answer, s": first, "all placed, s": whole, "asked again, s": again}


def push(folder: Path) -> Row:
    """From the end of `git push` to the frame in which the row hangs under its commit."""
    import websocket

    from live_studio.git.here import here
    from tests.repositories import Repo
    from tests.servers import JUPYTER_TOKEN, running

    (folder / "repo").mkdir()
    repo = Repo.pushed(folder / "repo")
    waits = []
    with running(folder) as server:
        token = server.token("--name", "bench")
        import requests

        headers = {"Authorization": f"token {JUPYTER_TOKEN}"}
        made = {"path": str(repo.folder)}
        requests.post(server.url + "api/projects", json=made, headers=headers, timeout=30)
        for number in range(PUSHES):
            sha = repo.commit(f"Commit {number}")
            event = {
                "type": "data", "repo_url": here(repo.folder).repo_url, "baseline_sha": sha,
                "name": f"run-{number}", "client": "dvclive", "step": 1,
            }  # fmt: skip
            server.post(event, token)
            _until(lambda: _reason(server, f"run-{number}") == "not pushed")  # noqa: B023
            stream = websocket.create_connection(
                f"ws{server.url[4:]}api/stream?since={server.changes()['seq']}",
                header=[f"Authorization: token {JUPYTER_TOKEN}"],
                timeout=30,
            )
            stream.recv()
            repo.git("push", "--quiet")
            began = time.perf_counter()
            while not any(
                row["place"]["kind"] == "commit"
                for row in json.loads(stream.recv())["experiments"]
                if row["baseline_sha"] == sha
            ):
                pass
            waits.append(time.perf_counter() - began)
            stream.close()
    return {"median, s": median(waits), "slowest, s": max(waits)}


def idle(folder: Path) -> Row:
    """CPU of one look at refs that stand still. One look a second is made while a page is open."""
    from live_studio.events import Connect
    from live_studio.studio import Studio

    said = {}
    for name, refs in (("one ref", 1), ("2,000 refs", REFS)):
        clone = folder / f"refs-{refs}"
        (sha,) = _imported(clone, 1)
        for number in range(refs):
            path = clone / ".git" / "refs" / "heads" / f"b{number}"
            path.write_text(sha + "\n")
        studio = Studio(folder / f"{refs}.db")
        studio.record([Connect("github.com/o/r", str(clone))])
        studio.changes()
        places = studio._places
        _until(lambda: bool(places._pictures))  # noqa: B023
        before = time.process_time()
        for _ in range(LOOKS):
            places._visit("github.com/o/r", missing=False)
        said[f"{name}, % of a core"] = (time.process_time() - before) / LOOKS * 100
        studio.close()
    return said


def _imported(clone: Path, count: int) -> list[str]:
    """A repository with so many commits on `main`, made by `git fast-import`; oldest first."""
    clone.mkdir()
    _git(clone, "init", "--quiet", "--initial-branch=main")
    lines = []
    for number in range(count):
        message = f"Commit {number}"
        lines.append(
            f"commit refs/heads/main\nmark :{number + 1}\n"
            f"committer Ada <ada@example.org> {1_600_000_000 + number} +0000\n"
            f"data {len(message)}\n{message}\n"
            f"M 100644 inline dvclive/metrics.json\n"
            f"data {len(_metrics(number))}\n{_metrics(number)}\n"
        )
    _git(clone, "fast-import", "--quiet", given="".join(lines).encode())
    return _git(clone, "rev-list", "--reverse", "main").split()


def _metrics(number: int) -> str:
    return json.dumps({"acc": number // 10 / 100_000})


def _git(folder: Path, *arguments: str, given: bytes = b"") -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=given, capture_output=True, check=True
    )
    return done.stdout.decode()


def _reason(server: Any, name: str) -> str | None:
    found = server.experiment(name)
    return found["place"]["reason"] if found else None


def _until(look: Any, deadline: float = 120.0) -> None:
    ends = time.monotonic() + deadline
    while not look():
        if time.monotonic() > ends:
            raise AssertionError("waited in vain")
        time.sleep(0.01)
