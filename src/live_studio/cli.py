"""`jupyter live-studio`: a collector with its page, and what is done from a terminal."""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import closing

from . import config, delivery, doctor, moving, spools, tokens, whereabouts
from .changes import iso
from .drainer import Drainer
from .errors import InvalidAddress, LiveStudioError, StoreError, Unreachable
from .keeper import Keeper
from .pruning import prune
from .remote import Remote
from .studio import Studio
from .tokens import Issued, Token, Tokens


def main(arguments: list[str] | None = None) -> int:
    """Run `jupyter live-studio`; without a command it starts the collector."""
    given = sys.argv[1:] if arguments is None else arguments
    commands = {"token": _token, "sync": _sync, "doctor": _doctor, "prune": prune}
    commands |= {"export": moving.export, "import": moving.take_in}
    if given and given[0] in commands:
        try:
            return commands[given[0]](given[1:])
        except StoreError as error:
            sys.stderr.write(f"{error} The store is {whereabouts.store_path()}\n")
            return 1
        except LiveStudioError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    from .server.extension import LiveStudioApp

    LiveStudioApp.launch_instance(given)
    return 0


def _token(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="jupyter live-studio token",
        description="The secrets with which scripts, remote machines and CI send experiments here.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="print a new token; it is shown this once")
    create.add_argument("--name", default="token", type=_name, help="what to call it")
    create.add_argument("--scope", default=tokens.WRITE, choices=[tokens.WRITE],
                        help="what it may do (default and only one: %(default)s)")  # fmt: skip
    create.add_argument("--project", help="let it write one project only: its name or its address")
    create.add_argument("--expires", default=f"{tokens.DAYS:.0f}d", type=_days, metavar="DAYS",
                        help="such as 90d (the default), or `never`")  # fmt: skip
    create.set_defaults(run=_create)
    listing = commands.add_parser("list", help="show every token, without its secret")
    listing.set_defaults(run=_list)
    again = commands.add_parser(
        "regenerate", help="print a new secret for a token; the old one is dead at once"
    )
    again.add_argument("token", help="its id or name")
    again.set_defaults(run=_regenerate)
    revoke = commands.add_parser("revoke", help="let a token open nothing any more")
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument("token", nargs="?", help="its id or name")
    which.add_argument("--all", action="store_true", help="every token, in this store")
    revoke.set_defaults(run=_revoke)
    said = parser.parse_args(given)
    with closing(Studio()) as studio:
        said.run(studio.tokens, said)
    return 0


def _create(known: Tokens, said: argparse.Namespace) -> None:
    repo_url = known.repo_url_of(said.project) if said.project else None
    issued = known.issue(said.name, days=said.expires, scope=said.scope, repo_url=repo_url)
    _hand_over(issued)


def _hand_over(issued: Issued) -> None:
    """The secret alone on stdout, for `TOKEN=$(...)`; what to do with it on stderr."""
    sys.stdout.write(issued.secret + "\n")
    advice = [f"Token {issued.token.name!r}, shown this once. It {_reach(issued.token)}."]
    beside = config.neighbour()
    address = beside.url if beside else "the server's address, which ends with live-studio/"
    advice += [
        "Where the experiment runs:",
        f"  DVCLive or DVC   DVC_STUDIO_URL={address}",
        "                   DVC_STUDIO_TOKEN=<the token>",
        "                   DVC_STUDIO_REPO_URL=<the repository>   outside a clone only",
    ]
    sys.stderr.write("\n".join(advice) + "\n")


def _reach(token: Token) -> str:
    where = f"experiments of {token.repo_url}" if token.repo_url else "experiments"
    return f"sends {where} and expires {_day(token.expires_at)}"


def _list(known: Tokens, _: argparse.Namespace) -> None:
    rows = [("ID", "NAME", "MAY", "CREATED", "LAST USED", "EXPIRES")]
    for token in known.known():
        may = f"send {token.repo_url}" if token.repo_url else "send experiments"
        used = _day(token.last_used_at)
        rows.append(
            (token.id, token.name, may, _day(token.created_at), used, _day(token.expires_at))
        )
    if len(rows) == 1:
        sys.stderr.write("No tokens yet. `jupyter live-studio token create` makes one.\n")
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _day(time: float | None) -> str:
    return "never" if time is None else (iso(time) or "")[:10]


def _regenerate(known: Tokens, said: argparse.Namespace) -> None:
    _hand_over(known.regenerate(said.token))
    sys.stderr.write("The old secret is dead. Set the new one wherever the old one was.\n")


def _revoke(known: Tokens, said: argparse.Namespace) -> None:
    if said.all:
        count = known.revoke_all()
        sys.stderr.write(
            f"Revoked {count} {'token' if count == 1 else 'tokens'}. Kernels beside the server go on"
            " sending with their own.\n"
        )
    else:
        token = known.revoke(said.token)
        sys.stderr.write(f"Revoked {token.name!r}.\n")


def _sync(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="jupyter live-studio sync",
        description="Store what journals were left behind, and deliver those of servers elsewhere.",
    )
    parser.add_argument("--url", type=_address, help="deliver to this server only")
    parser.add_argument(
        "--token-stdin",
        action="store_true",
        help="read that server's token from the first line of stdin; else LIVE_STUDIO_TOKEN counts",
    )
    said = parser.parse_args(given)
    waiting = spools.spools(config.journals_dir(whereabouts.store_path()))
    wanted = [(folder, url) for folder, url in waiting if said.url in (None, url)]
    if said.token_stdin and len({url for _, url in wanted}) > 1:
        parser.error("runs wait for several servers: name the token's with --url")
    token = sys.stdin.readline().strip() if said.token_stdin else None
    if said.url and not wanted:
        sys.stdout.write(f"Nothing waits for {said.url}.\n")
    # These first: a store that cannot be used here is no reason to keep them waiting.
    delivered = []
    for folder, url in wanted:
        with closing(Remote(url, folder, token)) as far:
            delivered.append(_deliver(far))
    _sync_here()
    return 0 if all(delivered) else 1


def _sync_here() -> None:
    with closing(Studio()) as studio:
        drainer = Drainer(studio)
        while drainer.drain():
            pass
        drainer.sweep()
        Keeper(studio.store).tidy()
        if studio.homecopy:
            studio.homecopy.renew()
        left = drainer.following
        rest = f"; {left} of the runs are still alive" if left else ""
        sys.stdout.write(f"Everything logged is in {studio.store.path}{rest}.\n")


def _deliver(far: Remote) -> bool:
    """Deliver what waits for one server; what is wrong is said by the server or its connection."""
    drainer = Drainer(far)
    try:
        while drainer.drain():
            pass
        drainer.sweep()
    except Unreachable as error:
        sys.stdout.write(f"Not delivered to {far.url}: {error}\n")
        return False
    if far.withholds:
        sys.stdout.write(f"Not all is delivered to {far.url}.\n")
        return False
    left = drainer.following
    alive = f"; {left} of the runs are still alive" if left else ""
    sys.stdout.write(f"Everything logged for {far.url} is there{alive}.\n")
    return True


def _address(text: str) -> str:
    try:
        return delivery.address(text)
    except InvalidAddress as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _doctor(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="jupyter live-studio doctor", description="Say what is where, and what to do."
    )
    parser.parse_args(given)
    found = list(doctor.findings())
    sys.stdout.write("\n".join(map(str, found)) + "\n")
    return 1 if any(finding.remedy for finding in found) else 0


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= tokens.NAME_MOST or not name.isprintable():
        raise argparse.ArgumentTypeError(f"a name has 1 to {tokens.NAME_MOST} printable characters")
    return name


def _days(text: str) -> float | None:
    if text == "never":
        return None
    found = re.fullmatch(r"(\d{1,5})d?", text)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days, such as 90d")
    return float(found[1])


if __name__ == "__main__":
    sys.exit(main())
