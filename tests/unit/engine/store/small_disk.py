"""A small file system that can be filled or made read-only; Linux, for who may mount."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(folder: Path, size_kib: int) -> Iterator[Path]:
    """A real file system of its own; skips where this process may not mount one."""
    if sys.platform != "linux":
        pytest.skip("needs tmpfs")
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"size={size_kib}k".encode()
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options) != 0:
        pytest.skip("may not mount a file system here")
    try:
        yield folder
    finally:
        libc.umount2(os.fsencode(folder), 2)


def make_read_only(folder: Path) -> None:
    remount, read_only = 32, 1
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(None, os.fsencode(folder), None, remount | read_only, None) != 0:
        pytest.skip("may not remount")


def fill_up(disk: Path) -> Path:
    """Writes until nothing more fits; returns the file to delete for room."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return ballast
