"""What is known of the utterance that is being said: what the stack judges its words by.

Runs on the recogniser's thread.
"""

from __future__ import annotations

from desktop.engine.asr.hallucination import Context, HallucinationStack
from desktop.engine.audio.feed import AudioFeed
from desktop.engine.vad.segmenter import SpeechSegmenter
from desktop.engine.vad.tones import LONGEST_S, steadiness
from desktop.events import SAMPLE_RATE_HZ

LONGEST_PHRASE = 200  # characters of an utterance that may still be an invented phrase


class Utterance:
    """The words committed in it and the sound behind them, one utterance after the other.

    Args:
        feed: the track's sound.
        segmenter: what the voice detector says of the utterance; only read here.
        stack: says what it wants to know.
    """

    def __init__(
        self, feed: AudioFeed, segmenter: SpeechSegmenter, stack: HallucinationStack
    ) -> None:
        self._feed = feed
        self._segmenter = segmenter
        self._stack = stack
        self._text = ""  # its first LONGEST_PHRASE characters
        self._least_s = 0.0  # what all of it takes to say at least

    def clear(self) -> None:
        """An utterance begins."""
        self._text = ""
        self._least_s = 0.0

    def note(self, text: str) -> None:
        """Keeps of committed text what the stack asks for, however long it gets."""
        self._least_s += self._stack.least_s(text)
        self._text = (self._text + text)[:LONGEST_PHRASE]

    def context(self) -> Context:
        """What is known of it now."""
        speech = self._segmenter
        return Context(
            speech_s=(speech.speech_end - speech.start) / SAMPLE_RATE_HZ,
            voice_probability=speech.mean_probability,
            before=self._text,
            steadiness=self._steadiness(),
            before_s=self._least_s,
        )

    def _steadiness(self) -> float:
        """Of the utterance so far, whatever the window begins with."""
        if not self._stack.asks_for_steadiness(self._segmenter.mean_probability):
            return 0.0
        end = self._segmenter.speech_end
        start = max(self._segmenter.start, end - round(LONGEST_S * SAMPLE_RATE_HZ))
        return steadiness(self._feed.read(start, end - start))
