"""The numbers of a commit row are those that DVC shows for the same commit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from live_studio.git import formats, picture
from live_studio.git.picture import Memory, Shown
from live_studio.git.pipeline import Named, named
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


def equal_to_dvc(repo: Repo, rows: dict[str, Shown], first: str, *others: str) -> None:
    """Metrics and params of the rows are those that DVC shows for these commits."""
    said = dvc(repo, "metrics", "show", "--all-commits", "--json")
    for sha in (first, *others):
        metrics = {
            path: held["data"] for path, held in said[sha]["data"].items() if held.get("data")
        }
        assert rows[sha].numbers.metrics == metrics
    for other in others:
        diff = dvc(repo, "params", "diff", first, other, "--all", "--json")
        for key, sha in (("old", first), ("new", other)):
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
            assert ours == {path: held for path, held in theirs.items() if held}


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

    equal_to_dvc(repo, rows, first, second, fourth)
    hidden = {sha: row.hidden for sha, row in rows.items()}
    assert hidden == {
        first: None, second: None, third: "skip", fourth: "unchanged", repo.head: None
    }  # fmt: skip


TEMPLATES = """
vars:
  - conf/vars.yaml
  - conf/part.json:only,
  - inline: {dir: scores, names: [x, y]}
metrics:
  - ${inline.dir}/top.json
params:
  - ${where}/model.toml
stages:
  each:
    foreach: ${models}
    do:
      cmd: train ${item.name} --depth ${item.depth} --out ${inline.dir}
      params:
        - ${item.key}
      metrics:
        - ${inline.dir}/${item.name}.json:
            cache: false
  keyed:
    foreach: {one: {size: 1}, two: {size: 2}}
    do:
      wdir: ${key}
      cmd: run ${item.size} ${only}
      metrics:
        - m${item.size}.yaml:
            cache: false
  plain:
    foreach: [a, b]
    do:
      cmd: run ${item}
      metrics:
        - plain/${item}.json:
            cache: false
  grid:
    matrix:
      rate: [1, 2]
      name: ${inline.names}
      deep: [{w: 1}]
    vars:
      - conf/local.yaml
    cmd: run ${item.rate} ${item.name} ${item.deep.w} ${local.flag} ${key}
    metrics:
      - grid/${item.name}${item.rate}.json:
          cache: false
      - grid/${local.names[0]}.${key}.json:
          cache: false
  deep:
    cmd: run \\${NOT_OURS} ${deep.er.est}
    params:
      - conf/data.yaml:
          - ${where}
