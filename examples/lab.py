"""`make lab`: JupyterLab on the quickstart notebook, and beside it a DVCLive run already under way.

The demo's store lies in `.demo`, apart from your own. Arguments are handed on to JupyterLab.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from live_studio.config import SERVER_FILE, STORE
from live_studio.events import Connect
from live_studio.git.here import here
from live_studio.studio import Studio

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
NOTEBOOKS = Path("examples/notebooks")
START_SECONDS = 120


def main() -> int:
    """Start JupyterLab, then the demo run, and stay until JupyterLab ends."""
    # Whoever ends this ends what it has started too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    DEMO.mkdir(exist_ok=True)
    os.environ[STORE] = str(DEMO / "store.db")
    studio, place = Studio(), here(ROOT / NOTEBOOKS)
    token = studio.tokens.issue("demo", days=1).secret
    if place.root is not None:
        # So that the demo run hangs under its commit before the notebook has said where it is.
        studio.record([Connect(place.repo_url, str(place.root))])
    studio.close()
    lab = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"),
            f"--LabApp.default_url=/lab/tree/{NOTEBOOKS}/quickstart.ipynb",
            *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            *sys.argv[1:],
        ],
        cwd=ROOT,
    )
    demo = None
    try:
        url = address(lab)
        if url:
            demo = start_demo(url, token)
            print(f"\nA DVCLive run sends its numbers to {url} for ten minutes.\n", flush=True)
        return lab.wait()
    except KeyboardInterrupt:
        return lab.wait()
    finally:
        for process in (demo, lab):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait()


def address(lab: subprocess.Popen[bytes]) -> str | None:
    """Where live_studio answers, once it does."""
    from jupyter_core.paths import jupyter_runtime_dir

    said = Path(jupyter_runtime_dir()) / f"live_studio-{lab.pid}.json"
    ends = time.monotonic() + START_SECONDS
    while lab.poll() is None and time.monotonic() < ends:
        try:
            url: str = json.loads(said.read_text())["url"]
            with urllib.request.urlopen(url + "api/health", timeout=5):  # noqa: S310  # our own server
                return url
        except (OSError, ValueError, urllib.error.URLError):
            time.sleep(0.2)
    print("JupyterLab did not come up with live_studio in it; see its messages above.", flush=True)
    return None


def start_demo(url: str, token: str) -> subprocess.Popen[bytes]:
    """Run `demo.py` in a scratch clone of this repository, as somebody else's machine would."""
    place = scratch_clone() / NOTEBOOKS
    place.mkdir(parents=True, exist_ok=True)
    env = {name: value for name, value in os.environ.items() if name not in (STORE, SERVER_FILE)}
    env |= {
        "DVC_STUDIO_URL": url,
        "DVC_STUDIO_TOKEN": token,
        "DVC_STUDIO_REPO_URL": here(ROOT / NOTEBOOKS).repo_url,
        "DVC_NO_ANALYTICS": "1",
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost"])),
    }
    with (DEMO / "demo.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / "demo.py")],
            cwd=place,
            env=env,
            stdout=log,
            stderr=log,
        )


def scratch_clone() -> Path:
    """A clone at the same commit, so that the run hangs under it in the table."""
    clone = DEMO / "repo"
    shutil.rmtree(clone, ignore_errors=True)
    if subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=False).returncode:
        subprocess.run(["git", "init", "--quiet", str(clone)], check=True)
    for name, value in (("user.name", "Demo"), ("user.email", "demo@example.org")):
        subprocess.run(["git", "-C", str(clone), "config", name, value], check=True)
    return clone


if __name__ == "__main__":
    sys.exit(main())
