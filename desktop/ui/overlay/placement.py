"""Where the overlay stands on which monitor.  Plain integers, no Qt; any thread.

Positions are kept relative to their monitor, so that they survive monitors being rearranged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Box = tuple[int, int, int, int]  # x, y, width, height

_BOTTOM_GAP_SHARE = 0.06
_MAX_WIDTH_SHARE = 0.92


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor: its identity and the part of it that windows may use, in desktop pixels."""

    name: str
    serial: str
    available: Box
    size: tuple[int, int]

    @property
    def key(self) -> str:
        """Stable over restarts and re-plugging, different for two monitors of one model."""
        width, height = self.size
        return "/".join(part for part in (self.name, self.serial, f"{width}x{height}") if part)


def default_box(monitor: Monitor, width: int, height: int) -> Box:
    """Centred above the bottom edge."""
    left, top, available_width, available_height = monitor.available
    width = min(width, int(available_width * _MAX_WIDTH_SHARE))
    gap = int(available_height * _BOTTOM_GAP_SHARE)
    return (
        left + (available_width - width) // 2,
        top + max(0, available_height - height - gap),
        width,
        height,
    )


def keep_inside(box: Box, area: Box) -> Box:
    """`box` moved, and shrunk only if it must, so that all of it lies in `area`."""
    x, y, width, height = box
    left, top, area_width, area_height = area
    width, height = min(width, area_width), min(height, area_height)
    x = min(max(x, left), left + area_width - width)
    y = min(max(y, top), top + area_height - height)
    return (x, y, width, height)


def monitor_of(box: Box, monitors: Sequence[Monitor]) -> Monitor:
    """The monitor that shows most of `box`, or the nearest one."""

    def distance(monitor: Monitor) -> tuple[int, int]:
        x, y, width, height = box
        left, top, area_width, area_height = monitor.available
        across = min(x + width, left + area_width) - max(x, left)
        down = min(y + height, top + area_height) - max(y, top)
        if across > 0 and down > 0:
            return (0, -across * down)
        return (max(-across, 0) + max(-down, 0), 0)

    return min(monitors, key=distance)


def place(
    positions: Mapping[str, Box],
    monitors: Sequence[Monitor],
    width: int,
    height: int,
    least_width: int = 1,
) -> Box:
    """The box to use: where it was last, on the monitor it was last on, and fully visible.

    Args:
        positions: boxes by monitor key, relative to the monitor, the latest used last.
        monitors: those connected, the primary one first.
        width: preferred width where nothing is remembered.
        height: the height needed now; a remembered box keeps its bottom edge.
        least_width: a remembered box is no narrower: the letters may have grown since.
    """
    connected = {monitor.key: monitor for monitor in monitors}
    for key in reversed(list(positions)):
        if key in connected:
            monitor = connected[key]
            x, y, old_width, old_height = positions[key]
            left, top = monitor.available[:2]
            wide = max(old_width, least_width)
            box = (left + x - (wide - old_width) // 2, top + y + old_height - height, wide, height)
            return keep_inside(box, monitor.available)
    return default_box(monitors[0], width, height)


def remember(positions: Mapping[str, Box], box: Box, monitors: Sequence[Monitor]) -> dict[str, Box]:
    """`positions` with `box` under the monitor it is on, as the latest."""
    monitor = monitor_of(box, monitors)
    left, top = monitor.available[:2]
    kept = {key: value for key, value in positions.items() if key != monitor.key}
    kept[monitor.key] = (box[0] - left, box[1] - top, box[2], box[3])
    return kept
