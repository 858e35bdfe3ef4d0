"""Windows to tensors: noise, levels, padding as faster-whisper does it, and token sequences."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from tests.models.whisper_fixture_training.corpus import MELS, QUIET, log_mel
from tests.models.whisper_fixture_training.histories import (
    NO_TARGET,
    Item,
    Span,
    run_on,
    spoken,
    with_mistakes,
)
from tests.models.whisper_fixture_training.vocabulary import Vocabulary, encode, token_bytes
from tests.models.whisper_fixture_training.windows import (
    MAX_POSITIONS,
    TokenSpan,
    Window,
    WindowMaker,
)
from tests.speech import sounds

FULL_FRAMES = 2 * MAX_POSITIONS
PADDING_KEYS = 40  # sampled encoder positions that stand for all the padding up to 30 s
_PUNCTUATION = frozenset(encode(".") + encode("?"))
_SLACK_S, _TIMESTAMP_SLACK_S, _PUNCTUATION_SLACK_S = 0.02, 0.06, 0.08


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one training step; W windows, R >= W token rows, L tokens.

    Attributes:
        mel: (W, 80, frames), normalised as Whisper does.
        padding: encoder positions that stand for padding up to 30 s, or None.
        phonemes, words: (W, positions) classes.
        row_window: (R,) the window of each row.
        inputs, targets: (R, L) compact ids; target -1 = no loss.
        target_spans, input_spans: (R, L, 2) seconds in which the token is heard; 0, 0 = nowhere.
    """

    mel: torch.Tensor
    padding: torch.Tensor | None
    phonemes: torch.Tensor
    words: torch.Tensor
    row_window: torch.Tensor
    inputs: torch.Tensor
    targets: torch.Tensor
    target_spans: torch.Tensor
    input_spans: torch.Tensor


def _word_tokens(word: TokenSpan) -> list[tuple[int, Span]]:
    """The word's tokens with their share of its time."""
    lengths = [token_bytes(token) for token in word.tokens]
    total, done, result = sum(lengths), 0, []
    for token, length in zip(word.tokens, lengths, strict=True):
        if token in _PUNCTUATION:
            span = (word.end_s - _PUNCTUATION_SLACK_S, word.end_s + _PUNCTUATION_SLACK_S)
        else:
            per_byte_s = (word.end_s - word.start_s) / total
            span = (
                word.start_s + per_byte_s * done - _SLACK_S,
                word.start_s + per_byte_s * (done + length) + _SLACK_S,
            )
        done += length
        result.append((token, span))
    return result


def _around(seconds: float) -> Span:
    return seconds - _TIMESTAMP_SLACK_S, seconds + _TIMESTAMP_SLACK_S


