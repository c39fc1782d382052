"""`dvc exp save` at a run's end, by the real DVC in a process of its own.

In a process of its own because DVC takes seconds to import, prints, and changes what the process
logs; and so that it can be given up on. `python -m live_studio.saving` is that process: it reads
what is to be done as JSON and writes what came of it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .warned import warn_once

SECONDS, GRACE = 120.0, 10.0
"""For all that DVC does, and for it to put the workspace back when it was told to stop."""


@dataclass(frozen=True, slots=True)
class Order:
    """What DVC is to do with what a run has left."""

    folder: str
    dvcyaml: str | None
    name: str
    message: str | None
    add: Sequence[str] = ()
    """Files and folders for DVC's cache."""
    save: bool = True
    track: bool = field(default_factory=lambda: "DVC_EXP_BASELINE_REV" in os.environ)
    """Whether `dvc exp run` runs this: then it saves, and Git has to know the files."""


def is_pipeline() -> bool:
    """Whether DVC runs this process as a stage: what becomes of its outputs is said in `dvc.yaml`."""
    return bool(os.environ.get("DVC_ROOT"))


def done(order: Order, folder: Path) -> str | None:
    """Have it done in `folder`; the saved experiment's revision. Never raises.

    Says in one warning what could not be done.
    """
    if importlib.util.find_spec("dvc") is None:
        warn_once(f"live_studio saved no DVC experiment for {order.name}: dvc is not installed.")
        return None
    try:
        answer = _asked(order, folder)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        warn_once(f"live_studio saved no DVC experiment for {order.name}: {error}.")
        return None
    if answer["trouble"]:
        said = "; ".join(answer["trouble"])
        warn_once(f"live_studio: DVC did not do all that was asked for {order.name}: {said}.")
    rev: str | None = answer["rev"]
    return rev


def _asked(order: Order, folder: Path) -> Any:
    process = subprocess.Popen(
        [sys.executable, "-m", "live_studio.saving"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(json.dumps(asdict(order)).encode(), SECONDS)
    except subprocess.TimeoutExpired:
        # Interrupted, DVC puts the workspace back; killed, it would leave it as it stands.
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=GRACE)
        raise ValueError(f"DVC took longer than {SECONDS:g} s") from None
    lines = out.decode(errors="replace").splitlines()
    if process.returncode or not lines:
        raise ValueError(f"DVC ended with {process.returncode}")
    return json.loads(lines[-1])


def _did(order: Order) -> dict[str, Any]:
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc.scm import NoSCM

    trouble: list[str] = []
    repo = Repo()
    untracked = [order.folder]
    for path in order.add:
        try:
            stage = repo.add(path)[0].addressing
            untracked += [stage, str(Path(stage).parent / ".gitignore")]
        except DvcException as error:
            trouble.append(f"dvc add {path}: {error}")
    rev = None
    if order.dvcyaml:
        untracked.append(order.dvcyaml)
    if order.track:
        _track(repo, [order.folder], [order.dvcyaml] if order.dvcyaml else [])
    if order.save:
        if isinstance(repo.scm, NoSCM):
            trouble.append("there is no Git repository to save an experiment in")
        elif repo.scm.no_commits:
            trouble.append("the Git repository has no commit to save an experiment on")
        else:
            rev = repo.experiments.save(
                name=order.name, include_untracked=untracked, force=True, message=order.message
            )
    return {"rev": rev, "trouble": trouble}


def _track(repo: Any, folders: Sequence[str], files: Sequence[str]) -> None:
    """Let Git know what DVC does not keep itself, so that `dvc exp run` takes it along."""
    outs = {str(Path(out.fs_path)) for out in repo.index.outs}
    mine = [Path(one).absolute() for one in folders]
    found = [
        str(path)
        for path in map(Path, repo.scm.untracked_files())
        if any(path.absolute().is_relative_to(one) for one in mine)
        and not any(str(one) in outs for one in (path.absolute(), *path.absolute().parents))
    ]
    if found or files:
        repo.scm.add([*found, *files])


def _main() -> None:
    order = Order(**json.load(sys.stdin))
    # What DVC prints goes nowhere: the last line is the answer.
    answer, sys.stdout = sys.stdout, sys.stderr
    try:
        said = _did(order)
    except Exception as error:  # noqa: BLE001  # whatever DVC raises is told to the person who trains
        said = {"rev": None, "trouble": [f"{type(error).__name__}: {error}"]}
    answer.write("\n" + json.dumps(said) + "\n")


if __name__ == "__main__":
    _main()
