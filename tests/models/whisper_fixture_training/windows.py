"""Training windows: sentences with pauses, cut where a streaming decoder would cut them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.models.whisper_fixture_training.corpus import (
    MELS,
    POSITIONS_PER_SECOND,
    QUIET,
    Clip,
)
from tests.models.whisper_fixture_training.vocabulary import encode
from tests.speech.grammar import LANGUAGES

MAX_POSITIONS = 1_500
_HEARD_SHARE = 0.85  # a word cut by the window's end counts when this much of it is inside
_START_SLACK_S, _END_SLACK_S = 0.06, 0.04
_AGAIN_SHARE = 0.12  # sentences that repeat one of the last two, as people do


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """The tokens of one word and when it is heard."""

    tokens: tuple[int, ...]
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Sentence:
    words: list[TokenSpan]
    cut: bool = False  # the window ends before the sentence does

    @property
    def start_s(self) -> float:
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        return self.words[-1].end_s


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder hears and what is said in it.

    Attributes:
        mel: (2 * positions, 80), log10 power without noise.
        phoneme_classes, word_classes: (positions,), 0 = none.
        sentences: those with at least one word inside; times from the start of the window.
        before: tokens of what was said just before the window.
    """

    language: str
    mel: NDArray[np.float32]
    phoneme_classes: NDArray[np.int64]
    word_classes: NDArray[np.int64]
    sentences: list[Sentence] = field(default_factory=list)
    before: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Track:
    """A stream being put together, one encoder position = 20 ms."""

    mel: list[NDArray[np.float32]] = field(default_factory=list)
    phonemes: list[NDArray[np.int64]] = field(default_factory=list)
    words: list[NDArray[np.int64]] = field(default_factory=list)
    sentences: list[list[TokenSpan]] = field(default_factory=list)
    clips: list[_LabelledClip] = field(default_factory=list)
    positions: int = 0

    def add_silence(self, seconds: float) -> None:
        count = round(seconds * POSITIONS_PER_SECOND)
        self.mel.append(np.full((2 * count, MELS), QUIET, np.float32))
        self.phonemes.append(np.zeros(count, np.int64))
        self.words.append(np.zeros(count, np.int64))
        self.positions += count


@dataclass(frozen=True, slots=True)
class _LabelledClip:
    clip: Clip
    tokens: list[tuple[int, ...]]
    phoneme_classes: NDArray[np.int64]
    word_classes: NDArray[np.int64]


