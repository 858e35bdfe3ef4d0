"""How sure the voice detector is of the people on a track, learnt from lines nobody doubts.  Pure.

On the telephone a voice lacks its lowest notes, and Silero is half sure of a person who speaks
clearly (measured: 0.61 to 0.9 where the same voices have 0.9 to 0.97 without the telephone).  What
is half a voice elsewhere is a whole one there.
"""

from __future__ import annotations

LINES_NEEDED = 3
MARGIN = 0.1  # below what is usual a voice is as doubtful as it is elsewhere
_SHARE = 0.25  # of the newest line


class UsualVoice:
    """The mean probability of speech frames over the lines noted, the last ones above all."""

    def __init__(self) -> None:
        self._level = 0.0
        self._lines = 0

    def note(self, voice_probability: float) -> None:
        """A line that is beyond doubt was spoken with this voice."""
        self._lines += 1
        share = max(_SHARE, 1.0 / self._lines)
        self._level += share * (voice_probability - self._level)

    def doubtful_below(self, threshold: float) -> float:
        """What stands for `threshold` on this track; never more than it."""
        if self._lines < LINES_NEEDED:
            return threshold
        return min(threshold, self._level - MARGIN)
