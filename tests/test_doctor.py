"""The terminal says what is where, what came last, and what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from live_studio import doctor
from live_studio.cli import main
from live_studio.curves import Question
from live_studio.live import Live
from live_studio.studio import Studio
from tests.servers import Server

KILLED = """
import os, signal
from live_studio import Live
live = Live(exp_name="left-behind")
for i in range(100):
    live.log_metric("loss", float(i))
os.kill(os.getpid(), signal.SIGKILL)
"""


def found(what: str) -> doctor.Finding:
    return next(finding for finding in doctor.findings() if finding.what == what)


def test_sync_carries_home_what_a_killed_process_left(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert found("journals").remedy == "run `jupyter live-studio sync`"
    assert main(["sync"]) == 0
    assert "Everything logged is in" in capsys.readouterr().out
    (row,) = studio.experiments()
    assert row.status == "stopped"
    assert studio.series(Question("loss", [row.id]))[0].total == 100
    assert found("journals").remedy is None


def test_sync_leaves_the_runs_of_living_processes_alone(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    live = Live(exp_name="alive")
    live.log_metric("loss", 1.0)
    assert main(["sync"]) == 0
    assert "1 of the runs are still alive" in capsys.readouterr().out
    assert studio.experiments()[0].status == "running"
    live.end()


def test_doctor_says_where_things_are_and_is_content(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    with Live(exp_name="seen") as live:
        live.log_metric("loss", 1.0)
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert str(studio.store.path) in said
    assert "from live_studio: 'seen'" in said


def test_doctor_names_a_missing_slash_and_a_proxy(
    store_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DVC_STUDIO_URL", "http://host/live-studio")
    monkeypatch.setenv("DVC_STUDIO_TOKEN", "lst_secret")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "end it with a slash" in said
    assert "NO_PROXY" in said
    assert "lst_secret" not in said


def test_doctor_says_what_a_server_refused_last(server: Server) -> None:
    from tests.servers import until

    assert server.post({"type": "start"}, "not-a-token").status_code == 401

    def said() -> str:
        out = subprocess.run(
            [sys.executable, "-m", "live_studio.cli", "doctor"],
            env=server.env,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return out if "refused" in out else ""

    text = until(said, "the refusal to be noted")
    assert "127.0.0.1: 401" in text
    assert "jupyter live-studio token create" in text
    assert "not-a-token" not in text


def test_a_refusal_changes_nothing_that_a_dashboard_shows(server: Server) -> None:
    before = server.changes()
    assert server.post(b"not json", server.token()).status_code == 400
    after = server.changes(before["seq"])
    assert after["experiments"] == []


TRAPS = {
    "white space in the token": (
        {"DVC_STUDIO_TOKEN": "secret\n", "DVC_STUDIO_URL": "http://a/"},
        "white space",
    ),
    "offline": ({"DVC_STUDIO_OFFLINE": "any"}, "sends nothing"),
    "no address": ({"STUDIO_TOKEN": "t", "STUDIO_REPO_URL": "github:org/repo"}, "DVC_STUDIO_URL"),
    "the old recipe": ({"DVC_EXP_GIT_REMOTE": "https://host/o/r"}, "DVC_STUDIO_REPO_URL as well"),
    "a proxy": (
        {"DVC_STUDIO_URL": "http://10.1.2.3/", "HTTP_PROXY": "http://p:1", "NO_PROXY": "127.0.0.1"},
        "add 10.1.2.3 to NO_PROXY",
    ),
    "netrc": ({"DVC_STUDIO_URL": "http://hub.example/"}, "take the entry out"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_doctor_names_every_trap_of_stock_dvclive(
    store_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    for name in (*doctor.STUDIO_VARIABLES, *doctor.SECRETS, "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    file = store_path.parent / "netrc"
    file.write_text("machine hub.example login ada password secret\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    assert [one for one in doctor.environment() if one.remedy] == []
    variables, words = TRAPS[trap]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    (found,) = (one for one in doctor.environment() if one.remedy)
    assert words in str(found)
    assert "secret" not in str(found)
