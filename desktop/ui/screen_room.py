"""Sizes that a screen has room for.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize

FRAME_PX = (16, 48)  # what a system's frame and title add at most


def with_room(wanted_px: tuple[int, int], available: QSize) -> QSize:
    """Width and height of a window's inside, so that it is whole on `available` pixels."""
    return QSize(*wanted_px).boundedTo(available - QSize(*FRAME_PX))
