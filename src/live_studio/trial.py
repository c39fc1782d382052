"""One harmless request to the address that DVCLive was given, sent as DVCLive sends: does it get there?

It goes the same way, with the same proxies, the same `~/.netrc` and the same redirects, so that what
is in the way of a run is in its way too. It names no experiment, and leaves nothing behind.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import requests

SECONDS = 5.0
WHERE = "compare it with what `%live_studio url` prints in a notebook of that server"
UNNAMED = "https://nowhere.invalid/"


class Outcome(NamedTuple):
    """What came of it, and what to do where it did not get there."""

    found: str
    remedy: str | None = None


def tried(url: str, token: str, repo_url: str = UNNAMED) -> Outcome:
    """Ask the server at `url` whether it takes `token`, for experiments of `repo_url`."""
    import requests

    body: dict[str, Any] = {
        "client": "live_studio",
        "repo_url": repo_url,
        "refs": {"pushed": [], "removed": []},
    }
    headers = {"Authorization": f"token {token}"}
    try:
        answer = requests.post(
            urljoin(url, "webhook/dvc"), json=body, headers=headers, timeout=SECONDS
        )
    except (requests.RequestException, ValueError) as error:
        return _lost(url, error)
    return _answered(answer)


def _answered(answer: requests.Response) -> Outcome:
    if answer.history:
        moved = urlsplit(answer.url)
        to = f"{moved.scheme}://{moved.netloc}"
        return Outcome(
            f"is sent on to {to}, and a POST does not survive that",
            f"begin the address with {to}",
        )
    detail = None
    with suppress(ValueError, AttributeError):
        detail = answer.json().get("detail")
    if answer.status_code == 200:
        return Outcome("answers, and takes the token")
    if not isinstance(detail, str):
        return Outcome(f"answers {answer.status_code}, and is no Live Studio", WHERE)
    return Outcome(f"answers {answer.status_code}: {detail}", _remedy(answer.status_code, detail))


def _remedy(status: int, detail: str) -> str:
    if "netrc" in detail:
        return "take the entry out, or set NETRC=/dev/null where the experiment runs"
    if status == 401:
        return "make a token in the dashboard's Tokens panel, and set DVC_STUDIO_TOKEN here"
    return WHERE if status == 404 else "the text says what the request lacked"


def _lost(url: str, error: Exception) -> Outcome:
    """What kept a request from being answered, in a person's words."""
    import requests.exceptions as failed

    parts, said = urlsplit(url), str(error).lower()
    host = parts.hostname or "the host"
    kinds = (
        (failed.ProxyError, "", "a proxy stands before it", f"add {host} to NO_PROXY"),
        (
            *(failed.SSLError, "certificate", "shows a certificate that nobody here trusts"),
            "name the file of its authority in REQUESTS_CA_BUNDLE",
        ),
        (failed.SSLError, "", "does not speak HTTPS", "begin the address with http://"),
        (failed.ConnectionError, "resolve", f"nobody here knows {host}", f"look at it: {WHERE}"),
        (
            *(failed.ConnectionError, "refused", "nothing listens there"),
            f"the host or the port is another: {WHERE}",
        ),
        (
            *(failed.Timeout, "", f"does not answer within {SECONDS:g} s"),
            f"a firewall or a wrong host is in the way: {WHERE}",
        ),
        (failed.ConnectionError, "", "hangs up without an answer", WHERE),
        (Exception, "", "is no address of a server", WHERE),
    )
    found = next(
        Outcome(text, remedy)
        for kind, word, text, remedy in kinds
        if isinstance(error, kind) and word in said
    )
    if WHERE not in (found.remedy or ""):
        return found
    # Greeted the wrong way, a server of HTTPS hangs up, and one of HTTP waits for more.
    if parts.scheme == "http" and _answers("https", parts.netloc):
        return Outcome("speaks HTTPS only", "begin the address with https://")
    if parts.scheme == "https" and _answers("http", parts.netloc):
        return Outcome("does not speak HTTPS", "begin the address with http://")
    return found


def _answers(scheme: str, netloc: str) -> bool:
    """Whether the same host and port answer in the other of the two ways."""
    import requests

    try:
        requests.head(f"{scheme}://{netloc}/", timeout=SECONDS, allow_redirects=False)
    except requests.exceptions.SSLError as error:
        # A certificate that is not trusted here is one all the same.
        return "CERTIFICATE" in str(error).upper()
    except requests.RequestException:
        return False
    return True
