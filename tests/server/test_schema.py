"""What the description allows, and what it does not, sent to a real server by another program.

Schemathesis reads `openapi.json` and makes requests of its own: whatever it thinks of is answered,
never with a 5xx, and whoever shows the wrong credential is not let in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.servers import JUPYTER_TOKEN, Server

PRODUCERS = "^/(api/live|webhook)"
EXAMPLES = int(os.environ.get("LIVE_STUDIO_FUZZ_EXAMPLES", "3"))
"""Requests of each kind and route; a long run asks for many more."""


def fuzz(server: Server, folder: Path, token: str, *which: str) -> None:
    description = folder / "openapi.json"
    description.write_text(server.get("openapi.json").text)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(description)),
            f"--url={server.url.rstrip('/')}",
            f"--header=Authorization: token {token}",
            "--checks=not_a_server_error",
            "--phases=coverage,fuzzing",
            f"--max-examples={EXAMPLES}",
            *("--seed=1", "--generation-deterministic"),
            *("--suppress-health-check=all", "--warnings=off", "--no-color"),
            "--request-timeout=30",
            *which,
        ],
        cwd=folder,
        env=server.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_producers_requests_of_any_kind_are_answered(
    server: Server, token: str, tmp_path: Path
) -> None:
    fuzz(server, tmp_path, token, f"--include-path-regex={PRODUCERS}")
    unharmed(server)


def test_viewers_requests_of_any_kind_are_answered(server: Server, tmp_path: Path) -> None:
    fuzz(
        server,
        tmp_path,
        JUPYTER_TOKEN,
        f"--exclude-path-regex={PRODUCERS}|^/api/stream$",  # the stream is no answer
    )
    unharmed(server)


def unharmed(server: Server) -> None:
    # Jupyter's own page for unknown addresses has troubles of its own with odd methods.
    assert not re.search(r'File ".*live_studio/server', server.log)
    assert server.changes()["seq"] >= 0
