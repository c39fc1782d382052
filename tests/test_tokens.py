"""Tokens: who has one, for how long, for what, and from when on nothing opens any more."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from live_studio import config, delivery, lock, tokens
from live_studio.cli import main
from live_studio.errors import NoSuchProject, NoSuchToken, NotAllowed, TokenError
from live_studio.events import Connect
from live_studio.store.schema import MIGRATIONS
from live_studio.studio import Studio
from live_studio.tokens import Issued, Token, Tokens

DAY = 86_400.0


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.time = 1_790_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="studio")
def _studio(store_path: Path, clock: Clock) -> Iterator[Studio]:
    with closing(Studio(store_path, clock)) as studio:
        yield studio


def test_a_secret_is_told_once_and_only_its_digest_is_kept(
    studio: Studio, store_path: Path
) -> None:
    issued = studio.tokens.issue("gpu-box")
    assert re.fullmatch(r"lst_[0-9A-Za-z]{36}", issued.secret)
    assert tokens.is_well_formed(issued.secret)
    studio.close()
    for file in store_path.parent.glob("store.db*"):
        held = file.read_bytes()
        assert issued.secret.encode() not in held
        assert issued.secret[4:20].encode() not in held


def test_one_wrong_character_is_a_mistyped_token(studio: Studio) -> None:
    secret = studio.tokens.issue("gpu-box").secret
    for at in range(4, len(secret)):
        other = "0" if secret[at] != "0" else "1"
        with pytest.raises(TokenError, match="mistyped"):
            studio.tokens.verify(secret[:at] + other + secret[at + 1 :])
    with pytest.raises(TokenError, match="unknown"):
        studio.tokens.verify(tokens.mint())


def test_a_token_ends_after_90_days_or_when_it_was_told(studio: Studio, clock: Clock) -> None:
    usual, short, endless = (
        studio.tokens.issue("usual").secret,
        studio.tokens.issue("short", days=1).secret,
        studio.tokens.issue("endless", days=None).secret,
    )
    clock.time += DAY
    with pytest.raises(TokenError, match="expired"):
        studio.tokens.verify(short)
    clock.time += 88 * DAY
    assert studio.tokens.verify(usual).name == "usual"
    clock.time += DAY
    with pytest.raises(TokenError, match="expired"):
        studio.tokens.verify(usual)
    clock.time += 5_000 * DAY
    assert studio.tokens.verify(endless).expires_at is None


def test_a_regenerated_token_keeps_everything_but_its_secret(studio: Studio, clock: Clock) -> None:
    old = studio.tokens.issue("ci", days=10, repo_url="github.com/o/r")
    studio.tokens.used(old.token.id)
    clock.time += 4 * DAY
    new = studio.tokens.regenerate("ci")
    assert new.secret != old.secret
    assert studio.tokens.verify(new.secret) == new.token
    kept = ("id", "name", "kind", "scope", "repo_url")
    assert [getattr(new.token, name) for name in kept] == [
        getattr(old.token, name) for name in kept
    ]
    assert new.token.expires_at == clock.time + 10 * DAY
    assert new.token.last_used_at is None
    with pytest.raises(TokenError, match="regenerated"):
        studio.tokens.verify(old.secret)
    assert [token.id for token in studio.tokens.known()] == [old.token.id]


def test_revoked_tokens_are_told_apart_and_gone_from_the_list(studio: Studio) -> None:
    issued = [studio.tokens.issue(name) for name in ("a", "b", "c")]
    assert studio.tokens.revoke(issued[0].token.id).name == "a"
    assert {token.name for token in studio.tokens.known()} == {"b", "c"}
    assert studio.tokens.revoke_all() == 2
    assert studio.tokens.known() == []
    for one in issued:
        with pytest.raises(TokenError, match="revoked"):
            studio.tokens.verify(one.secret)
    for act in (studio.tokens.revoke, studio.tokens.regenerate):
        with pytest.raises(NoSuchToken):
            act("a")


def test_of_two_tokens_with_one_name_the_id_decides(studio: Studio) -> None:
    one, two = studio.tokens.issue("ci"), studio.tokens.issue("ci")
    with pytest.raises(NoSuchToken, match=one.token.id):
        studio.tokens.revoke("ci")
    studio.tokens.revoke(two.token.id)
    assert studio.tokens.find("ci").id == one.token.id


def test_when_a_token_was_used_is_written_once_a_minute(studio: Studio, clock: Clock) -> None:
    token = studio.tokens.issue("ci").token
    began = clock.time
    seq = studio.store.seq()
    for second in range(150):
        clock.time = began + second
        studio.tokens.used(token.id)
        noted = max(at for at in (0, 61, 122) if at <= second)
        assert studio.tokens.find("ci").last_used_at == began + noted
    assert studio.store.seq() == seq, "a dashboard would be told of nothing"


def test_what_a_token_may_write(studio: Studio) -> None:
    def token(**how: str) -> Token:
        return studio.tokens.issue("any", **how).token  # type: ignore[arg-type]

    token().may_write("github.com/o/r")
    bound = token(repo_url="github.com/o/r")
    bound.may_write("github.com/o/r")
    with pytest.raises(NotAllowed, match=r"github\.com/o/r only"):
        bound.may_write("github.com/o/other")
    with pytest.raises(NotAllowed, match="experiments:read"):
        token(scope="experiments:read").may_write()


def test_a_project_is_found_by_name_or_address(studio: Studio, tmp_path: Path) -> None:
    studio.record([Connect("github.com/o/r", str(tmp_path))])
    known: Tokens = studio.tokens
    name = studio.store.read("SELECT name FROM projects")[0][0]
    assert known.repo_url_of(name) == "github.com/o/r"
    assert known.repo_url_of("git@github.com:o/new.git") == "github.com/o/new"
    with pytest.raises(NoSuchProject, match="address"):
        known.repo_url_of("nowhere")


# the kernels' own


def locals_of(studio: Studio) -> dict[str, float | None]:
    rows = studio.store.read("SELECT name, revoked_at FROM tokens WHERE kind = 'local'")
    return {row[0]: row[1] for row in rows}


def test_tokens_of_a_dead_process_are_revoked(studio: Studio) -> None:
    code = "from live_studio.studio import Studio; print(Studio().tokens.issue_local().secret)"
    made = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    dead = made.stdout.strip()
    with pytest.raises(TokenError, match="has ended"):
        studio.tokens.verify(dead)
    mine = studio.tokens.issue_local().secret
    with pytest.raises(TokenError, match="revoked"):
        studio.tokens.verify(dead)
    assert studio.tokens.verify(mine)


def test_tokens_of_another_machine_end_unless_their_server_renews_them(
    studio: Studio, clock: Clock
) -> None:
    mine = studio.tokens.issue_local().secret
    holder = lock.own_name()
    elsewhere = studio.tokens.issue(
        f"kernels of 0123456789ab-4026531836-77-{holder[-9:]}", kind="local", days=tokens.LOCAL_DAYS
    ).secret
    # As an earlier live_studio left them: without an end.
    studio.store.write("UPDATE tokens SET expires_at = NULL")
    studio.tokens.issue_local()
    clock.time += 1.9 * DAY
    studio.tokens.renew_local()
    clock.time += 0.2 * DAY
    assert studio.tokens.verify(mine)
    with pytest.raises(TokenError, match="expired"):
        studio.tokens.verify(elsewhere)
    clock.time += 30 * DAY
    studio.tokens.renew_local()  # after a month with the lid closed
    assert studio.tokens.verify(mine)


def test_revoking_all_leaves_the_kernels_tokens(studio: Studio) -> None:
    mine = studio.tokens.issue_local().secret
    studio.tokens.issue("ci")
    assert studio.tokens.revoke_all() == 1
    assert studio.tokens.verify(mine)
    assert studio.tokens.known() == []


def test_tokens_made_before_ids_were_are_listed_and_regenerated(store_path: Path) -> None:
    secret = tokens.mint()
    with closing(sqlite3.connect(store_path)) as old:
        old.executescript(MIGRATIONS[0])
        old.execute("PRAGMA user_version = 1")
        old.execute(
            "INSERT INTO tokens (digest, name, kind, scope, created_at) VALUES (?, ?, ?, ?, ?)",
            (tokens.digest(secret), "old", "user", tokens.WRITE, 1.0),
        )
        old.commit()
    with closing(Studio(store_path)) as studio:
        (token,) = studio.tokens.known()
        assert studio.tokens.verify(secret) == token
        new: Issued = studio.tokens.regenerate(token.id)
        assert new.token.id == token.id
        with pytest.raises(TokenError):
            studio.tokens.verify(secret)


# the terminal


def test_the_terminal_makes_lists_regenerates_and_revokes(
    studio: Studio, store_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[str, str]:
        code = main(["token", *arguments])
        said = capsys.readouterr()
        assert code == 0, said.err
        return said.out, said.err

    secret, advice = run("create", "--name", "gpu box", "--project", "https://github.com/o/r.git")
    assert tokens.is_well_formed(secret.removesuffix("\n"))
    assert secret.strip() not in advice
    assert "DVC_STUDIO_REPO_URL" in advice
    with closing(Studio(store_path)) as now:
        assert now.tokens.verify(secret.strip()).repo_url == "github.com/o/r"
    table, _ = run("list")
    assert "gpu box" in table
    assert "github.com/o/r" in table
    assert secret.strip() not in table
    again, _ = run("regenerate", "gpu box")
    assert again != secret
    assert "gpu box" in run("revoke", "gpu box")[1]
    run("create")
    assert "1 token." in run("revoke", "--all")[1]
    table, hint = run("list")
    assert table == ""
    assert "create" in hint


def test_the_terminal_says_what_is_wrong_in_one_line(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "revoke", "nothing"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "'nothing'" in said.err
    assert main(["token", "create", "--project", "nowhere"]) == 1
    assert "https://github.com/org/repo" in capsys.readouterr().err
    for wrong in (["create", "--expires", "soon"], ["create", "--scope", "all"], ["revoke"], []):
        with pytest.raises(SystemExit):
            main(["token", *wrong])


def test_help_lists_every_command() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "live_studio.cli", "--help"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for command in ("token", "doctor", "sync"):
        assert re.search(rf"^{command}$", said, re.MULTILINE), command
    assert "jupyter live-studio" in said


def test_no_secret_shows_where_somebody_prints_what_holds_it(studio: Studio) -> None:
    issued = studio.tokens.issue("mine")
    beside = config.Neighbour("http://127.0.0.1:8888/", "store", 1, issued.secret)
    assert (
        issued.secret
        not in f"{issued!r} {beside!r} {delivery.Target('http://h/', issued.secret)!r}"
    )
