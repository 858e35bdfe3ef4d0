"""The log file is never in anybody's way."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import logs


@pytest.fixture(autouse=True)
def handlers_put_back() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if handler not in before:
            with contextlib.suppress(OSError):  # what could not be written is still there
                handler.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a file that is always full")
def test_a_full_disk_shows_nobody_a_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """faults: S40"""
    (tmp_path / "malgeul.log").symlink_to("/dev/full")
    logs.configure(tmp_path, console=False)
    logging.getLogger("desktop.x").info("said in vain")
    assert capfd.readouterr().err == ""
