"""Which repository is meant: one spelling for each, and the commit of code outside Git."""

from __future__ import annotations

import re

NO_COMMIT = "0" * 40
"""The baseline of code outside Git, as DVCLive sends it."""

_SHORT_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}


def normal_repo_url(url: str) -> str:
    """One spelling for one repository: no scheme, no credentials, no `.git`.

    `git@github.com:o/r.git`, `https://user:secret@github.com/o/r` and `github:o/r` are one project.
    """
    url = url.strip()
    if url.startswith("local:"):
        return url
    if short := re.match(r"(github|gitlab|bitbucket):(?!//)(.+)$", url):
        url = f"{_SHORT_HOSTS[short[1]]}/{short[2]}"
    url = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", url)
    url = re.sub(r"^[^/]*@", "", url)
    url = re.sub(r"^([^/:]+):(?!\d+/)", r"\1/", url)
    url = re.sub(r"(\.git)?/*$", "", url)
    host, slash, path = url.partition("/")
    return f"{host.lower()}/{path}" if slash else url


def has_credentials(url: str) -> bool:
    """Whether an address carries a user's name or password; the `git@` of SSH is neither."""
    user = re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*://([^/@]*)@", url)
    return user is not None and user[1] != "git"
