"""What each training step hears: single sentences, short and long windows, by progress."""

from __future__ import annotations

import random

from tests.models.whisper_fixture_training.batches import Batch, BatchMaker
from tests.models.whisper_fixture_training.windows import Window, WindowMaker

_SINGLES_UNTIL, _SHORT_UNTIL = 0.08, 0.3  # progress up to which windows are only so long
_PROMPTS_FROM = 0.2
_DECODER_FROM = 0.5
_NO_SPEECH_SHARE = 0.07
# Lengths of windows, and how much of a rehearsal they have.
_MIDDLE_S, _LONG_S, _FULL_S = (9.0, 20.0), (20.0, 27.0), (27.0, 30.0)
_REHEARSED_SHARES = (0.3, 0.16, 0.54)


class Mix:
    """Chooses what the next step hears, by progress."""

    def __init__(
        self, windows: WindowMaker, batches: BatchMaker, rng: random.Random, seconds: float
    ) -> None:
        self._windows, self._batches, self._rng, self._seconds = windows, batches, rng, seconds

    def next(self, progress: float) -> tuple[Batch, bool]:
        """-> the batch, and whether to train the encoder on it.

        The encoder learns within seconds; keeping the place in 30 s takes the decoder longest.
        So it has the second half nearly to itself, which is several times faster.
        """
        kind, late = self._rng.random(), progress >= _DECODER_FROM
        if progress < _SINGLES_UNTIL or kind < (0.05 if late else 0.15):
            return self._singles(progress), True
        if progress < _SHORT_UNTIL or kind < (0.25 if late else 0.5):
            return self._short(progress), not late or self._rng.random() < 0.3
        return self._long(progress), self._rng.random() < (0.15 if late else 0.5)

    def _short(self, progress: float) -> Batch:
        length_s = self._rng.uniform(1.2, 9.0)
        windows = self._streams(length_s, max(2, round(self._seconds / length_s)))
        prompts = self._prompts(progress, 0.35)
        pad = self._rng.choice(("short", "sampled"))
        return self._batches.make(windows, rows=1 if prompts else 2, prompts=prompts, pad=pad)

    def _long(self, progress: float) -> Batch:
        rng = self._rng
        length_s = rng.uniform(9.0, 30.0)
        windows = self._streams(length_s, max(3, round(self._seconds / length_s)))
        pad = rng.choice(("short", "sampled"))
        if pad == "sampled" and length_s > 20.0 and rng.random() < 0.6:
            pad = "full"
        return self._batches.make(windows, rows=3, prompts=self._prompts(progress, 0.4), pad=pad)

    def rehearsed(self) -> tuple[list[Window], Batch, int]:
        """What a rehearsal hears: mostly long windows, cut anywhere.

        -> the windows, the batch of them without text, and the rows a window.
        """
        rng, kind = self._rng, self._rng.random()
        pad, rows = rng.choice(("short", "sampled")), 3
        if kind < 0.06:
            count = max(4, round(self._seconds / 5.0))
            windows, rows = [self._windows.single() for _ in range(count)], 1
        elif kind < 0.16:
            length_s = rng.uniform(1.2, 9.0)
            windows, rows = self._streams(length_s, max(2, round(self._seconds / length_s / 2))), 1
        else:
            lengths_s = rng.choices((_MIDDLE_S, _LONG_S, _FULL_S), _REHEARSED_SHARES)[0]
            length_s = rng.uniform(*lengths_s)
            windows = self._streams(length_s, max(2, round(self._seconds / length_s)))
            if length_s > 20.0 and rng.random() < 0.5:
                pad = "full"
        return windows, self._batches.make(windows, rows=0, prompts=0.0, pad=pad), rows

    def _streams(self, length_s: float, count: int) -> list[Window]:
        shortest_s = length_s * (0.7 if length_s < _FULL_S[0] else 0.97)
        return [
            self._windows.no_speech(length_s)
            if self._rng.random() < _NO_SPEECH_SHARE
            else self._windows.stream(shortest_s, length_s * 1.02)
            for _ in range(count)
        ]

    def _singles(self, progress: float) -> Batch:
        rng = self._rng
        count = max(4, round(self._seconds / 3.5))
        windows = [
            self._windows.no_speech(6.0)
            if rng.random() < _NO_SPEECH_SHARE
            else self._windows.single()
            for _ in range(count)
        ]
        pad = "sampled" if progress > 0.05 and rng.random() < 0.6 else "short"
        prompts = self._prompts(progress, 0.2)
        return self._batches.make(windows, rows=1, prompts=prompts, pad=pad)

    def _prompts(self, progress: float, share: float) -> float:
        """Share of rows with a prompt: most or none, for rows are as long as the longest."""
        return 0.85 if progress > _PROMPTS_FROM and self._rng.random() < share else 0.0
