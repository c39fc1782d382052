"""Runs uv with the package index, links and certificates that pip is configured to use.

uv reads none of pip's settings, so on a machine with a company index pip would work and uv would
not. What the environment already says to uv wins.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

INDEXES = {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"}
SECTIONS = ("global.", "install.", ":env:.")  # in the order in which one overrides the other


def main() -> None:
    """Replace this process by uv, with the same arguments."""
    uv = Path(sys.executable).with_name("uv")
    settings = translated(pip_settings())
    if INDEXES & os.environ.keys():
        settings = {name: value for name, value in settings.items() if name not in INDEXES}
    os.execve(uv, [str(uv), *sys.argv[1:]], settings | os.environ)


def pip_settings() -> dict[str, str]:
    """What `pip config list` says, from files and environment, by the bare name of the setting."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return {
        key.removeprefix(section): ast.literal_eval(value)
        for section in SECTIONS
        for key, value in found.items()
        if key.startswith(section)
    }


def translated(pip: dict[str, str]) -> dict[str, str]:
    """The same settings in uv's words."""
    uv = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": " ".join(pip.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "SSL_CERT_FILE": pip.get("cert", ""),
    }
    if uv["UV_INDEX"]:
        uv["UV_INDEX_STRATEGY"] = (
            "unsafe-best-match"  # pip compares all indexes; uv would stop at the first
        )
    return {name: value for name, value in uv.items() if value}


if __name__ == "__main__":
    main()
