"""A stage that the real `dvc exp run` runs, and how it ended: DVC itself only hints at that."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.live_clients.conftest import Place
from tests.servers import Server

pytestmark = pytest.mark.live_clients


@pytest.mark.parametrize(
    ("code", "ends"),
    [("0", ("completed", None)), ("1", ("failed", "the DVC stage failed"))],
)
def test_a_stage_that_fails_is_a_run_that_failed(
    server: Server,
    place: Place,
    studio_env: dict[str, str],
    code: str,
    ends: tuple[str, str | None],
) -> None:
    def dvc(*arguments: str) -> int:
        command = [sys.executable, "-m", "dvc", *arguments]
        env = place.env | studio_env
        return subprocess.run(command, cwd=place.folder, env=env, check=False).returncode

    if not (place.folder / ".dvc").exists():
        assert dvc("init", "--quiet") == 0
    stage = f"{sys.executable} -c 'raise SystemExit({code})'"
    (place.folder / "dvc.yaml").write_text(f'stages:\n  train:\n    cmd: "{stage}"\n')
    place.git("add", ".")
    place.git("commit", "--quiet", "-m", f"Leave with {code}")
    place.git("push", "--quiet")
    name = f"leaves-with-{code}"
    assert (dvc("exp", "run", "--name", name) == 0) is (code == "0")
    row = server.experiment(name)
    assert row is not None
    assert (row["client"], row["status"], row["detail"]) == ("dvc", *ends)
