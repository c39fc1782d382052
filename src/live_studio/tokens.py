"""Tokens: the secrets that open the ingestion door.

`lst_`, 30 random characters and 6 of checksum, all base62: one double click selects all of it, and
a mistyped one is told from an unknown one. Only the digest is ever stored.
"""

from __future__ import annotations

import hashlib
import secrets
from zlib import crc32

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX = "lst_"
SECRET_LENGTH, CHECK_LENGTH = 30, 6
WRITE = "experiments:write"


def mint() -> str:
    """A new token."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    return PREFIX + secret + _check(secret)


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_well_formed(token: str) -> bool:
    """Whether this can be a token of ours at all: its shape and checksum."""
    secret = token[len(PREFIX) : -CHECK_LENGTH]
    return (
        token.startswith(PREFIX)
        and len(secret) == SECRET_LENGTH
        and token[-CHECK_LENGTH:] == _check(secret)
    )


def _check(secret: str) -> str:
    number = crc32(secret.encode())
    text = ""
    for _ in range(CHECK_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        text = ALPHABET[digit] + text
    return text
