"""Unmodified DVCLive in a notebook: `%load_ext live_studio` is all there is to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kernels import kernel
from tests.servers import Server, running, until

pytestmark = pytest.mark.live_clients

RUN = """
from dvclive import Live
with Live(exp_name={name!r}, save_dvc_exp=False) as live:
    for i in range(3):
        live.log_metric("loss", i / 2)
        live.next_step()
"""


@pytest.mark.parametrize("more", [{}, {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}])
def test_after_load_ext_alone_stock_dvclive_streams_here(
    server: Server, tmp_path: Path, more: dict[str, str]
) -> None:
    name = f"stock-{len(more)}"
    with kernel(server.kernel_env | more, tmp_path) as running:
        assert running.run("%load_ext live_studio")["status"] == "ok"
        assert running.run(RUN.format(name=name))["status"] == "ok"
    row = until(lambda: server.experiment(name), "the run")
    assert (row["status"], row["client"], row["step"]) == ("completed", "dvclive", 2)
    assert row["repo_url"].startswith(f"local:{tmp_path.name}-")


def test_outside_git_the_remote_named_for_dvc_becomes_the_repository(
    server: Server, tmp_path: Path
) -> None:
    with kernel(
        server.kernel_env | {"DVC_EXP_GIT_REMOTE": "https://github.com/org/repo.git"}, tmp_path
    ) as running:
        running.run("%load_ext live_studio")
        running.run(RUN.format(name="by-remote"))
    row = until(lambda: server.experiment("by-remote"), "the run")
    assert row["repo_url"] == "github.com/org/repo"


def test_a_users_own_studio_is_left_alone(server: Server, tmp_path: Path) -> None:
    own = {"DVC_STUDIO_URL": "http://127.0.0.1:9/", "DVC_STUDIO_TOKEN": "theirs"}
    with kernel(server.kernel_env | own, tmp_path) as running:
        answer = running.run(
            "%load_ext live_studio\nimport os\n"
            "assert os.environ['DVC_STUDIO_URL'] == 'http://127.0.0.1:9/'\n"
            "assert os.environ['DVC_STUDIO_TOKEN'] == 'theirs'"
        )
        assert answer["status"] == "ok", answer


def test_a_studio_in_dvcs_configuration_is_left_alone(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config.local").write_text("[core]\n[studio]\n    token = theirs\n")
    with kernel(server.kernel_env, tmp_path) as running:
        answer = running.run(
            "%load_ext live_studio\nimport os\nassert 'DVC_STUDIO_TOKEN' not in os.environ"
        )
        assert answer["status"] == "ok", answer


def test_after_the_server_started_again_elsewhere_the_next_cell_sends_there(tmp_path: Path) -> None:
    folder, work = tmp_path / "server", tmp_path / "work"
    folder.mkdir()
    work.mkdir()
    with running(folder, "/user/me/") as first, kernel(first.kernel_env, work) as notebook:
        notebook.run("%load_ext live_studio")
        file = folder / "runtime" / f"live_studio-{first.process.pid}.json"
        first.stop()
        with running(folder, "/user/me/") as second:
            # What a server that is restarted in its place leaves: the same file, another address.
            file.write_text(json.dumps(second.said))
            assert second.url != first.url
            said = notebook.run(
                "import io, contextlib\nheard = io.StringIO()\n"
                "with contextlib.redirect_stdout(heard):\n"
                "    get_ipython().run_line_magic('live_studio', 'url')\n"
                f"assert {second.url!r} in heard.getvalue(), heard.getvalue()\n"
                "assert 'your own' not in heard.getvalue(), heard.getvalue()"
            )
            assert said["status"] == "ok", said
            assert notebook.run(RUN.format(name="moved"))["status"] == "ok"
            row = until(lambda: second.experiment("moved"), "the run")
            assert row["client"] == "dvclive"