class WindowMaker:
    """Makes random windows from clips."""

    def __init__(self, clips: Sequence[Clip], rng: random.Random) -> None:
        self._rng = rng
        self._phonemes: dict[tuple[str, str], int] = {}
        self._words: dict[tuple[str, str], int] = {}
        self._clips: dict[str, list[_LabelledClip]] = {language: [] for language in LANGUAGES}
        for clip in clips:
            self._clips[clip.language].append(self._label(clip))

    @property
    def phoneme_count(self) -> int:
        """Number of phoneme classes, with 0 = none."""
        return len(self._phonemes) + 1

    @property
    def word_count(self) -> int:
        """Number of word classes, with 0 = none."""
        return len(self._words) + 1

    def _label(self, clip: Clip) -> _LabelledClip:
        count = len(clip.mel) // 2
        phonemes, words = np.zeros(count, np.int64), np.zeros(count, np.int64)
        for name, start_s, end_s in clip.phonemes:
            index = self._phonemes.setdefault((clip.language, name), len(self._phonemes) + 1)
            phonemes[_position(start_s) : _position(end_s)] = index
        for name, start_s, end_s in clip.words:
            key = (clip.language, name.strip(".?").lower())
            index = self._words.setdefault(key, len(self._words) + 1)
            words[_position(start_s) : _position(end_s)] = index
        return _LabelledClip(clip, [encode(" " + w.text) for w in clip.words], phonemes, words)

    def no_speech(self, max_s: float) -> Window:
        """Silence (noise is added later)."""
        rng = self._rng
        longest = max_s if rng.random() < 0.4 else min(5.0, max_s)
        track = _Track()
        track.add_silence(rng.uniform(0.3, longest))
        return Window(
            rng.choice(LANGUAGES), track.mel[0], track.phonemes[0], track.words[0], [], []
        )

    def single(self) -> Window:
        """One whole sentence with a little silence around it."""
        rng = self._rng
        language, track = rng.choice(LANGUAGES), _Track()
        track.add_silence(0.0 if rng.random() < 0.12 else rng.uniform(0.0, 0.9))
        self._add_sentence(track, language)
        track.add_silence(0.0 if rng.random() < 0.3 else rng.uniform(0.0, 1.2))
        return _cut(track, language, 0, min(track.positions, MAX_POSITIONS))

    def stream(self, min_s: float, max_s: float) -> Window:
        """A window of the given length out of a longer stream.

        It starts at the stream's start, at a word or anywhere, and ends in a pause or anywhere.
        """
        rng = self._rng
        wanted = round(rng.uniform(min_s, max_s) * POSITIONS_PER_SECOND)
        language, track = rng.choice(LANGUAGES), _Track()
        kind = rng.random()
        skip = 0 if kind < 0.3 else round(rng.uniform(0.0, 6.0) * POSITIONS_PER_SECOND)
        track.add_silence(rng.uniform(0.0, 0.9) if rng.random() < 0.85 else rng.uniform(0.0, 3.0))
        while not track.sentences or track.positions < skip + wanted:
            self._add_sentence(track, language)
            track.add_silence(
                rng.uniform(0.15, 1.3) if rng.random() < 0.9 else rng.uniform(1.3, 4.0)
            )
        start = skip
        if kind > 0.65:
            starts = [_position(w.start_s) for s in track.sentences for w in s]
            start = min(starts, key=lambda place: abs(place - skip))
        end = min(start + wanted, track.positions, start + MAX_POSITIONS)
        if rng.random() < 0.4:  # end in a pause
            ends = [_position(s[-1].end_s) + rng.randint(0, 25) for s in track.sentences]
            ends = [place for place in ends if start + 50 <= place <= end]
            end = ends[-1] if ends else end
        return _cut(track, language, start, max(end, start + 20))

    def _add_sentence(self, track: _Track, language: str) -> None:
        again = track.clips[-2:] if self._rng.random() < _AGAIN_SHARE else []
        labelled = self._rng.choice(again or self._clips[language])
        track.clips.append(labelled)
        count, offset_s = len(labelled.phoneme_classes), track.positions / POSITIONS_PER_SECOND
        track.mel.append(
            labelled.clip.mel[: 2 * count].astype(np.float32) + self._rng.gauss(0, 0.1)
        )
        track.phonemes.append(labelled.phoneme_classes)
        track.words.append(labelled.word_classes)
        track.sentences.append(
            [
                TokenSpan(tokens, offset_s + word.start_s, offset_s + word.end_s)
                for tokens, word in zip(labelled.tokens, labelled.clip.words, strict=True)
            ]
        )
        track.positions += count

    def prompt(self, window: Window) -> list[int]:
        """Tokens of an earlier text: what came before, other sentences, or words and strangers."""
        rng = self._rng
        kind = rng.random()
        if kind < 0.35 and window.before:
            tokens = list(window.before)
            if rng.random() < 0.7:
                tokens = self._sentences(window.language, rng.randint(0, 150)) + tokens
        else:
            other = rng.random() < 0.1
            language = rng.choice(LANGUAGES) if other else window.language
            wanted = rng.randint(1, 60) if rng.random() < 0.5 else rng.randint(60, 223)
            tokens = self._sentences(language, wanted)[-wanted:]
            if rng.random() < 0.15:
                rng.shuffle(tokens)
            if rng.random() < 0.25:
                share = rng.uniform(0.02, 0.5)
                tokens = [-1 if rng.random() < share else token for token in tokens]
        return tokens[-223:]

    def _sentences(self, language: str, tokens_at_least: int) -> list[int]:
        tokens: list[int] = []
        while len(tokens) < tokens_at_least:
            clip = self._rng.choice(self._clips[language])
            tokens += [token for word in clip.tokens for token in word]
        return tokens


def _position(seconds: float) -> int:
    return round(seconds * POSITIONS_PER_SECOND)


def _cut(track: _Track, language: str, start: int, end: int) -> Window:
    """The part of the track between two encoder positions."""
    from_s, to_s = start / POSITIONS_PER_SECOND, end / POSITIONS_PER_SECOND
    sentences: list[Sentence] = []
    before: list[int] = []
    for spans in track.sentences:
        inside = []
        for span in spans:
            if span.start_s <= from_s - _START_SLACK_S:
                before += span.tokens
            elif _is_heard(span, to_s):
                inside.append(
                    TokenSpan(
                        span.tokens, max(span.start_s - from_s, 0.0), min(span.end_s, to_s) - from_s
                    )
                )
        if inside:
            sentences.append(Sentence(inside, cut=to_s <= spans[-1].end_s - 0.02))
    return Window(
        language=language,
        mel=np.concatenate(track.mel)[2 * start : 2 * end],
        phoneme_classes=np.concatenate(track.phonemes)[start:end],
        word_classes=np.concatenate(track.words)[start:end],
        sentences=sentences,
        before=before,
    )


def _is_heard(span: TokenSpan, to_s: float) -> bool:
    heard_s = min(span.end_s, to_s) - span.start_s
    return span.end_s < to_s + _END_SLACK_S or heard_s > _HEARD_SHARE * (span.end_s - span.start_s)
