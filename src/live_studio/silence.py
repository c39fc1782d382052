"""What a run that is not recorded writes into: it takes what a journal takes, and keeps nothing."""

from __future__ import annotations

from typing import Any

from . import records


class Silence:
    """What a run that is not to be recorded, or cannot be, writes into: nothing."""

    size = dropped = 0

    def append(self, body: bytes) -> None:
        """Take nothing."""

    def attach(self, body: bytes) -> None:
        """Take nothing."""

    def read(self, start: int, most: int) -> bytes:  # noqa: ARG002
        """Give nothing."""
        return b""

    def tell(self, _: int, payload: Any) -> None:
        """Check that it could be written, as a journal does.

        Raises:
            TypeError: it cannot be written as JSON.
        """
        records.encoded(payload)

    def close(self, *, whatever: bool = False) -> bool:  # noqa: ARG002  # as a journal is closed
        """Nothing waits."""
        return True
