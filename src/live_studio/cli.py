"""`jupyter live-studio`: a collector with its page, and what is done from a terminal."""

from __future__ import annotations

import argparse
import re
import sys

from . import doctor
from .courier import Drainer
from .errors import StoreError
from .studio import TOKEN_DAYS, Studio


def main(arguments: list[str] | None = None) -> int:
    """Run `jupyter live-studio`; without a command it starts the collector."""
    given = sys.argv[1:] if arguments is None else arguments
    commands = {"token": _token, "sync": _sync, "doctor": _doctor}
    if given and given[0] in commands:
        return commands[given[0]](given[1:])
    from .server.extension import LiveStudioApp

    LiveStudioApp.launch_instance(given)
    return 0


def _token(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="jupyter live-studio token")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="print a new token; it is shown this once")
    create.add_argument("--name", default="token", help="what to call it")
    create.add_argument("--expires", default=f"{TOKEN_DAYS}d", type=_days, metavar="DAYS",
                        help="such as 90d, or `never`")  # fmt: skip
    said = parser.parse_args(given)
    try:
        token = Studio().issue(said.name, days=said.expires)
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(token + "\n")
    sys.stderr.write("Shown this once. Set it as DVC_STUDIO_TOKEN where the experiment runs.\n")
    return 0


def _sync(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="jupyter live-studio sync", description="Store what journals were left behind."
    )
    parser.parse_args(given)
    try:
        studio = Studio()
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    drainer = Drainer(studio)
    while drainer.drain():
        pass
    drainer.sweep()
    left = drainer.following
    sys.stdout.write(
        f"Everything logged is in {studio.store.path}; {left} of the runs are still alive.\n"
        if left
        else f"Everything logged is in {studio.store.path}.\n"
    )
    return 0


def _doctor(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="jupyter live-studio doctor", description="Say what is where, and what to do."
    )
    parser.parse_args(given)
    found = list(doctor.findings())
    sys.stdout.write("\n".join(map(str, found)) + "\n")
    return 1 if any(finding.remedy for finding in found) else 0


def _days(text: str) -> float | None:
    if text == "never":
        return None
    found = re.fullmatch(r"(\d{1,5})d?", text)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days, such as 90d")
    return float(found[1])


if __name__ == "__main__":
    sys.exit(main())
