"""A run of unmodified DVCLive: ten minutes of a small regression, trained for real.

It knows nothing of live_studio: `DVC_STUDIO_URL` and `DVC_STUDIO_TOKEN` say where its numbers go.
"""

from __future__ import annotations

import os
import time

import numpy as np
from dvclive import Live

STEPS = int(os.environ.get("DEMO_STEPS", "1200"))
PAUSE = float(os.environ.get("DEMO_PAUSE", "0.5"))
PARAMS = {"lr": 0.02, "batch": 16, "features": 24, "noise": 0.3, "seed": 3}


def main() -> None:
    """Train and log."""
    draw = np.random.default_rng(PARAMS["seed"])
    truth = draw.normal(size=PARAMS["features"]) / np.sqrt(PARAMS["features"])
    weights = np.zeros(PARAMS["features"])
    held_out = batch(draw, truth, 512)
    with Live(exp_name="dvclive-demo", save_dvc_exp=False, dvcyaml=None, report=None) as live:
        live.log_params(PARAMS)
        for step in range(STEPS):
            x, y = batch(draw, truth, PARAMS["batch"])
            error = x @ weights - y
            # The rate decays slowly, so that there is something to see for ten minutes.
            weights -= PARAMS["lr"] / (1 + step / 40) * (x.T @ error) / len(y)
            x, y = held_out
            left = x @ weights - y
            live.log_metric("train/loss", float(np.mean(error**2)))
            live.log_metric("val/loss", float(np.mean(left**2)))
            live.log_metric("val/r2", float(1 - np.var(left) / np.var(y)))
            live.next_step()
            time.sleep(PAUSE)


def batch(draw: np.random.Generator, truth: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Some rows of the noisy problem."""
    x = draw.normal(size=(size, len(truth)))
    return x, x @ truth + PARAMS["noise"] * draw.normal(size=size)


if __name__ == "__main__":
    main()
