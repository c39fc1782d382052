"""A project as it looks after a week of work: every status, every place, every kind of number."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Page

from live_studio.events import Data, Done, Event, Key, Point, Start
from live_studio.studio import Studio
from tests.repositories import Repo
from tests.servers import JUPYTER_TOKEN, Server, until

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
METRICS = "dvclive/metrics.json"
PARAMS = "dvclive/params.yaml"


@dataclass
class Run:
    """One experiment: where it hangs, when it was heard, and how it ended."""

    name: str
    parent: str
    started: float
    heard: float
    loss: float | str
    acc: float
    ended: str | None = None
    detail: str | None = None
    steps: int = 5000


# Seconds before now; `parent` names a commit of `Scene`, or one that nobody has.
RUNS = (
    Run("lr-3e-4", "unpushed", 20 * MINUTE, 0, 0.4421, 0.8817, steps=1902),
    Run("colab-probe", "0" * 40, 30 * MINUTE, 7 * MINUTE, 0.7713, 0.7391, steps=640),
    Run("cosine-b256", "cosine", 3 * HOUR, 51 * MINUTE, 0.2846, 0.9238, "completed"),
    Run("cosine-b512", "cosine", 40 * MINUTE, 0, 0.2911, 0.9216, steps=3550),
    Run("warmup-10", "cosine", 90 * MINUTE, 22 * MINUTE, "nan", 0.8544, "failed", steps=1412),
    Run("kooky-prow", "smooth", 5 * HOUR, 3 * HOUR, 0.3391, 0.9046, steps=3104),
    Run("umber-knit", "smooth", 6 * HOUR, 5 * HOUR, 0.4016, 0.8930, "stopped", "process died"),
    Run("a-name-that-says-all-of-the-settings-lr-0.001-b-128", "smooth", DAY, DAY, 12.5, 0.9),
)


class Scene:
    """A server's project with those runs; `moves` lets the running ones log once more."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.repo = Repo.pushed(folder)
        self.commits = {
            "smooth": self.commit("Label smoothing 0.1", 0.3355, 0.9088),
            "cosine": self.commit("Cosine schedule", 0.3128, 0.9121),
        }
        self.repo.git("push", "--quiet")
        self.commits["unpushed"] = self.commit("Lower rate", 0.31, 0.91)
        made = requests.post(
            f"{server.url}api/projects",
            json={"path": str(self.repo.folder), "name": "cifar-resnet"},
            headers={"Authorization": f"token {JUPYTER_TOKEN}"},
            timeout=60,
        ).json()
        self.project, self.repo_url = made["id"], made["repo_url"]
        self.now = time.time()
        self.studio = Studio(server.store, clock=lambda: self.now)
        begun = time.time()
        for run in RUNS:
            self.record(run, begun)
        self.now = time.time()

    def commit(self, title: str, loss: float, acc: float) -> str:
        numbers = {"train": {"loss": loss}, "val": {"acc": acc}, "step": 5000}
        files = {METRICS: json.dumps(numbers), PARAMS: "lr: 0.001\nbatch: 128\n"}
        return self.repo.commit(title, **files)

    def key(self, run: Run) -> Key:
        return Key(self.repo_url, self.commits.get(run.parent, run.parent), run.name)

    def record(self, run: Run, begun: float) -> None:
        """Everything it logged, at the times it was logged."""
        key = self.key(run)
        self.now = begun - run.started
        params: dict[str, Any] = {"lr": 1e-3, "batch": 256, "optimiser": "adamw, decoupled decay"}
        self.studio.record([Start(key, "dvclive", {PARAMS: params})])
        heard = begun - run.heard
        # Slow steps: who is heard once a minute is not stale after half a minute.
        for at in range(12, -1, -1):
            self.now = max(self.now, heard - at * MINUTE)
            self.studio.record([self.data(run, run.steps - at * 50)])
        if run.ended:
            self.studio.record([Done(key, "dvclive", run.ended, run.detail)])

    def data(self, run: Run, step: int) -> Event:
        loss = run.loss if isinstance(run.loss, str) else run.loss * (1 + 500 / (step + 1) / 10)
        metrics = {"train": {"loss": loss}, "val": {"acc": run.acc}, "step": step}
        value = float(loss)
        points = {"dvclive/plots/metrics/train/loss.tsv": [Point(step, value)]}
        return Data(self.key(run), "dvclive", step, metrics={METRICS: metrics}, points=points)

    def moves(self, step: int) -> None:
        """The two that are running log a new loss."""
        self.now = time.time()
        running = [run for run in RUNS if run.heard == 0]
        self.studio.record([self.data(run, run.steps + step) for run in running])

    def open(self, page: Page) -> Page:
        page.goto(f"{self.server.url}?token={JUPYTER_TOKEN}#project={self.project}")
        page.locator(".ls-x").first.wait_for()
        until(lambda: page.locator(".ls-co").count() >= 2, "the commits")
        return page
