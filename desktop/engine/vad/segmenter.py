"""Speech probabilities -> spans of speech, with hysteresis, as they arrive.  Pure, no I/O.

The rules are Silero's (enter at `threshold`, stay until below `threshold - 0.15`), with two levels
of silence: a short one after which the words so far are complete (`pausing`), and a longer one
that ends the utterance.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from desktop.engine.vad.detector import FRAME_SAMPLES
from desktop.events import SAMPLE_RATE_HZ

_LONGEST_ONSET_SAMPLES = 2 * SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class SegmenterOptions:
    """Durations in seconds, thresholds as probabilities.

    Args:
        threshold: a frame from here on is speech ...
        hysteresis: ... and while it lasts, one that is this much below.
        min_speech_s: less speech than this is taken for a noise ...
        short_speech_s: ... or less than this, where one frame of it is `sure`: a quick "yes" or
            "네" is hardly longer than a door that falls shut, which no detector is sure of.
        pause_s: silence after which the words so far are complete.
        end_silence_s: silence that ends the utterance.
        pad_s: sound before the onset that belongs to it.
    """

    threshold: float = 0.5
    hysteresis: float = 0.15
    min_speech_s: float = 0.25
    short_speech_s: float = 0.15
    sure: float = 0.85
    pause_s: float = 0.24
    end_silence_s: float = 0.5
    pad_s: float = 0.3


class Edge(Enum):
    """What one frame changed."""

    NONE = auto()
    CONFIRMED = auto()  # enough speech to be worth decoding
    ENDED = auto()  # silence long enough: the utterance is over
    DISCARDED = auto()  # too short to be speech


class SpeechSegmenter:
    """Follows one track frame by frame.

    Positions are samples on the track's timeline.  While `active`, `onset` is where speech began,
    `start` the same less the pad, `speech_end` the end of the last frame that was speech.
    """

    def __init__(self, options: SegmenterOptions, position: int = 0) -> None:
        self._options = options
        self._exit = max(options.threshold - options.hysteresis, 0.01)
        self.position = position
        self.active = False
        self.confirmed = False
        self.start = position
        self.onset = position
        self.speech_end = position
        self._earliest = position
        self._voiced = 0
        self._peak = 0.0
        self._probability_sum = 0.0
        self._frames = 0

    def push(self, probability: float) -> Edge:
        """Takes the next frame's probability and says what it changed."""
        self.position += FRAME_SAMPLES
        if not self.active:
            if probability < self._options.threshold:
                return Edge.NONE
            self._begin()
        if probability >= self._exit:
            self._frames += 1
            self._probability_sum += probability
            self._peak = max(self._peak, probability)
            self.speech_end = self.position
            if probability >= self._options.threshold:
                self._voiced += 1
            return self._confirm() if not self._doubtful() else self._discard()
        silence_s = self.silence_s
        if not self.confirmed:
            if silence_s >= self._options.pause_s:
                return self._discard()
            return Edge.NONE
        if silence_s >= self._options.end_silence_s:
            self._end()
            return Edge.ENDED
        return Edge.NONE

    def finish(self) -> Edge:
        """The track ends here."""
        if not self.active:
            return Edge.NONE
        was_confirmed = self.confirmed
        self._end()
        return Edge.ENDED if was_confirmed else Edge.DISCARDED

    @property
    def silence_s(self) -> float:
        """Silence since the last speech frame, in seconds."""
        return (self.position - self.speech_end) / SAMPLE_RATE_HZ

    @property
    def pausing(self) -> bool:
        """The speaker stopped long enough for the last word to be complete."""
        return self.silence_s >= self._options.pause_s

    @property
    def mean_probability(self) -> float:
        """Mean probability of the speech frames of the current or last utterance."""
        return self._probability_sum / self._frames if self._frames else 0.0

    def _begin(self) -> None:
        self.active = True
        self.confirmed = False
        self._voiced = 0
        self._peak = 0.0
        self._frames = 0
        self._probability_sum = 0.0
        self.onset = self.position - FRAME_SAMPLES
        pad = round(self._options.pad_s * SAMPLE_RATE_HZ)
        self.start = max(self._earliest, self.onset - pad)
        self.speech_end = self.position

    def _confirm(self) -> Edge:
        o = self._options
        needed_s = o.short_speech_s if self._peak >= o.sure else o.min_speech_s
        if self.confirmed or self._voiced * FRAME_SAMPLES < needed_s * SAMPLE_RATE_HZ:
            return Edge.NONE
        self.confirmed = True
        return Edge.CONFIRMED

    def _doubtful(self) -> bool:
        """A hum that hovers below the threshold for seconds is no onset of anything."""
        return not self.confirmed and self.position - self.start > _LONGEST_ONSET_SAMPLES

    def _discard(self) -> Edge:
        self._end()
        return Edge.DISCARDED

    def _end(self) -> None:
        self.active = False
        self.confirmed = False
        # the next utterance may reach back into this silence, never into this speech
        self._earliest = self.speech_end
