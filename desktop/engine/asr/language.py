"""Which language is spoken: locked from pooled speech, switched only on sustained evidence.

Single utterances mislead (a Korean "네" is guessed wrong four times of five), thirty seconds hardly
ever do, so probabilities are taken over the pooled speech of a track.  Pure but for the probe.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.events import SAMPLE_RATE_HZ

_log = logging.getLogger(__name__)

Probe = Callable[[NDArray[np.float32]], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class LanguageOptions:
    """When to believe the probe.

    Args:
        default: taken until there is evidence, and where the evidence is thin.
        first_s: speech needed for a first guess; nothing is decided before.
        first_probability: what the first guess must reach to overrule the default.
        lock_s: pooled speech at which the language is locked.
        switch_probability: what another language must reach ...
        switch_times: ... in so many utterances running, to replace the locked one.
    """

    default: str = "ko"
    first_s: float = 1.2
    first_probability: float = 0.7
    lock_s: float = 8.0
    switch_probability: float = 0.85
    switch_times: int = 3


class LanguageTracker:
    """One track's language.  With a `fixed` language it only says that one."""

    def __init__(self, options: LanguageOptions, probe: Probe, fixed: str | None = None) -> None:
        self._options = options
        self._probe = probe
        self._fixed = fixed
        self.language = fixed or options.default
        self.probability = 1.0 if fixed else 0.0
        self.locked = fixed is not None
        self._pool: list[NDArray[np.float32]] = []
        self._pooled = 0
        self._against = 0
        self._rival = ""

    @property
    def fixed(self) -> str:
        """The language that was set, "" where listening decides."""
        return self._fixed or ""

    def ready(self, speech: NDArray[np.float32], *, final: bool) -> bool:
        """Whether the language of this utterance is known well enough to decode it.

        Args:
            speech: the utterance so far, float32 mono 16 kHz.
            final: it is over; it is decoded in the likeliest language that is known.
        """
        if self.locked or self.probability >= self._options.first_probability:
            return True
        if not final and len(speech) < self._options.first_s * SAMPLE_RATE_HZ:
            return False
        self._decide(speech)
        return True

    def utterance(self, speech: NDArray[np.float32]) -> bool:
        """Takes a finished utterance into the pool; returns whether language or lock changed."""
        if self._fixed is not None:
            return False
        before = (self.language, self.locked)
        if self.locked:
            self._watch(speech)
        else:
            self._pool.append(speech.copy())
            self._pooled += len(speech)
            self._decide(speech[:0])
            if self._pooled >= self._options.lock_s * SAMPLE_RATE_HZ:
                self.locked = True
                self._pool.clear()
        return (self.language, self.locked) != before

    def _decide(self, speech: NDArray[np.float32]) -> None:
        """Looks at all speech so far, `speech` being the last of it, if that is enough."""
        joined = np.concatenate([*self._pool, speech])
        if len(joined) < self._options.first_s * SAMPLE_RATE_HZ:
            return  # a quick "네" would have the next utterance decoded in another language
        best, probability = self._best(joined[-30 * SAMPLE_RATE_HZ :])
        if probability >= self._options.first_probability:
            self.language, self.probability = best, probability

    def _watch(self, speech: NDArray[np.float32]) -> None:
        if len(speech) < self._options.first_s * SAMPLE_RATE_HZ:
            return
        best, probability = self._best(speech[-30 * SAMPLE_RATE_HZ :])
        if best == self.language or probability < self._options.switch_probability:
            self._against = 0
            return
        self._against = self._against + 1 if best == self._rival else 1
        self._rival = best
        if self._against >= self._options.switch_times:
            self.language, self.probability = best, probability
            self._against = 0

    def _best(self, speech: NDArray[np.float32]) -> tuple[str, float]:
        """The likeliest language; no evidence at all where the probe fails."""
        try:
            probabilities = self._probe(speech)
        except Exception as error:  # noqa: BLE001 - whatever ails the model: captions go on
            _log.warning("the language could not be looked at: %r", error)
            probabilities = {}
        if not probabilities:
            return self.language, 0.0
        best = max(probabilities, key=probabilities.__getitem__)
        return best, probabilities[best]
