"""What the documents of Iterative's Studio tell people to set and to run, with real DVCLive and DVC.

Each of their instructions about tokens is named here with the tests that prove it.
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live_clients.conftest import Place
from tests.servers import Server, own_home, until

pytestmark = [pytest.mark.live_clients, pytest.mark.timeout(900)]

INSTRUCTIONS = {
    "generate a token on the profile page": (
        "browser.test_tokens_panel:test_a_token_is_made_in_the_panel_and_real_dvclive_sends_with_what_was_copied",
    ),
    "regenerate it: the old one is no longer authorized": (
        "browser.test_tokens_panel:test_a_token_is_made_in_the_panel_and_real_dvclive_sends_with_what_was_copied",
        "live_clients.test_seed_recipes:test_a_token_that_was_regenerated_or_deleted_sends_no_more",
    ),
    "reset (delete) it, and all credentials at once": (
        "live_clients.test_seed_recipes:test_a_token_that_was_regenerated_or_deleted_sends_no_more",
    ),
    "a missing or incorrect token: a status and a message": (
        "server.test_ingest_door:test_without_a_right_token_the_answer_is_401_and_says_what_to_do",
        "live_clients.test_dvclive:test_a_wrong_token_costs_one_line_and_no_training",
    ),
    "dvc studio login": (
        "browser.test_device_page:test_dvc_studio_login_is_approved_in_the_browser",
        "live_clients.test_studio_login:test_an_address_without_its_slash_works_too",
    ),
    "STUDIO_TOKEN and STUDIO_REPO_URL=github:org/repo": (
        "live_clients.test_seed_recipes:test_the_old_names_of_token_and_repository_work",
    ),
    "DVC_STUDIO_TOKEN as a secret of a CI job": (
        "live_clients.test_seed_recipes:test_a_job_with_the_token_as_its_secret_sends",
    ),
    "DVC_STUDIO_TOKEN and DVC_EXP_GIT_REMOTE outside Git": (
        "live_clients.test_seed_recipes:test_the_recipe_outside_git_works_with_live",
        "live_clients.test_in_kernel:test_outside_git_the_remote_named_for_dvc_becomes_the_repository",
        "test_doctor:test_doctor_names_every_trap_of_stock_dvclive",
    ),
    "dvc exp push tells Studio": (
        "live_clients.test_push:test_a_pushed_experiment_is_marked_and_a_removed_one_is_not",
        "live_clients.test_push:test_a_run_that_pushes_itself_ends_well",
    ),
}

TRAIN = """
from {package} import Live
with Live(exp_name="{name}"{more}) as live:
    live.log_metric("loss", 0.5)
    live.next_step()
"""


def train(name: str, package: str = "dvclive") -> str:
    more = ", save_dvc_exp=False" if package == "dvclive" else ""
    return TRAIN.format(package=package, name=name, more=more)


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_each_instruction_is_proven_by_a_test_that_exists(instruction: str) -> None:
    for proof in INSTRUCTIONS[instruction]:
        module, _, test = proof.partition(":")
        assert callable(getattr(importlib.import_module(f"tests.{module}"), test))


def test_a_token_that_was_regenerated_or_deleted_sends_no_more(
    server: Server, place: Place
) -> None:
    def tokens(*arguments: str) -> str:
        command = [sys.executable, "-m", "live_studio.cli", "token", *arguments]
        return subprocess.run(
            command, env=server.env, check=True, capture_output=True, text=True
        ).stdout

    def sent(name: str, token: str) -> str:
        return place.run(train(name), DVC_STUDIO_URL=server.url, DVC_STUDIO_TOKEN=token)

    first = server.token("--name", "mine")
    assert "Failed to post" not in sent("with-first", first)
    second = tokens("regenerate", "mine").strip().split()[-1]
    assert "revoked or regenerated" in sent("with-old", first)
    assert "Failed to post" not in sent("with-second", second)
    tokens("revoke", "mine")
    assert "revoked or regenerated" in sent("with-deleted", second)
    third = server.token("--name", "another")
    tokens("revoke", "--all")
    assert "revoked or regenerated" in sent("after-all", third)
    known = {row["name"] for row in server.changes()["experiments"]}
    assert known >= {"with-first", "with-second"}
    assert not known & {"with-old", "with-deleted", "after-all"}


def test_the_old_names_of_token_and_repository_work(server: Server, place: Place) -> None:
    """They knew one Studio only; the address is all that has to be said beside them."""
    said = place.run(
        train("old-names"),
        STUDIO_TOKEN=server.token(),
        STUDIO_REPO_URL="github:iterative/example-get-started",
        DVC_STUDIO_URL=server.url,
    )
    assert "Failed to post" not in said
    found = server.experiment("old-names")
    assert found
    assert found["repo_url"] == "github.com/iterative/example-get-started"
    assert (found["baseline_sha"], found["status"]) == (place.head, "completed")


CI = """
env:
  DVC_STUDIO_URL: "{url}"
  DVC_STUDIO_TOKEN: ${{{{ secrets.DVC_STUDIO_TOKEN }}}}
run: python train.py
"""


def test_a_job_with_the_token_as_its_secret_sends(server: Server, tmp_path: Path) -> None:
    """A clone that a CI job checked out: one commit, no branch, and the token among its secrets."""
    place = Place.make(tmp_path)
    secrets = {"DVC_STUDIO_TOKEN": server.token()}
    job = re.sub(
        r"\$\{\{ secrets\.(\w+) \}\}", lambda found: secrets[found[1]], CI.format(url=server.url)
    )
    env = dict(re.findall(r'^  (\w+): "?([^"\n]+)"?$', job, re.MULTILINE))
    checkout = tmp_path / "checkout"
    remote = f"file://{tmp_path / 'remote.git'}"
    place.git("clone", "--quiet", "--depth=1", remote, str(checkout))
    there = Place(checkout, place.env)
    there.git("checkout", "--quiet", "--detach")
    assert "Failed to post" not in there.run(train("in-ci"), **env, CI="true")
    found = server.experiment("in-ci")
    assert found
    assert (found["baseline_sha"], found["status"]) == (place.head, "completed")


def test_the_recipe_outside_git_works_with_live(server: Server, tmp_path: Path) -> None:
    """DVCLive of today ignores that remote outside Git, and `doctor` says so there."""
    env = own_home(tmp_path) | {
        "DVC_STUDIO_URL": server.url,
        "DVC_STUDIO_TOKEN": server.token(),
        "DVC_EXP_GIT_REMOTE": "https://github.com/org/outside",
    }
    done = subprocess.run(
        [sys.executable, "-c", train("outside", "live_studio")],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    found = until(lambda: server.experiment("outside"), f"the run: {done.stderr}")
    assert found
    assert found["repo_url"] == "github.com/org/outside"
    assert "lst_" not in json.dumps(found)
