"""Speech that is made once and shared by many tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from tests.speech.espeak import Voice
from tests.speech.grammar import held_out_sentences
from tests.speech.streams import Speech, mixed_stream, say


class SpeechMaker:
    """Makes speech and remembers it, so that tests of one run share it.

    What it gives is shared: copy `samples` before writing into them (they are read-only).
    """

    @staticmethod
    @cache
    def say(
        text: str,
        language: str,
        voice: Voice | None = None,
        lead_s: float = 0.3,
        trail_s: float = 0.5,
    ) -> Speech:
        """The text, with silence around it."""
        return _frozen(say(text, language, voice, lead_s=lead_s, trail_s=trail_s))

    def sentence(self, language: str, seed: int = 0) -> Speech:
        """One sentence that the Whisper fixture was not trained on, with silence around it."""
        return self.say(next(held_out_sentences(language, seed)), language)

    def stream(
        self,
        language: str,
        seconds: float,
        pause: tuple[float, float] = (0.5, 1.2),
        seed: int = 0,
    ) -> Speech:
        """Sentences with pauses, exactly `seconds` long."""
        return self.mixed((language,), seconds, pause, seed)

    @staticmethod
    def mixed(
        languages: Sequence[str],
        seconds: float,
        pause: tuple[float, float] = (0.5, 1.2),
        seed: int = 0,
    ) -> Speech:
        """Sentences of several languages in random order, with pauses."""
        return _mixed(tuple(languages), seconds, pause, seed)


def _frozen(speech: Speech) -> Speech:
    speech.samples.flags.writeable = False
    return speech


@cache
def _mixed(
    languages: tuple[str, ...], seconds: float, pause: tuple[float, float], seed: int
) -> Speech:
    return _frozen(mixed_stream(languages, seconds, pause, seed))
