"""Where each of ten thousand rows lies, from heights that are estimated until a row is seen.

All operations are vectorised: estimating 10,000 rows anew for another width takes well under a
millisecond.  Heights and offsets are pixels.  GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class RowHeights:
    """Heights of all rows and their running sum."""

    def __init__(self) -> None:
        self._advances: NDArray[np.float64] = np.empty(0)
        self._fixed: NDArray[np.float64] = np.empty(0)
        self._heights: NDArray[np.float64] = np.empty(0)
        self._tops: NDArray[np.float64] = np.zeros(1)
        self._stale = False
        self._text_width = 600.0
        self._line_height = 20.0

    def __len__(self) -> int:
        return len(self._heights)

    @property
    def total(self) -> float:
        """Height of everything."""
        return float(self._sums()[-1])

    def reset(self, measures: Sequence[tuple[float, float]]) -> None:
        """Takes (advance, fixed height) of every row."""
        table = np.array(measures, dtype=np.float64).reshape(-1, 2)
        self._advances, self._fixed = table[:, 0].copy(), table[:, 1].copy()
        self._heights = self._estimates(self._advances, self._fixed)
        self._stale = True

    def set_metrics(self, text_width: float, line_height: float) -> bool:
        """Estimates every row anew when the width or the font has changed."""
        if (text_width, line_height) == (self._text_width, self._line_height):
            return False
        self._text_width, self._line_height = text_width, line_height
        self._heights = self._estimates(self._advances, self._fixed)
        self._stale = True
        return True

    def insert(self, row: int, measures: Sequence[tuple[float, float]]) -> None:
        table = np.array(measures, dtype=np.float64).reshape(-1, 2)
        self._advances = np.insert(self._advances, row, table[:, 0])
        self._fixed = np.insert(self._fixed, row, table[:, 1])
        self._heights = np.insert(self._heights, row, self._estimates(table[:, 0], table[:, 1]))
        self._stale = True

    def remove(self, first: int, last: int) -> None:
        rows = slice(first, last + 1)
        self._advances = np.delete(self._advances, rows)
        self._fixed = np.delete(self._fixed, rows)
        self._heights = np.delete(self._heights, rows)
        self._stale = True

    def change(self, row: int, measure: tuple[float, float]) -> None:
        """A row's text is another one; its exact height may follow by `set_exact`."""
        self._advances[row], self._fixed[row] = measure

    def set_exact(self, row: int, height: float) -> float:
        """Corrects a row's height; returns the difference to what was assumed."""
        difference = height - float(self._heights[row])
        if difference:
            self._heights[row] = height
            self._stale = True
        return difference

    def top(self, row: int) -> float:
        return float(self._sums()[row])

    def height(self, row: int) -> float:
        return float(self._heights[row])

    def row_at(self, y: float) -> int:
        """The row that covers `y`, clamped to the rows there are; -1 without rows."""
        if not len(self):
            return -1
        row = int(np.searchsorted(self._sums(), y, side="right")) - 1
        return min(max(row, 0), len(self) - 1)

    def _estimates(
        self, advances: NDArray[np.float64], fixed: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        estimates: NDArray[np.float64] = (
            fixed + np.ceil(advances / self._text_width) * self._line_height
        )
        return estimates

    def _sums(self) -> NDArray[np.float64]:
        if self._stale:
            self._tops = np.concatenate(([0.0], np.cumsum(self._heights)))
            self._stale = False
        return self._tops
