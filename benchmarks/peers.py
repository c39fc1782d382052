"""Other products, each in an environment of its own below benchmarks/.venvs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

VENVS = Path(__file__).parent / ".venvs"


def trackio() -> str:
    """The interpreter that has trackio; installed when first asked for."""
    return _installed("trackio")


def tensorboard() -> str:
    """The interpreter that has TensorBoard, whose charts sample too."""
    return _installed("tensorboard")


def mlflow() -> str:
    """The interpreter that has MLflow: its store and its server, without what trains models."""
    return _installed("mlflow-skinny", "sqlalchemy", "alembic", "flask", "flask-cors", "graphene")


def _installed(package: str, *others: str) -> str:
    home = VENVS / package
    python = home / "bin" / "python"
    ready = home / ".ready"
    if not ready.exists():
        print(f"   installing {package} into {home.relative_to(VENVS.parent.parent)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        # pip, because it knows the index and certificates that this machine is configured for.
        quietly = ("--quiet", "--disable-pip-version-check")
        subprocess.run(
            [str(python), "-m", "pip", "install", *quietly, package, *others], check=True
        )
        ready.touch()
    return str(python)
