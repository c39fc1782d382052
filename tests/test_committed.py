"""The numbers of a commit row are those that DVC shows for the same commit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from live_studio.git import formats, picture
from live_studio.git.numbers import named
from live_studio.git.picture import Memory, Shown
from live_studio.studio import Studio
from tests.repositories import Repo, Table
from tests.servers import own_home

PIPELINE = """
metrics:
  - scores/eval.json
params:
  - conf/model.toml
stages:
  train:
    cmd: python train.py
    params:
      - lr
      - settings.py:
          - Train.epochs
      - conf/data.yaml:
    metrics:
      - scores/train.yaml:
          cache: false
      - ../outside.json:
          cache: false
  prepare:
    cmd: python prepare.py
    wdir: prepare
    params:
      - size
    metrics:
      - m.json:
          cache: false
"""


@pytest.fixture(name="repo")
def _repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in own_home(tmp_path).items():
        monkeypatch.setenv(name, value)
    return Repo.new(tmp_path)


def dvc(repo: Repo, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=repo.folder,
        env=repo.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null") if "--json" in arguments else None


def shown(repo: Repo) -> dict[str, Shown]:
    found = picture.taken(str(repo.folder), "", [], Memory())
    assert found.trouble is None
    return {one.commit.sha: one for one in found.commits}


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    return {
        name: leaf
        for key, inner in value.items()
        for name, leaf in flat(inner, f"{prefix}.{key}" if prefix else str(key)).items()
    }


def test_commits_show_what_dvc_shows(repo: Repo) -> None:
    dvc(repo, "init", "--quiet")
    files = {
        "dvc.yaml": PIPELINE.replace("      - ../outside.json:\n          cache: false\n", ""),
        "scores/eval.json": json.dumps(
            {
                "acc": 0.5,
                "ok": True,
                "list": [1],
                "name": "x",
                "none": None,
                "in": {"f1": 1e-9, "e": {}},
            }
        ),
        "scores/train.yaml": "loss: 1e-3\nstep: 10\nword: no\n",
        "prepare/m.json": '{"rows": 12}',
        "prepare/params.yaml": "size: 3\nunused: 4\n",
        "params.yaml": "lr: 1e-3\nlayers: [1, 2]\nopt: {name: adam, eps: 0o17}\nflag: yes\n",
        "conf/model.toml": "depth = 3\n[head]\nwidth = 1.5\n",
        "conf/data.yaml": "seed: 7\n",
        "settings.py": "lr = 1\nclass Train:\n    epochs = 5\n    other = 2\n",
        "dvclive/metrics.json": '{"train": {"loss": 0.25}}',
        "dvclive/dvc.yaml": "metrics:\n- metrics.json\n",
    }
    first = repo.commit("First", **files)
    second = repo.commit(
        "Second",
        **{
            "scores/eval.json": '{"acc": 0.75, "ok": false}',
            "params.yaml": "lr: 0.5\nlayers: [1, 3]\n",
            "settings.py": "class Train:\n    epochs: int = 6\n",
            "scores/train.yaml": "loss: [damaged",
        },
    )
    third = repo.commit("Third [skip studio]", readme="text")
    fourth = repo.commit("Fourth", readme="other text")
    repo.commit("Fifth", **{"dvclive/metrics.json": '{"train": {"loss": 0.5}}'})
    rows = shown(repo)

    said = dvc(repo, "metrics", "show", "--all-commits", "--json")
    for sha in (first, second, fourth):
        metrics = {
            path: held["data"] for path, held in said[sha]["data"].items() if held.get("data")
        }
        assert rows[sha].numbers.metrics == metrics
    diff = dvc(repo, "params", "diff", first, second, "--all", "--json")
    for key, sha in (("old", first), ("new", second)):
        theirs = {
            path: {name: both[key] for name, both in held.items() if both[key] is not None}
            for path, held in diff.items()
        }
        ours = {
            path: {
                name: str(value) if isinstance(value, list) else value
                for name, value in flat(held).items()
            }
            for path, held in rows[sha].numbers.params.items()
        }
        assert ours == theirs

    hidden = {sha: row.hidden for sha, row in rows.items()}
    assert hidden == {
        first: None, second: None, third: "skip", fourth: "unchanged", repo.head: None
    }  # fmt: skip


def test_a_row_of_a_commit_has_its_numbers(repo: Repo, studio: Studio) -> None:
    sha = repo.commit("Live", **{"dvclive/metrics.json": '{"loss": NaN}', "params.yaml": "lr: 1"})
    table = Table(studio, repo)
    table.run("run")
    found = table.commit(sha)
    assert found is not None
    assert found["metrics"] == {"dvclive/metrics.json": {"loss": "nan"}}
    assert found["params"] == {"params.yaml": {"lr": 1}}


def test_paths_lead_nowhere_outside_the_tree() -> None:
    odd = [
        "/etc/passwd",
        "../x.json",
        "a/../../x.json",
        "${item}.json",
        "a\nb.json",
        ".",
        "ok.json",
    ]
    assert list(named({"metrics": odd}, "").metrics) == ["ok.json"]
    assert list(named({"metrics": ["../up.json"]}, "sub").metrics) == ["up.json"]
    for nonsense in (None, [], "x", {"stages": [1]}, {"stages": {"a": 1}}, {"metrics": {"a": 1}}):
        found = named(nonsense, "")
        assert not found.metrics
        assert not found.params


def test_a_file_that_would_be_huge_is_cut() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [*{before},*{before},*{before},*{before},*{before},*{before},*{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    document = formats.parsed("params.yaml", bomb.encode())
    assert len(json.dumps(formats.plain(document))) < 20 * formats.VALUES_MOST
    deep = ("[" * 50_000).encode()
    assert formats.parsed("m.json", deep) is None
    assert formats.plain({"big": 10**5000, "day": formats.parsed("x.yaml", b"2020-01-01")}) == {
        "big": "inf",
        "day": "2020-01-01",
    }


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("m.json", b"\xff"),
        ("m.yaml", b"a: [1"),
        ("m.yaml", b"!!python/object/apply:os.system ['true']"),
        ("m.toml", b"a ="),
        ("m.py", b"def"),
        ("m.py", b"\0"),
    ],
)
def test_a_damaged_file_has_no_numbers(path: str, said: bytes) -> None:
    assert formats.parsed(path, said) is None
