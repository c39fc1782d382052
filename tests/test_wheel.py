"""The wheel and the sdist: what a user installs, looked at from outside.

Both are built here, the wheel from the unpacked sdist, because that is the way of everybody who
does not take the wheel. LIVE_STUDIO_DIST names a folder that holds both already; `make wheel` does.
"""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from hatch_build import is_built

ROOT = Path(__file__).resolve().parent.parent
STATIC = "live_studio/static/"
SHARED = "live_studio-{version}.data/data/"
EXTENSION = "share/jupyter/labextensions/live-studio/"
LARGEST = 3 * 2**20


def build(tree: Path, target: str, into: Path) -> Path:
    """Build one target with the tools of this environment and return the file."""
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        target,
        "--directory",
        str(into),
    ]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (file,) = into.glob("*.tar.gz" if target == "sdist" else "*.whl")
    return file


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if given := os.environ.get("LIVE_STUDIO_DIST"):
        (file,) = Path(given).glob("*.tar.gz")
        return file
    return build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        # The filter came with 3.11.4; what is unpacked here was packed here.
        archive.extractall(into, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (tree,) = into.iterdir()
    return tree


@pytest.fixture(scope="module")
def wheel_from_sdist(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(unpacked, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def wheel(wheel_from_sdist: Path) -> Path:
    if given := os.environ.get("LIVE_STUDIO_DIST"):
        (file,) = Path(given).glob("*.whl")
        return file
    return wheel_from_sdist


@pytest.fixture(scope="module")
def content(wheel: Path) -> dict[str, bytes]:
    """The wheel's files; those that go beside Jupyter's own under the names they get there."""
    with zipfile.ZipFile(wheel) as archive:
        shared = SHARED.format(version=wheel.name.split("-")[1])
        return {name.removeprefix(shared): archive.read(name) for name in archive.namelist()}


def test_the_sdist_needs_no_node(unpacked):
    assert is_built(unpacked)


def test_the_browser_files_named_by_the_manifest_are_in_the_wheel(content):
    manifest = json.loads(content[STATIC + "manifest.json"])
    assert manifest.keys() >= {"app", "plotly", "across", "page", "widget"}
    assert {STATIC + name for name in manifest.values()} <= content.keys()


def test_the_wheel_carries_one_version_of_each_browser_file(content):
    manifest = json.loads(content[STATIC + "manifest.json"])
    scripts = {name for name in content if name.startswith(STATIC) and name.endswith(".js")}
    assert scripts == {STATIC + name for name in manifest.values() if name.endswith(".js")}


def test_the_wheel_enables_the_server_extension(content):
    enabled = json.loads(content["etc/jupyter/jupyter_server_config.d/live_studio.json"])
    assert enabled == {"ServerApp": {"jpserver_extensions": {"live_studio": True}}}


def test_the_wheel_carries_the_lab_extension_once(content):
    package = json.loads(content[EXTENSION + "package.json"])
    assert EXTENSION + package["jupyterlab"]["_build"]["load"] in content
    assert EXTENSION + "install.json" in content
    assert not [name for name in content if name.startswith("live_studio/labextension/")]


def test_the_wheel_is_typed_and_carries_its_licences(content):
    assert "live_studio/py.typed" in content
    licences = {Path(name).name for name in content if "/licenses/" in name}
    assert licences == {"LICENSE", "THIRD_PARTY.md"}


def test_the_wheel_is_small(wheel):
    assert wheel.stat().st_size <= LARGEST


def test_the_wheel_holds_no_path_of_the_machine_that_built_it(content, unpacked):
    places = {f"{place}/".encode() for place in (ROOT, unpacked, Path(sys.prefix))}
    assert not [
        (name, place) for name, data in content.items() for place in places if place in data
    ]


def test_the_wheel_from_the_sdist_is_the_wheel_from_the_tree(wheel_from_sdist, tmp_path):
    given = os.environ.get("LIVE_STUDIO_DIST")
    (from_tree,) = Path(given).glob("*.whl") if given else (build(ROOT, "wheel", tmp_path),)
    assert from_tree.read_bytes() == wheel_from_sdist.read_bytes()


def test_the_lab_extension_has_the_version_and_licence_of_the_package(content):
    (metadata,) = [data for name, data in content.items() if name.endswith(".dist-info/METADATA")]
    package = email.message_from_bytes(metadata)
    extension = json.loads(content[EXTENSION + "package.json"])
    assert extension["version"] == package["Version"]
    assert extension["license"] == package["License-Expression"]


def test_every_package_asked_for_by_the_bundles_is_named_with_its_licence():
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"].keys()
    named = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    assert not [name for name in asked - {"esbuild"} if f"| {name} |" not in named]


def test_an_installed_wheel_imports(wheel, tmp_path):
    """Not the editable one of this environment, which only lends the dependencies."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--ignore-installed",
    ]
    subprocess.run([*pip, "--prefix", str(tmp_path), str(wheel)], check=True, capture_output=True)
    (package,) = tmp_path.rglob("live_studio/__init__.py")
    where = "import live_studio; print(live_studio.__file__)"
    printed = subprocess.run(
        [sys.executable, "-c", where],
        env=os.environ | {"PYTHONPATH": str(package.parent.parent)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert Path(printed.strip()) == package
    assert (tmp_path / EXTENSION / "package.json").is_file()
    assert list(tmp_path.glob("bin/jupyter-live-studio*"))
