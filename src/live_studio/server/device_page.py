"""The page of a device login. It has no script, and what a device says of itself is text in it."""

from __future__ import annotations

from html import escape

from .logins import Login

FIELD = "code"

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Live Studio: log in a program</title>
<style>
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5a5a5a; --line: #d4d4d4; --bg: #fff;
  --tint: #f5f5f5; --accent: #1565c0; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --soft: #b0b0b0; --line: #4a4a4a;
  --bg: #171717; --tint: #222; --accent: #7ab8f5; --on: #111; } }
body { margin: 0; background: var(--bg); color: var(--ink);
  font: 13px/19px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
main { max-width: 520px; margin: 12vh auto 0; padding: 0 16px; }
h1 { margin: 0 0 4px; font-size: 15px; line-height: 20px; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 0 0 16px; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 16px; margin: 0 0 16px;
  padding: 12px; border: 1px solid var(--line); border-radius: 4px; background: var(--tint); }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.code { font: 600 15px/20px Menlo, Consolas, "DejaVu Sans Mono", monospace; letter-spacing: .06em; }
form { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; }
input.code { width: 12ch; height: 30px; padding: 0 8px; border: 1px solid var(--soft);
  border-radius: 2px; background: var(--bg); color: inherit; text-transform: uppercase; }
button { height: 30px; padding: 0 14px; border: 1px solid var(--soft); border-radius: 2px;
  background: none; color: inherit; font: inherit; font-weight: 500; cursor: pointer; }
button.main { border-color: var(--accent); background: var(--accent); color: var(--on); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
</style>
</head>
<body>
<main>
"""
_FOOT = """</main>
</body>
</html>
"""


def page(*, title: str, text: str, login: Login | None, now: float, xsrf: str) -> str:
    """The page that says `text`, or shows a login and asks, or asks for a code."""
    if login is not None:
        return _HEAD + _question(login, now, xsrf) + _FOOT
    if title:
        return f"{_HEAD}<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>\n{_FOOT}"
    return _HEAD + _typing(xsrf) + _FOOT


def _question(login: Login, now: float, xsrf: str) -> str:
    rows = {
        "Program": login.client,
        "May": "send experiments to this Jupyter server, and nothing else",
        "Asked for": ", ".join(login.scopes),
        "Token": f"{login.token_name}, {_lasting(login.days)}",
        "From": f"{login.address}, {_age(now - login.began)}",
    }
    cells = "\n".join(f"<dt>{name}</dt><dd>{escape(said)}</dd>" for name, said in rows.items())
    return (
        "<h1>A program asks to send experiments here</h1>\n"
        "<p>Approve only if you have just started this login yourself, and your terminal shows"
        " this code.</p>\n"
        f'<dl>\n<dt>Code</dt><dd class="code">{escape(login.user_code)}</dd>\n{cells}\n</dl>\n'
        f'<form method="post" action="device">{_hidden("_xsrf", xsrf)}'
        f"{_hidden(FIELD, login.user_code)}\n"
        '<button class="main" name="answer" value="approve">Approve</button>\n'
        '<button name="answer" value="deny">Deny</button>\n</form>\n'
    )


def _typing(xsrf: str) -> str:
    return (
        "<h1>Log in a program</h1>\n"
        "<p>Type the code that your terminal shows.</p>\n"
        f'<form method="post" action="device">{_hidden("_xsrf", xsrf)}\n'
        f'<input class="code" name="{FIELD}" aria-label="Code" placeholder="XXXX-XXXX"'
        ' maxlength="12" autocomplete="off" spellcheck="false" required>\n'
        '<button class="main">Continue</button>\n</form>\n'
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _lasting(days: float | None) -> str:
    return "which never expires" if days is None else f"which expires in {days:.0f} days"


def _age(seconds: float) -> str:
    return f"{seconds:.0f} s ago" if seconds < 60 else f"{seconds / 60:.0f} min ago"
