"""Streams of spoken sentences with pauses, whose words and times are known."""

from __future__ import annotations

import random
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.speech.espeak import SAMPLE_RATE_HZ, SpokenWord, Voice, synthesise
from tests.speech.grammar import held_out_sentences

Samples = NDArray[np.float32]

_VARIANTS = ("", "", "f2")
_RATES_WPM = (150, 165, 180)
_PITCHES = (42, 50, 58)


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """A sentence and when it is heard, seconds from the start of its `Speech`."""

    text: str
    language: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Speech:
    """Sound with the truth about it.

    Attributes:
        samples: float32 mono 16 kHz.
        words: all words in order; times are seconds from the start of `samples`.
        sentences: all sentences in order.
    """

    samples: Samples
    words: tuple[SpokenWord, ...]
    sentences: tuple[SpokenSentence, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)

    def text_between(self, start_s: float, end_s: float) -> str:
        """The words that lie wholly within the given times."""
        return " ".join(
            word.text for word in self.words if word.start_s >= start_s and word.end_s <= end_s
        )


def random_voice(rng: random.Random) -> Voice:
    """One of the voices that the Whisper fixture was trained on."""
    return Voice(rng.choice(_VARIANTS), rng.choice(_RATES_WPM), rng.choice(_PITCHES))


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)


def say(
    text: str,
    language: str,
    voice: Voice | None = None,
    *,
    lead_s: float = 0.3,
    trail_s: float = 0.5,
) -> Speech:
    """One sentence with silence before and after it.

    Raises:
        EspeakMissingError: libespeak-ng is not installed.
    """
    spoken = synthesise(text, language, voice)
    lead = _silence(lead_s)
    offset_s = len(lead) / SAMPLE_RATE_HZ
    words = tuple(
        SpokenWord(word, start_s + offset_s, end_s + offset_s)
        for word, start_s, end_s in spoken.words
    )
    return Speech(
        samples=np.concatenate((lead, spoken.samples, _silence(trail_s))),
        words=words,
        sentences=(SpokenSentence(text, language, words[0].start_s, words[-1].end_s),),
    )


def join(parts: Iterable[Speech]) -> Speech:
    """The parts one after the other, their times moved."""
    samples: list[Samples] = [_silence(0)]
    words: list[SpokenWord] = []
    sentences: list[SpokenSentence] = []
    position = 0
    for part in parts:
        offset_s = position / SAMPLE_RATE_HZ
        samples.append(part.samples)
        words += [SpokenWord(w.text, w.start_s + offset_s, w.end_s + offset_s) for w in part.words]
        sentences += [
            SpokenSentence(s.text, s.language, s.start_s + offset_s, s.end_s + offset_s)
            for s in part.sentences
        ]
        position += len(part.samples)
    return Speech(np.concatenate(samples), tuple(words), tuple(sentences))


def mixed_stream(
    languages: Sequence[str],
    seconds: float,
    pause: tuple[float, float] = (0.5, 1.2),
    seed: int = 0,
) -> Speech:
    """Sentences in random order of language until the stream is exactly `seconds` long.

    Sentences are ones that the Whisper fixture was not trained on, each with its own voice;
    before each is a pause of a length within `pause`; after the last is silence.  The same
    arguments give the same sound.

    Raises:
        EspeakMissingError: libespeak-ng is not installed.
    """
    rng = random.Random(f"{languages} {seed}")
    sources = {language: held_out_sentences(language, seed) for language in languages}
    parts: list[Speech] = []
    left_s = seconds
    while True:
        language = rng.choice(languages)
        sentence = next(sources[language])
        part = say(sentence, language, random_voice(rng), lead_s=rng.uniform(*pause), trail_s=0.0)
        if part.duration_s + min(pause[0], 0.5) > left_s:
            break
        parts.append(part)
        left_s -= part.duration_s
    speech = join(parts)
    missing = round(seconds * SAMPLE_RATE_HZ) - len(speech.samples)
    padded = np.concatenate((speech.samples, np.zeros(missing, dtype=np.float32)))
    return Speech(padded, speech.words, speech.sentences)


def speech_stream(
    language: str, seconds: float, pause: tuple[float, float] = (0.5, 1.2), seed: int = 0
) -> Speech:
    """`mixed_stream` in one language."""
    return mixed_stream((language,), seconds, pause, seed)


def with_noise(speech: Speech, noise: Samples) -> Speech:
    """The same speech with noise (repeated as needed) added to it."""
    repeated = np.resize(noise, len(speech.samples))
    return Speech(speech.samples + repeated, speech.words, speech.sentences)


def write_wav(path: Path, samples: Samples) -> None:
    """Writes 16 kHz mono 16-bit PCM."""
    pcm = (np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(pcm.tobytes())
