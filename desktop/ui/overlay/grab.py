"""Moving and resizing by hand: which part of the frame was taken, what a drag makes of it.

Plain numbers, no Qt; any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from desktop.ui.overlay.placement import Box


class Edge(Flag):
    """The sides that follow the pointer; none means the whole box moves."""

    NONE = 0
    LEFT = auto()
    TOP = auto()
    RIGHT = auto()
    BOTTOM = auto()


def edge_at(x: float, y: float, width: float, height: float, reach: float) -> Edge:
    """The edges within `reach` of a point inside a box of this size."""
    edge = Edge.NONE
    if x <= reach:
        edge |= Edge.LEFT
    elif x >= width - reach:
        edge |= Edge.RIGHT
    if y <= reach:
        edge |= Edge.TOP
    elif y >= height - reach:
        edge |= Edge.BOTTOM
    return edge


@dataclass(frozen=True, slots=True)
class Drag:
    """A drag in progress: what was taken, where, and the box as it was then."""

    edge: Edge
    start_x: int
    start_y: int
    box: Box

    def box_at(self, x: int, y: int, min_width: int, min_height: int) -> Box:
        """The box when the pointer is at (x, y)."""
        left, top, width, height = self.box
        dx, dy = x - self.start_x, y - self.start_y
        if self.edge is Edge.NONE:
            return (left + dx, top + dy, width, height)
        if Edge.LEFT in self.edge:
            dx = min(dx, width - min_width)
            left, width = left + dx, width - dx
        elif Edge.RIGHT in self.edge:
            width = max(min_width, width + dx)
        if Edge.TOP in self.edge:
            dy = min(dy, height - min_height)
            top, height = top + dy, height - dy
        elif Edge.BOTTOM in self.edge:
            height = max(min_height, height + dy)
        return (left, top, width, height)
