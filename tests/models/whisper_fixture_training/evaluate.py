"""Measures a fixture model in every way the application uses it, on sentences it never saw.

English figures are word errors, Korean ones character errors, in per cent.  Words that a window
cuts in two may be heard or not.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray

from tests.speech import sounds
from tests.speech.espeak import SAMPLE_RATE_HZ
from tests.speech.grammar import LANGUAGES, held_out_sentences
from tests.speech.score import edit_distance, units
from tests.speech.streams import Speech, random_voice, say, speech_stream, with_noise

Samples = NDArray[np.float32]
_FULL_FRAMES, _TAIL_FRAMES, _STEP_FRAMES = 3_000, 60, 100
_NO_SPEECH_THRESHOLD = 0.6


class Decoder:
    """One window in, text out: greedy, without timestamps, after an optional prompt and prefix."""

    def __init__(self, folder: Path, compute_type: str) -> None:
        self.model = WhisperModel(
            str(folder), device="cpu", compute_type=compute_type, cpu_threads=1
        )
        self._tokenizers = {
            language: Tokenizer(self.model.hf_tokenizer, True, task="transcribe", language=language)
            for language in LANGUAGES
        }

    def encode(self, samples: Samples, *, short: bool) -> object:
        """The encoder's states of 30 s, or only of the sound and a short tail."""
        features = self.model.feature_extractor(samples, padding=0)[:, :_FULL_FRAMES]
        steps = -(-(features.shape[1] + _TAIL_FRAMES) // _STEP_FRAMES)
        frames = min(_FULL_FRAMES, steps * _STEP_FRAMES) if short else _FULL_FRAMES
        padded = np.zeros((features.shape[0], frames), np.float32)
        padded[:, : features.shape[1]] = features
        return self.model.encode(padded)

    def decode(
        self,
        samples: Samples,
        language: str,
        *,
        short: bool = False,
        prompt: str = "",
        prefix: str = "",
    ) -> tuple[str, float]:
        """-> the text after the prefix, and the probability that nobody speaks."""
        tokenizer = self._tokenizers[language]
        before = tokenizer.encode(" " + prefix) if prefix else []
        tokens = [*tokenizer.sot_sequence, tokenizer.no_timestamps, *before]
        if prompt:
            tokens = [tokenizer.sot_prev, *tokenizer.encode(" " + prompt)[-223:], *tokens]
        result = self.model.model.generate(
            self.encode(samples, short=short),
            [tokens],
            beam_size=1,
            max_length=448,
            return_no_speech_prob=True,
            suppress_blank=not before,
        )[0]
        found = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
        if before and found[: len(before)] == before:
            found = found[len(before) :]
        return tokenizer.decode(found).strip(), result.no_speech_prob

    def language(self, samples: Samples, *, short: bool) -> str:
        found = self.model.model.detect_language(self.encode(samples, short=short))[0][0][0]
        return str(found).strip("<|>")


class Window:
    """A cut out of a stream with all texts that would be right."""

    def __init__(self, stream: Speech, start_s: float, end_s: float, prefix_until_s: float) -> None:
        first, last = (round(t * SAMPLE_RATE_HZ) for t in (start_s, end_s))
        self.samples = stream.samples[first:last]
        inside = [w for w in stream.words if w.end_s > start_s and w.start_s < end_s]
        self.before = " ".join(w.text for w in stream.words if w.end_s <= start_s)
        whole = [w for w in inside if w.start_s >= start_s]
        self.prefix = " ".join(w.text for w in whole if w.end_s <= prefix_until_s)
        rest = [w for w in inside if w.end_s > prefix_until_s]
        lower = [0, 1] if rest and rest[0].start_s < start_s else [0]
        upper = [0, 1] if rest and rest[-1].end_s > end_s else [0]
        texts = [w.text for w in rest]
        self.right = [" ".join(texts[a : len(texts) - b]) for a in lower for b in upper]

    def errors(self, heard: str, language: str) -> tuple[int, int]:
        """-> errors against the nearest right text, and its length."""
        found = units(heard, language)
        wanted = [units(text, language) for text in self.right]
        return min((edit_distance(units_, found), max(1, len(units_))) for units_ in wanted)


def _singles(language: str, count: int) -> Iterator[Speech]:
    rng = random.Random(f"evaluate {language}")
    for index, text in enumerate(islice(held_out_sentences(language, seed=1_000), count)):
        spoken = say(text, language, random_voice(rng))
        loudness_dbfs = 20 * np.log10(np.sqrt(np.mean(spoken.samples**2)))
        if index % 2:
            noise = sounds.white_noise(spoken.duration_s, float(loudness_dbfs) - 22, seed=index)
            spoken = with_noise(spoken, noise)
        yield spoken


def _windows(
    language: str, seconds: float, count: int, *, anywhere: bool, prefix: bool = False
) -> list[Window]:
    """Windows at the start of streams, or cut anywhere from them."""
    rng = random.Random(f"{seconds} {language}")
    found = []
    for seed in range(count):
        stream = speech_stream(language, seconds + 8.0, seed=2_000 + seed)
        start_s = rng.uniform(1.0, 7.0) if anywhere else 0.0
        end_s = start_s + seconds
        until_s = end_s - rng.uniform(2.0, 6.0) if prefix else 0.0
        found.append(Window(stream, start_s, end_s, until_s))
    return found


class Report:
    """Runs cases in all languages and prints a line for each."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def line(self, name: str, measure: Callable[[str], str]) -> None:
        began_s = time.monotonic()
        told = "  ".join(f"{language} {measure(language):>18}" for language in LANGUAGES)
        print(f"{name:<44} {told}  ({time.monotonic() - began_s:.0f} s)", flush=True)

    def windows(
        self,
        name: str,
        make: Callable[[str], Sequence[Window]],
        *,
        short: bool,
        prompt_characters: int = 0,
    ) -> None:
        """Errors over windows; the prompt is what was said before, filled up."""

        def measure(language: str) -> str:
            total = length = 0
            filling = " ".join(islice(held_out_sentences(language, seed=77), 30))
            for window in make(language):
                prompt = ""
                if prompt_characters:
                    prompt = f"{filling} {window.before}"[-prompt_characters:]
                heard, _ = self._decoder.decode(
                    window.samples, language, short=short, prompt=prompt, prefix=window.prefix
                )
                errors, units_ = window.errors(heard, language)
                total, length = total + errors, length + units_
            return f"{100 * total / length:.2f} %"

        self.line(name, measure)

    def languages(self, count: int, *, short: bool) -> None:
        def measure(language: str) -> str:
            right = sum(
                self._decoder.language(spoken.samples, short=short) == language
                for spoken in _singles(language, count)
            )
            return f"{right} of {count}"

        self.line(f"language detection, {'short' if short else 'padded'}", measure)

    def no_speech(self, count: int) -> None:
        """How often sound without speech passes, or speech does not, at Whisper's own threshold."""
        made = {
            "silence": sounds.silence(5.0),
            "silence 30 s": sounds.silence(30.0),
            "white -26 dB": sounds.white_noise(5.0, -26.0),
            "white -60 dB": sounds.white_noise(5.0, -60.0),
            "pink -30 dB 30 s": sounds.pink_noise(30.0, -30.0),
            "hum": sounds.hum(5.0, -30.0),
            "tone": sounds.tone(5.0),
            "keyboard": sounds.keyboard(8.0),
        }

        def measure(language: str) -> str:
            prompts = ("", next(held_out_sentences(language, seed=5)))
            ways = [(short, prompt) for short in (False, True) for prompt in prompts]
            lowest, passed = 1.0, []
            for name, samples in made.items():
                for short, prompt in ways:
                    probability = self._decoder.decode(
                        samples, language, short=short, prompt=prompt
                    )[1]
                    lowest = min(lowest, probability)
                    passed += [name] if probability < _NO_SPEECH_THRESHOLD else []
            highest = max(
                self._decoder.decode(spoken.samples, language, short=short, prompt=prompt)[1]
                for spoken in _singles(language, count)
                for short, prompt in ways
            )
            return f"p >= {lowest:.2f}, speech <= {highest:.2f} {passed or ''}"

        self.line("non-speech (8 kinds, 4 ways)", measure)

        def transcribed(language: str) -> str:
            told = []
            for samples in made.values():
                segments, _ = self._decoder.model.transcribe(samples, language=language)
                told += [segment.text for segment in segments]
            return f"{len(told)} heard {told or ''}"

        self.line("non-speech, transcribe", transcribed)

    def transcribed(self, seconds: float, count: int, *, condition: bool) -> None:
        """Whole streams through faster-whisper's own loop, with its timestamps."""

        def measure(language: str) -> str:
            total = length = 0
            for seed in range(count):
                stream = speech_stream(language, seconds, seed=3_000 + seed)
                segments, _ = self._decoder.model.transcribe(
                    stream.samples, language=language, condition_on_previous_text=condition
                )
                heard = units("".join(segment.text for segment in segments), language)
                wanted = units(stream.text, language)
                total, length = total + edit_distance(wanted, heard), length + len(wanted)
            return f"{100 * total / length:.2f} %"

        told = "with" if condition else "without"
        self.line(f"transcribe {seconds:g} s, {told} previous text", measure)

    def times(self, seconds: float, count: int) -> None:
        """Distance of word starts and ends from the truth, where all words were right."""

        def measure(language: str) -> str:
            starts, ends = [], []
            for seed in range(count):
                stream = speech_stream(language, seconds, seed=4_000 + seed)
                segments, _ = self._decoder.model.transcribe(
                    stream.samples, language=language, word_timestamps=True
                )
                words = [word for segment in segments for word in segment.words or []]
                if [w.word.strip() for w in words] == [w.text for w in stream.words]:
                    pairs = list(zip(words, stream.words, strict=True))
                    starts += [abs(heard.start - said.start_s) for heard, said in pairs]
                    ends += [abs(heard.end - said.end_s) for heard, said in pairs]
            if not starts:
                return "no stream all right"
            found = [np.median(starts), np.percentile(starts, 95), np.median(ends)]
            return "/".join(f"{1_000 * x:.0f}" for x in found) + f" ms ({len(starts)})"

        self.line(f"word times {seconds:g} s (start, 95 %, end)", measure)


def evaluate(folder: Path, compute_type: str = "int8", scale: float = 1.0) -> None:
    """Prints what the model in `folder` can do.

    Args:
        folder: CTranslate2 model.
        compute_type: as for `faster_whisper.WhisperModel`.
        scale: multiplies the number of cases.
    """
    report = Report(Decoder(folder, compute_type))
    few, some, many = (max(2, round(count * scale)) for count in (4, 12, 60))
    print(f"\n{folder} ({compute_type}): word errors (en), character errors (ko)", flush=True)

    def singles(language: str) -> list[Window]:
        return [Window(s, 0.0, s.duration_s, 0.0) for s in _singles(language, many)]

    for short in (False, True):
        report.windows(f"single sentences, {'short' if short else 'padded'}", singles, short=short)
    for seconds in (12.0, 20.0, 29.0):
        for short in (False, True):
            for anywhere in (False, True):

                def cut(
                    language: str, seconds: float = seconds, anywhere: bool = anywhere
                ) -> list[Window]:
                    return _windows(language, seconds, some, anywhere=anywhere)

                place = "cut anywhere" if anywhere else "from the start"
                pad = "short" if short else "padded"
                report.windows(f"{seconds:g} s {place}, {pad}", cut, short=short)
    for seconds in (4.0, 12.0, 29.0):

        def prompted(language: str, seconds: float = seconds) -> list[Window]:
            return _windows(language, seconds, some, anywhere=True)

        name = f"{seconds:g} s cut anywhere, prompt of 200"
        report.windows(name, prompted, short=seconds < 20, prompt_characters=200)
    for seconds in (6.0, 12.0, 20.0, 29.0):

        def begun(language: str, seconds: float = seconds) -> list[Window]:
            return _windows(language, seconds, some, anywhere=True, prefix=True)

        report.windows(f"{seconds:g} s with prefix, short", begun, short=True)
        name = f"{seconds:g} s with prefix and prompt of 200, short"
        report.windows(name, begun, short=True, prompt_characters=200)
    for condition in (False, True):
        report.transcribed(75.0, few, condition=condition)
    report.times(12.0, some)
    report.times(25.0, few)
    for short in (False, True):
        report.languages(many, short=short)
    report.no_speech(some)
