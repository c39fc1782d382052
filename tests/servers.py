"""A real Jupyter Server in a home of its own, for tests that need the whole way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

DEADLINE = 60.0
STARTING = 240.0
"""A server imports much; on a busy machine that alone may take a minute."""
JUPYTER_TOKEN = "jupyters-own-token"

Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str, deadline: float = DEADLINE) -> Found:
    """Look until something is found. Tests wait on conditions, never on time."""
    ends = time.monotonic() + deadline
    while not (found := look()):
        if time.monotonic() > ends:
            raise AssertionError(f"waited {deadline:g} s in vain: {what}")
        time.sleep(0.02)
    return found


def own_home(folder: Path) -> dict[str, str]:
    """An environment in which nothing of this machine's user is seen or touched."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DVC", "STUDIO", "LIVE_STUDIO", "JUPYTER", "GIT_"))
    }
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "DVC_GLOBAL_CONFIG_DIR": str(home / "dvc"),
        "DVC_SYSTEM_CONFIG_DIR": str(home / "dvc-system"),
        "DVC_SITE_CACHE_DIR": str(home / "dvc-cache"),
        "DVC_NO_ANALYTICS": "1",
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONWARNINGS": "",
    }


@dataclass
class Server:
    """A running Jupyter Server."""

    folder: Path
    env: dict[str, str]
    base: str = "/"
    arguments: tuple[str, ...] = ()
    port: int = 0
    ip: str = "127.0.0.1"
    program: tuple[str, ...] = (
        *("jupyterlab", "--LabApp.news_url=None", "--expose-app-in-browser"),
        "--JupyterNotebookApp.expose_app_in_browser=True",
    )
    """The module that it runs, and its arguments."""
    proxies: bool = False
    """Whether it stands before other servers of its machine, as jupyter-server-proxy does."""
    process: subprocess.Popen[bytes] = field(init=False)
    said: dict[str, Any] = field(init=False)

    @property
    def notebooks(self) -> Path:
        """The folder it serves."""
        return self.folder / "notebooks"

    @property
    def store(self) -> Path:
        """Its store."""
        return self.folder / "data" / "live_studio" / "store.db"

    @property
    def url(self) -> str:
        """Its address up to and with `live-studio/`."""
        return str(self.said["url"])

    @property
    def root(self) -> str:
        """Its address up to and with the base URL."""
        return self.url.removesuffix("live-studio/")

    @property
    def kernel_env(self) -> dict[str, str]:
        """The environment of a process that it started."""
        announced = self.folder / "runtime" / f"live_studio-{self.process.pid}.json"
        return self.env | {
            "LIVE_STUDIO_STORE": str(self.store),
            "LIVE_STUDIO_SERVER_FILE": str(announced),
        }

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.folder / "server.log").read_text()

    def start(self) -> Server:
        """Start the process, and wait until it answers."""
        self.launch()
        self.said = until(self.announced, "the server's announcement", STARTING)
        until(self._answers, "the server's first answer", STARTING)
        return self

    def launch(self) -> None:
        """Start the process."""
        self.notebooks.mkdir(exist_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", *self.program, "--no-browser", "--allow-root"),
                    *(
                        f"--ip={self.ip}",
                        f"--port={self.port}",
                        f"--IdentityProvider.token={JUPYTER_TOKEN}",
                    ),
                    f"--ServerApp.base_url={self.base}",
                    f"--ServerApp.root_dir={self.notebooks}",
                    # One test wants it, and it takes half a second to import.
                    f"--ServerApp.jpserver_extensions=jupyter_server_proxy={self.proxies}",
                    *self.arguments,
                ],
                env=self.env,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )

    def announced(self) -> Any:
        """What it tells the kernels it starts, once it listens."""
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended at once:\n{self.log[-3000:]}")
        path = self.folder / "runtime" / f"live_studio-{self.process.pid}.json"
        said = json.loads(path.read_text()) if path.exists() else None
        return said if said and ":0/" not in said["url"] else None

    def _answers(self) -> bool:
        try:
            return requests.get(self.url + "api/health", timeout=5).status_code == 200
        except requests.ConnectionError:
            self.said = self.announced() or self.said
            return False

    def kill(self) -> None:
        """Take it away without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop it as a person would."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def token(self, *arguments: str) -> str:
        """A new ingestion token, made from the command line."""
        made = subprocess.run(
            [sys.executable, "-m", "live_studio.cli", "token", "create", *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return made.stdout.strip()

    def get(self, path: str, **how: Any) -> requests.Response:
        """What a viewer gets."""
        headers = {"Authorization": f"token {JUPYTER_TOKEN}", **how.pop("headers", {})}
        return requests.get(self.url + path, headers=headers, timeout=30, **how)

    def changes(self, since: int = 0) -> dict[str, Any]:
        """`Changes` since a seq."""
        answer = self.get(f"api/changes?since={since}")
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def experiment(self, name: str) -> dict[str, Any] | None:
        """One experiment by name."""
        for found in self.changes()["experiments"]:
            if found["name"] == name:
                return found  # type: ignore[no-any-return]
        return None

    def series(self, experiment: str, path: str) -> dict[str, list[Any]]:
        """The columns of one series."""
        answer = self.get(
            f"api/experiments/{experiment}/series", params={"path": path, "time": "1"}
        )
        assert answer.status_code == 200, answer.text
        lines = answer.json()["series"]
        return lines[0]["columns"] if lines else {"step": [], "value": [], "time": []}

    def post(self, body: Any, token: str, path: str = "api/live") -> requests.Response:
        """What a producer sends."""
        headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
        data = body if isinstance(body, bytes) else json.dumps(body)
        return requests.post(self.url + path, data=data, headers=headers, timeout=30)


@contextmanager
def running(folder: Path, base: str = "/", *arguments: str) -> Iterator[Server]:
    """A server below `folder`, stopped afterwards."""
    server = Server(folder, own_home(folder), base, arguments)
    try:
        yield server.start()
    finally:
        if hasattr(server, "process"):
            server.stop()