"""


def test_templates_are_filled_in_as_dvc_fills_them(repo: Repo) -> None:
    dvc(repo, "init", "--quiet")
    files = {
        "dvc.yaml": TEMPLATES,
        "conf/vars.yaml": (
            "where: conf\nmodels: [{name: a, depth: 1, key: lr}, {name: b, depth: 2, key: seed}]\n"
            "deep: {er: {est: 1, unused: 2}}\nunused: 3\n"
        ),
        "conf/part.json": '{"only": 5, "left": 6}',
        "conf/local.yaml": "local: {flag: true, names: [l]}\n",
        "conf/data.yaml": "conf: 7\nother: 8\n",
        "conf/model.toml": "depth = 3\n",
        "params.yaml": "lr: 1\nseed: 2\nother: 3\n",
        "scores/top.json": '{"top": 1}',
        "scores/a.json": '{"a": 1}',
        "scores/b.json": '{"b": 1}',
        "scores/c.json": '{"c": 1}',
        "one/m1.yaml": "m: 1\n",
        "two/m2.yaml": "m: 2\n",
        "plain/a.json": '{"a": 3}',
        "plain/b.json": '{"b": 3}',
        "grid/x1.json": '{"g": 11}',
        "grid/y2.json": '{"g": 22}',
        "grid/l.1-x-deep0.json": '{"l": 1}',
        "grid/z1.json": '{"nobody": 1}',
    }
    first = repo.commit("First", **files)
    moved = files["conf/vars.yaml"].replace("name: b", "name: c").replace("est: 1", "est: 9")
    second = repo.commit("Second", **{"conf/vars.yaml": moved})
    rows = shown(repo)
    equal_to_dvc(repo, rows, first, second)
    assert "scores/b.json" in rows[first].numbers.metrics
    assert "scores/c.json" in rows[second].numbers.metrics


def test_metrics_in_the_cache_of_dvc_are_shown_too(repo: Repo) -> None:
    dvc(repo, "init", "--quiet")
    write = "import json; json.dump({{'acc': {}}}, open('{}', 'w'))"
    stages = {
        "kept": f'python -c "{write.format(0.5, "kept.json")}"',
        "below": f'python -c "{write.format(0.25, "below.json")}"',
    }
    (repo.folder / "sub").mkdir()
    repo.write(
        "dvc.yaml",
        json.dumps(
            {
                "metrics": ["added.json"],
                "stages": {
                    "kept": {"cmd": stages["kept"], "metrics": ["kept.json"]},
                    "below": {"cmd": stages["below"], "wdir": "sub", "metrics": ["below.json"]},
                },
            }
        ),
    )
    repo.write("added.json", '{"acc": 0.125}')
    dvc(repo, "add", "--quiet", "added.json")
    dvc(repo, "repro", "--quiet")
    first = repo.commit("First")
    assert repo.git("ls-files", "kept.json", "sub/below.json", "added.json") == ""
    repo.write("dvc.yaml", (repo.folder / "dvc.yaml").read_text().replace("0.5", "0.75"))
    dvc(repo, "repro", "--quiet")
    second = repo.commit("Second")
    rows = shown(repo)
    equal_to_dvc(repo, rows, first, second)
    assert rows[second].numbers.metrics == {
        "kept.json": {"acc": 0.75},
        "sub/below.json": {"acc": 0.25},
        "added.json": {"acc": 0.125},
    }
    shutil.rmtree(repo.folder / ".dvc" / "cache")
    assert shown(repo)[second].numbers.metrics == {}


def test_a_cache_leads_nowhere_else(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"secret": 1}')
    digest = "ab" + "0" * 30
    cached = repo.folder / ".dvc" / "cache" / "files" / "md5" / "ab" / ("0" * 30)
    cached.parent.mkdir(parents=True)
    cached.symlink_to(tmp_path / "secret.json")
    outs = [{"path": "m.json", "md5": said} for said in ("../../../../secret.json", digest)]
    files = {f"m{number}.json.dvc": json.dumps({"outs": [one]}) for number, one in enumerate(outs)}
    sha = repo.commit(
        "Odd", **files, **{"dvc.yaml": '{"metrics": ["m0.json", "m1.json", "m.json"]}'}
    )
    assert shown(repo)[sha].numbers.metrics == {}


def test_templates_that_would_be_huge_are_cut(repo: Repo) -> None:
    axis = list(range(100))
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [*{before},*{before},*{before},*{before},*{before},*{before},*{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    document = formats.parsed(
        "dvc.yaml", (bomb + "stages: {s: {cmd: *i, metrics: [m.json]}}").encode()
    )
    assert not names(document).metrics
    grid = {"stages": {"g": {"matrix": dict.fromkeys("abcdef", axis), "metrics": ["m${key}.json"]}}}
    assert len(names(grid).metrics) <= 500
    long = {"vars": [{"a": "x" * 4000}], "metrics": ["${a}${a}${a}", "${a}x", "${nothing}", "${}"]}
    assert [len(path) for path in names(long).metrics] == [4001]


def test_a_row_of_a_commit_has_its_numbers(repo: Repo, studio: Studio) -> None:
    sha = repo.commit("Live", **{"dvclive/metrics.json": '{"loss": NaN}', "params.yaml": "lr: 1"})
    table = Table(studio, repo)
    table.run("run")
    found = table.commit(sha)
    assert found is not None
    assert found["metrics"] == {"dvclive/metrics.json": {"loss": "nan"}}
    assert found["params"] == {"params.yaml": {"lr": 1}}


def names(document: Any, folder: str = "") -> Named:
    return named(document, folder, lambda path: None)


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
    assert list(names({"metrics": odd}).metrics) == ["ok.json"]
    assert list(names({"metrics": ["../up.json"]}, "sub").metrics) == ["up.json"]
    for nonsense in (None, [], "x", {"stages": [1]}, {"stages": {"a": 1}}, {"metrics": {"a": 1}}):
        found = names(nonsense)
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
