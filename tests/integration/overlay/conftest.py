"""A fresh overlay on a real X desktop, and a bright window below it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_display import Desktop

sys.path.insert(0, str(Path(__file__).parent))
from overlay_desk import BRIGHT, Below, Overlay


@pytest.fixture(scope="module")
def program(x_desktop: Desktop) -> Iterator[Overlay]:
    with tempfile.TemporaryDirectory() as folder:
        running = Overlay(x_desktop, Path(folder))
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture
def overlay(program: Overlay, x_desktop: Desktop) -> Overlay:
    """A fresh overlay in the running program, the pointer out of its way."""
    x_desktop.run("xdotool", "mousemove", "5", "5")
    program.do("new", settings={"opacity": 0.6})
    program.hotkeys.clear()
    return program


@pytest.fixture
def below(x_desktop: Desktop) -> Iterator[Below]:
    window = Below(x_desktop, BRIGHT, (0, 0, *x_desktop.size))
    try:
        x_desktop.run(
            "wmctrl", "-i", "-r", hex(window.window), "-b", "add,maximized_vert,maximized_horz"
        )
        yield window
    finally:
        window.stop()