class BatchMaker:
    """Makes batches from windows."""

    def __init__(
        self, maker: WindowMaker, vocabulary: Vocabulary, rng: random.Random, device: str
    ) -> None:
        self._maker = maker
        self._vocabulary = vocabulary
        self._rng = rng
        self._device = device
        self._words = range(vocabulary.first_timestamp)
        self._noises = _noises()

    def make(self, windows: Sequence[Window], *, rows: int, prompts: float, pad: str) -> Batch:
        """One batch.

        Args:
            windows: what is heard.
            rows: token rows a window, none = later; at most the first is with timestamps, the
                easier way.
            prompts: share of rows with a prompt.
            pad: "short" (a little after the longest window), "sampled" (as if padded to 30 s,
                cheaply) or "full" (padded to 30 s).
        """
        rng = self._rng
        longest = max(len(window.mel) for window in windows)
        frames = min(FULL_FRAMES, -(-(longest + rng.randint(50, 100)) // 20) * 20)
        if pad == "full":
            frames = FULL_FRAMES
        positions = frames // 2
        padding = None
        if pad == "sampled" and positions < MAX_POSITIONS - 2 * PADDING_KEYS:
            padding = torch.tensor(
                sorted(rng.sample(range(positions, MAX_POSITIONS), PADDING_KEYS)),
                device=self._device,
            )
        nothing = torch.zeros(0, device=self._device)
        heard = Batch(
            mel=self._mel(windows, frames),
            padding=padding,
            phonemes=self._classes([w.phoneme_classes for w in windows], positions),
            words=self._classes([w.word_classes for w in windows], positions),
            row_window=nothing,
            inputs=nothing,
            targets=nothing,
            target_spans=nothing,
            input_spans=nothing,
        )
        return heard if rows == 0 else self.told_again(heard, windows, rows=rows, prompts=prompts)

    def told_again(
        self, batch: Batch, windows: Sequence[Window], *, rows: int, prompts: float
    ) -> Batch:
        """The batch of the same windows with other prompts and mistakes; see `make`."""
        rng = self._rng
        sequences = [
            self._row(
                window,
                self._maker.prompt(window) if rng.random() < prompts else [],
                with_times=index == 0 and rng.random() < 0.5,
            )
            for window in windows
            for index in range(rows)
        ]
        inputs, targets, target_spans, input_spans = self._stack(sequences)
        return replace(
            batch,
            row_window=torch.arange(len(windows), device=self._device).repeat_interleave(rows),
            inputs=inputs,
            targets=targets,
            target_spans=target_spans,
            input_spans=input_spans,
        )

    def _classes(self, arrays: Sequence[NDArray[np.int64]], positions: int) -> torch.Tensor:
        stacked = np.zeros((len(arrays), positions), np.int64)
        for row, array in zip(stacked, arrays, strict=True):
            row[: len(array)] = array[:positions]
        return torch.from_numpy(stacked).to(self._device)

    def _mel(self, windows: Sequence[Window], frames: int) -> torch.Tensor:
        """Adds noise and a level, normalises, and zeroes the padding."""
        rng, count = self._rng, len(windows)
        mel = np.full((count, frames, MELS), QUIET, np.float32)
        noise = np.full((count, frames, MELS), QUIET, np.float32)
        padded = np.zeros((count, frames, 1), bool)
        level = np.zeros((count, 1, 1), np.float32)
        for index, window in enumerate(windows):
            length = min(len(window.mel), frames)
            mel[index, :length] = window.mel[:length]
            speech = bool(window.sentences)
            if rng.random() < (0.6 if speech else 0.88):
                source = rng.choice(self._noises)
                start = rng.randint(0, max(0, len(source) - length))
                piece = source[start : start + length]
                quieter = rng.uniform(1.3, 5.0) if speech else rng.uniform(0.0, 6.0)
                noise[index, : len(piece)] = piece - quieter
            if rng.random() > 0.1:  # else digital silence to the end: padded sound
                padded[index, length + (rng.random() < 0.8) :] = True
            if rng.random() < 0.4:
                level[index] = rng.uniform(-1.2, 0.6)
        loud = np.log10(np.maximum(10.0**mel + 10.0**noise, 1e-10)) + level
        loud = np.maximum(loud, QUIET)
        top = np.where(padded, QUIET, loud).max(axis=(1, 2), keepdims=True)
        normal = np.where(padded, 0.0, (np.maximum(loud, top - 8.0) + 4.0) / 4.0)
        tensor = torch.from_numpy(normal.astype(np.float32)).to(self._device)
        return tensor.transpose(1, 2).contiguous()

    def _row(self, window: Window, prompt: list[int], *, with_times: bool) -> list[Item]:
        """One token sequence: prompt, control tokens, text, end."""
        v = self._vocabulary
        before = [Item(token) for token in [v.sot_prev, *v.compact(prompt)]] if prompt else []
        language = v.languages[window.language]
        first = language if window.sentences else v.no_speech  # what Whisper says after <|sot|>
        control = [Item(v.sot), Item(language, target=first), Item(v.transcribe)]
        if not with_times:
            control.append(Item(v.no_timestamps))
        text = with_mistakes(self._text(window, with_times), self._words, self._rng)
        end_s = window.sentences[-1].end_s if window.sentences else None
        end = spoken(v.eot, None if end_s is None else (end_s - 0.02, end_s + 0.1))
        beyond = [] if with_times else run_on(text, end, self._rng)
        return [*before, *control, *text, *beyond, end]

    def _text(self, window: Window, with_times: bool) -> list[Item]:
        v = self._vocabulary
        items: list[Item] = []
        full = len(window.mel) >= FULL_FRAMES
        for sentence in window.sentences:
            if with_times:
                items.append(spoken(v.timestamp(sentence.start_s), _around(sentence.start_s)))
                if full and sentence.cut:  # Whisper gives only the start: decoded again later
                    return items
            pairs = [pair for word in sentence.words for pair in _word_tokens(word)]
            ids = v.compact([token for token, _ in pairs])
            items += [spoken(token, span) for token, (_, span) in zip(ids, pairs, strict=True)]
            if with_times:
                items.append(spoken(v.timestamp(sentence.end_s), _around(sentence.end_s)))
        if with_times and not window.sentences:
            items.append(spoken(v.timestamp(0.0), None))
        return items

    def _stack(
        self, rows: Sequence[Sequence[Item]]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        length = max(len(row) for row in rows) - 1
        inputs = np.full((len(rows), length), self._vocabulary.eot, np.int64)
        targets = np.full((len(rows), length), NO_TARGET, np.int64)
        spans = np.zeros((2, len(rows), length, 2), np.float32)
        for index, row in enumerate(rows):
            for place, (item, following) in enumerate(pairwise(row)):
                inputs[index, place] = item.token
                targets[index, place] = following.target
                for kind, span in enumerate((following.target_span, item.span)):
                    if span is not None:
                        spans[kind, index, place] = (max(0.0, span[0]), max(span[1], 0.02))
        made = [torch.from_numpy(a).to(self._device) for a in (inputs, targets, *spans)]
        return made[0], made[1], made[2], made[3]


def _noises() -> list[NDArray[np.float32]]:
    """Spectrograms of 30 s of several kinds of noise at an RMS of 0.1."""
    seconds, rate_hz = 30.0, 16_000
    white = np.random.default_rng(3).normal(size=round(seconds * rate_hz))
    spectrum = np.fft.rfft(white)
    frequencies_hz = np.fft.rfftfreq(len(white), 1 / rate_hz)
    shapes = (
        1 / (1 + (frequencies_hz / 300) ** 2),
        1 / (1 + frequencies_hz / 1_000),
        np.exp(-(((frequencies_hz - 1_000) / 800) ** 2)),
    )
    level_dbfs = 20 * math.log10(0.1)
    found = [
        sounds.white_noise(seconds, level_dbfs, seed=4),
        sounds.pink_noise(seconds, level_dbfs, seed=5),
        sounds.hum(seconds, level_dbfs) + sounds.white_noise(seconds, level_dbfs - 26, seed=6),
        sounds.keyboard(seconds, seed=7),
    ]
    for shape in shapes:
        shaped = np.fft.irfft(spectrum * shape, len(white))
        found.append((shaped / shaped.std() * 0.1).astype(np.float32))
    return [log_mel(samples).astype(np.float32) for samples in found]
