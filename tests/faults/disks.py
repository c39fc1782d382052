"""Disks of a test's own, which only root may mount: small ones, and folders that may only be read."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    """Something mounted at a folder."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root may mount a disk")
    if subprocess.run(["mount", *arguments, str(folder)], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """The folder mounted over itself, to be read only: not even root may write there."""
    with mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield folder


@contextmanager
def made_up(behind: Path, folder: Path) -> Iterator[Path]:
    """A folder behind which a program stands (FUSE), whose files cannot be mapped to be shared."""
    if not shutil.which("bindfs") or not Path("/dev/fuse").exists():
        pytest.skip("needs bindfs and /dev/fuse")
    subprocess.run(["bindfs", "-o", "direct_io", str(behind), str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def filled(disk: Path) -> Path:
    """A file of somebody else that leaves no byte free; whoever deletes it makes room."""
    fill = disk / "others-file"
    file = os.open(fill, os.O_WRONLY | os.O_CREAT)
    with pytest.raises(OSError, match="No space left"):
        os.posix_fallocate(file, 0, 1 << 30)
    free = os.statvfs(disk)
    os.posix_fallocate(file, 0, free.f_bavail * free.f_bsize)
    os.close(file)
    return fill
