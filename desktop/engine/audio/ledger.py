"""Where every sample of a track went, to the sample.  Thread-safe, bounded, no I/O.

Capture reports what came in and what is missing, recognition reports what it has dealt with.  The
sums always hold: captured + gaps = timeline and transcribed + silence + pending = timeline.
"""

from __future__ import annotations

import threading
from bisect import bisect_left

from desktop.events import LedgerUpdated, Track

EARLY_REPORTS = 16  # more than one recogniser can be ahead by


class TrackLedger:
    """The accounts of one track.  The first report about a sample wins."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._lock = threading.Lock()
        self._captured = 0
        self._gaps = 0
        self._transcribed = 0
        self._silence = 0
        self._frontier = 0  # everything before it is dealt with
        self._ahead: list[tuple[int, int]] = []  # dealt-with stretches beyond the frontier
        self._early: list[tuple[int, int, bool]] = []  # dealt with before capture booked them

    def captured(self, count: int) -> None:
        """`count` more samples of sound lie on the timeline."""
        with self._lock:
            self._captured += count
            self._catch_up()

    def gap(self, count: int) -> None:
        """`count` more samples of the timeline have no sound."""
        with self._lock:
            self._gaps += count
            self._catch_up()

    def transcribed(self, start: int, end: int) -> None:
        """Samples ``[start, end)`` went through the recogniser as speech."""
        with self._lock:
            self._book(start, end, speech=True)

    def silence(self, start: int, end: int) -> None:
        """Samples ``[start, end)`` hold no speech."""
        with self._lock:
            self._book(start, end, speech=False)

    def snapshot(self) -> LedgerUpdated:
        """The accounts at this moment."""
        with self._lock:
            timeline = self._captured + self._gaps
            return LedgerUpdated(
                track=self._track,
                timeline_samples=timeline,
                captured_samples=self._captured,
                gap_samples=self._gaps,
                transcribed_samples=self._transcribed,
                silence_samples=self._silence,
                pending_samples=timeline - self._transcribed - self._silence,
            )

    def _book(self, start: int, end: int, *, speech: bool) -> None:
        timeline = self._captured + self._gaps
        if end > timeline:  # sound can be read a moment before it is booked
            self._early = [*self._early, (max(start, timeline), end, speech)][-EARLY_REPORTS:]
        count = self._claim(start, end)
        if speech:
            self._transcribed += count
        else:
            self._silence += count

    def _catch_up(self) -> None:
        early, self._early = self._early, []
        for start, end, speech in early:
            self._book(start, end, speech=speech)

    def _claim(self, start: int, end: int) -> int:
        """Marks what is still unclaimed of ``[start, end)`` and returns how much that was."""
        start = max(start, self._frontier)
        end = min(end, self._captured + self._gaps)
        if start >= end:
            return 0
        ahead = self._ahead
        first = bisect_left(ahead, start, key=lambda stretch: stretch[1])
        last = first
        claimed, merged_start, merged_end = end - start, start, end
        while last < len(ahead) and ahead[last][0] <= end:
            low, high = ahead[last]
            claimed -= max(0, min(end, high) - max(start, low))
            merged_start, merged_end = min(merged_start, low), max(merged_end, high)
            last += 1
        ahead[first:last] = [(merged_start, merged_end)]
        if ahead[0][0] <= self._frontier:
            self._frontier = ahead.pop(0)[1]
        return claimed
