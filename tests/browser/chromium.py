"""Finds a Chromium for the browser tests, or installs one; as a script, prints its path.

Looked at in this order: $LIVE_STUDIO_CHROMIUM, the usual names on PATH, the usual places on macOS,
Playwright's own. Where there is none, apt-get installs one (as root), else Playwright downloads
one. The tests are never skipped for want of a browser.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "LIVE_STUDIO_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
MAC_APPLICATIONS = ("Chromium", "Google Chrome", "Microsoft Edge")

# A test browser leaves the network alone and asks nothing.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


class NoChromium(Exception):
    """There is no Chromium and none can be installed; the text says what to do."""


def chromium() -> Path:
    """The path of a Chromium that starts, installed now if need be."""
    if chosen := os.environ.get(VARIABLE):
        return checked(Path(chosen))
    return next(filter(starts, candidates()), None) or installed()


def launch_arguments() -> list[str]:
    """What to start it with; Chromium refuses its sandbox to root."""
    return [*QUIET, "--no-sandbox"] if is_root() else [*QUIET]


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def candidates() -> Iterator[Path]:
    """Places where a Chromium usually is, best first."""
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))
    if sys.platform == "darwin":
        yield from (
            Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in MAC_APPLICATIONS
        )
    yield playwrights_own()


def playwrights_own() -> Path:
    """Where Playwright keeps the Chromium it downloads, whether or not it is there yet."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def checked(path: Path) -> Path:
    if not starts(path):
        raise NoChromium(f"{VARIABLE} names {path}, which does not start as a Chromium.")
    return path


def starts(path: Path) -> bool:
    """Whether this is a browser: Ubuntu's `chromium-browser` may only recommend a package."""
    try:
        return (
            subprocess.run(
                [path, "--version"], capture_output=True, timeout=60, check=False
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def installed() -> Path:
    """Install a Chromium by the first way that works here."""
    for install in (from_apt, from_playwright):
        path = install()
        if path is not None and starts(path):
            return path
    raise NoChromium(
        f"No Chromium was found and none could be installed: install one, or set {VARIABLE} to its path."
    )


def from_apt() -> Path | None:
    if not is_root() or shutil.which("apt-get") is None:
        return None
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    if quietly("apt-get", "update") and quietly(
        "apt-get", "install", "--yes", "--no-install-recommends", "chromium"
    ):
        return Path(shutil.which("chromium") or "chromium")
    return None


def from_playwright() -> Path | None:
    done = quietly(sys.executable, "-m", "playwright", "install", "--no-shell", "chromium")
    return playwrights_own() if done else None


def quietly(*command: str) -> bool:
    """Run an installer; what it has to say goes to stderr, because stdout is for the path."""
    print(f"installing Chromium: {' '.join(command)}", file=sys.stderr)
    return (
        subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False).returncode
        == 0
    )


if __name__ == "__main__":
    try:
        print(chromium())
    except NoChromium as error:
        sys.exit(str(error))
