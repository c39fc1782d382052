"""Real IPython kernels, without a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.servers import until


class Kernel:
    """A running kernel."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, code: str) -> dict[str, Any]:
        """Run a cell to its end; what the kernel answers.

        For a moment after a cell that raised, a kernel runs nothing it is asked: it is asked again.
        """
        return until(lambda: self._ran(code), "the kernel to run a cell")

    def _ran(self, code: str) -> dict[str, Any] | None:
        answer: dict[str, Any] = self.client.execute(code, reply=True, timeout=60)["content"]
        return None if answer["status"] == "aborted" else answer

    def begin(self, code: str) -> None:
        """Run a cell and do not wait."""
        self.client.execute(code)

    def interrupt(self) -> None:
        """Press the square button."""
        self.manager.interrupt_kernel()


@contextmanager
def kernel(env: dict[str, str] | None = None, cwd: Path | None = None) -> Iterator[Kernel]:
    """A kernel that is shut down afterwards."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=env or dict(os.environ), cwd=str(cwd or Path.cwd()))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@contextmanager
def dying_kernel(
    env: dict[str, str] | None = None, cwd: Path | None = None
) -> Iterator[BlockingKernelClient]:
    """A kernel that is told to die, and has died afterwards."""
    with kernel(env, cwd) as running:
        yield running.client
        until(lambda: not running.manager.is_alive(), "the kernel to die")
