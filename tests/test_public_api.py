"""The front door: what is there by name, and how little of it a training job loads."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import live_studio

HEAVY = ("anywidget", "msgspec", "numpy", "plotly", "requests", "tornado")
LATER = (*HEAVY, "sqlite3", "live_studio.events", "live_studio.git.process", "live_studio.studio")
"""What a run needs and its import does not: together they took longer than all the rest of it."""
TRAINING = {
    "import": "import live_studio; live_studio.Live",
    "run": (
        "import live_studio\n"
        "with live_studio.Live(exp_name='light', params={'lr': 0.1}) as live:\n"
        "    live.log_metric('loss', 0.5)\n"
        "    live.log_metrics({'loss': 0.4, 'acc': 1})\n"
        "    live.next_step()\n"
    ),
}


def test_every_public_name_is_there_and_they_are_in_order() -> None:
    assert live_studio.__all__ == sorted(live_studio.__all__)
    assert dir(live_studio) == live_studio.__all__
    for name in live_studio.__all__:
        assert getattr(live_studio, name) is not None


def loaded_after(code: str, store: Path, which: tuple[str, ...] = HEAVY) -> list[str]:
    code += f"\nimport sys; print(*(name for name in {which} if name in sys.modules))"
    env = os.environ | {"LIVE_STUDIO_STORE": str(store)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        cwd=store.parent,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def test_the_import_of_the_logger_loads_nothing_heavy(store_path: Path) -> None:
    assert loaded_after(TRAINING["import"], store_path, LATER) == []


def test_a_whole_run_loads_nothing_heavy(store_path: Path) -> None:
    assert loaded_after(TRAINING["run"], store_path) == []


def test_no_module_has_the_name_of_something_public() -> None:
    # Whoever imported such a module would find it where the function was.
    modules = {module.name for module in pkgutil.iter_modules(live_studio.__path__)}
    assert modules & set(live_studio.__all__) == set()
