"""The overlay's movement: rolling up, growing, fading.  Numbers only; the window drives it.

Nothing runs while nothing moves: `settled` tells the window to stop its frame timer.  GUI thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_ROLL_S = 0.16  # until a roll of one line is all but done
_FADE_IN_S = 0.12
_FADE_OUT_S = 0.7
_PEEK_STRENGTH = 0.16
_CLOSE_ENOUGH = 0.004


@dataclass(slots=True)
class Motion:
    """Values that approach their targets.

    Attributes:
        scroll: rows the lines still have to move up.
        rows: rows the panel is high, a fraction while it grows.
        strength: opacity of everything.
    """

    scroll: float = 0.0
    rows: float = 0.0
    strength: float = 0.0
    target_rows: int = 0
    target_strength: float = 0.0
    enabled: bool = True

    def roll(self, lines: int) -> None:
        """`lines` new lines have come in at the bottom."""
        self.scroll = min(self.scroll + lines, 2.0)

    def show(self, rows: int, *, peek: bool = False) -> None:
        """Aims at a panel of `rows` lines, nearly transparent while somebody looks beneath it."""
        if self.strength <= _CLOSE_ENOUGH:  # nothing to be seen yet: appear, do not unfold
            self.rows, self.scroll = float(rows), 0.0
        self.target_rows = rows
        self.target_strength = _PEEK_STRENGTH if peek else 1.0

    def hide(self) -> None:
        """Aims at invisible."""
        self.target_strength = 0.0

    @property
    def hidden(self) -> bool:
        return self.target_strength == 0.0 and self.strength <= _CLOSE_ENOUGH

    @property
    def settled(self) -> bool:
        return (
            self.scroll == 0.0
            and self.rows == self.target_rows
            and self.strength == self.target_strength
        )

    def advance(self, elapsed_s: float) -> None:
        """Moves everything on by `elapsed_s`."""
        if not self.enabled:
            self.scroll = 0.0
            self.rows, self.strength = float(self.target_rows), self.target_strength
            return
        self.scroll = _approach(self.scroll, 0.0, elapsed_s, _ROLL_S)
        self.rows = _approach(self.rows, float(self.target_rows), elapsed_s, _ROLL_S)
        fade_s = _FADE_OUT_S if self.target_strength < self.strength else _FADE_IN_S
        self.strength = _approach(self.strength, self.target_strength, elapsed_s, fade_s)


def _approach(value: float, target: float, elapsed_s: float, duration_s: float) -> float:
    """Exponential ease-out that is 95 % done after `duration_s`; independent of frame rate."""
    rest = (value - target) * math.exp(-3.0 * elapsed_s / duration_s)
    return target if abs(rest) <= _CLOSE_ENOUGH else target + rest
