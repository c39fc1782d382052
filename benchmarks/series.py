"""A series of a million points: what all of it costs, what a chart of it costs, and which spikes are in that.

Every contestant reads its own store in its own process, without HTTP, through the functions its
server calls; ours and trackio's charts are encoded as their servers send them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from . import peers, report
from .harness import Contestant, Row, Runner
from .report import Verdict

QUESTION = "a million points: read, drawn in about 1,000, and the spikes among them"
POINTS, QUICK = 1_000_000, 100_000
DRAWN = 1000
BASE, SPIKE = 1.0, 100.0
READS = 5


def measure(runner: Runner) -> list[Verdict]:
    points = QUICK if runner.quick else POINTS
    said = {"points": points}
    rows = runner.race(
        [
            Contestant("live_studio", "series:live_studio", said),
            Contestant("trackio", "series:trackio", said, peers.trackio()),
            Contestant("tensorboard", "series:tensorboard", said, peers.tensorboard()),
            Contestant("mlflow", "series:mlflow", said, peers.mlflow()),
        ]
    )
    report.print_table(
        ("of " + f"{points:,}", "whole ms", "chart ms", "chart points", "chart KB", "spikes of 4"),
        [
            (
                name,
                *(
                    report.spread(report.figures(found, figure)) if figure in found[0] else "-"
                    for figure in ("whole", "chart", "sent", "kb", "spikes")
                ),
            )
            for name, found in rows.items()
        ],
    )
    ours, theirs = rows["live_studio"], rows["trackio"]
    return [
        Verdict(
            "series of 1M points: to trackio", median(report.ratios(ours, theirs, "whole")), 0.015
        ),
        Verdict(
            "reduced to 1,000: to trackio", median(report.ratios(ours, theirs, "chart")), 0.015
        ),
        Verdict("bytes of that", max(report.figures(ours, "kb")), 17, "KB"),
        Verdict("spikes in it", min(report.figures(ours, "spikes")), 4, "of 4", least=True),
    ]


def values(points: int) -> list[float]:
    """A flat line with four spikes: the first point, the last, and two within."""
    listed = [BASE + (step % 7) * 1e-3 for step in range(points)]
    for step in (0, points // 3 + 1, 2 * points // 3 + 2, points - 1):
        listed[step] = SPIKE
    return listed


def best_of(read: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of a warm read, and what it gave: the first one is not counted."""
    said = read()
    took = []
    for _ in range(READS):
        begun = time.perf_counter()
        said = read()
        took.append((time.perf_counter() - begun) * 1e3)
    return median(took), said


def spikes(found: list[float]) -> int:
    return sum(value == SPIKE for value in found)


# in the contestant's processes


def live_studio(points: int) -> Row:
    from live_studio import Live
    from live_studio.answers import blocks
    from live_studio.curves import Question
    from live_studio.studio import Studio

    with Live(exp_name="long") as live:
        for step, value in enumerate(values(points)):
            live.step = step
            live.log_metric("loss", value)
    studio = Studio(Path(os.environ["LIVE_STUDIO_STORE"]))
    (row,) = studio.experiments()

    def asked(most: int | None) -> tuple[bytes, list[float]]:
        question = Question("loss", [row.id], most)
        lines = studio.series(question)
        return blocks(question, lines, 1), lines[0].series.value.tolist() if most else []

    whole, _ = best_of(lambda: asked(None))
    chart, (body, drawn) = best_of(lambda: asked(DRAWN))
    return {
        "whole": whole,
        "chart": chart,
        "sent": len(drawn),
        "kb": len(body) / 1000,
        "spikes": spikes(drawn),
    }


def trackio(points: int) -> Row:
    from trackio.sqlite_storage import SQLiteStorage

    listed = values(points)
    for at in range(0, points, 50_000):
        part = listed[at : at + 50_000]
        SQLiteStorage.bulk_log(
            project="p",
            run="long",
            run_id="long",
            metrics_list=[{"loss": value} for value in part],
            steps=list(range(at, at + len(part))),
            config={"a": 1},
        )
    whole, _ = best_of(
        lambda: json.dumps(SQLiteStorage.get_metric_values("p", "long", "loss", run_id="long"))
    )

    # As many as its server sends to its page.
    def drawn() -> tuple[str, list[Row]]:
        logs: list[Row] = SQLiteStorage.get_logs("p", "long", max_points=3000, run_id="long")
        return json.dumps(logs), logs

    chart, (body, logs) = best_of(drawn)
    return {
        "whole": whole,
        "chart": chart,
        "sent": len(logs),
        "kb": len(body) / 1000,
        "spikes": spikes([log["loss"] for log in logs]),
    }


def tensorboard(points: int) -> Row:
    """What its page gets: its own reader, with the sampling that its server is started with."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter("logs")
    for step, value in enumerate(values(points)):
        summary = Summary(value=[Summary.Value(tag="loss", simple_value=value)])
        writer.add_event(Event(step=step, wall_time=1.7e9 + step, summary=summary))
    writer.close()
    events = EventAccumulator("logs", size_guidance={"scalars": 1000})
    begun = time.perf_counter()
    events.Reload()
    loaded = (time.perf_counter() - begun) * 1e3
    drawn = [event.value for event in events.Scalars("loss")]
    print(f"loading took {loaded:.0f} ms", file=sys.stderr)
    return {"sent": len(drawn), "spikes": spikes(drawn)}


MLFLOW_DRAWN = 2500
"""The most its server sends of one run's metric; its page asks for fewer."""


def mlflow(points: int) -> Row:
    """What its page gets: the answer of its own server's route for charts, over its SQL store."""
    os.environ["MLFLOW_TRACKING_URI"] = os.environ["MLFLOW_BACKEND_STORE_URI"] = "sqlite:///ml.db"
    os.environ["_MLFLOW_SERVER_FILE_STORE"] = "sqlite:///ml.db"
    from mlflow.entities import Metric
    from mlflow.server import app
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore("sqlite:///ml.db", "artifacts")
    experiment = store.create_experiment("p")
    run = store.create_run(experiment, "me", 0, [], "long").info.run_id
    listed = values(points)
    for at in range(0, points, 1000):  # as many as it takes at once
        part = enumerate(listed[at : at + 1000], at)
        logged = [Metric("loss", value, 1_700_000_000_000 + step, step) for step, value in part]
        store.log_batch(run, logged, [], [])
    whole, _ = best_of(
        lambda: json.dumps([metric.value for metric in store.get_metric_history(run, "loss")])
    )
    page = app.test_client()
    asked = {"run_ids": run, "metric_key": "loss", "max_results": MLFLOW_DRAWN}

    def drawn() -> bytes:
        route = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"
        return bytes(page.get(route, query_string=asked).data)

    chart, body = best_of(drawn)
    shown = [metric["value"] for metric in json.loads(body)["metrics"]]
    return {
        "whole": whole,
        "chart": chart,
        "sent": len(shown),
        "kb": len(body) / 1000,
        "spikes": spikes(shown),
    }
