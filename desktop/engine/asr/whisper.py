"""The faster-whisper adapter: one window in, words with times and evidence out.

CTranslate2's three steps are called directly because a streaming decoder needs what the one-call
interface hides: decoding that continues after a committed prefix, one encoder pass shared by
decoding and alignment, and windows shorter than 30 s.  Used from one thread at a time.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop.engine.asr.recogniser import DecodeRequest, Decoding, RecogniserInfo
from desktop.errors import ModelError, RecogniserError
from desktop.events import SAMPLE_RATE_HZ, Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

_log = logging.getLogger(__name__)

FULL_FRAMES = 3_000  # 30 s of 10 ms frames: what Whisper was trained on
SAMPLES_PER_FRAME = 160
SECONDS_PER_POSITION = 0.02  # one encoder position
PROMPT_TOKENS = 223  # half of the decoder's context less one, as in OpenAI's decoder
CONTEXT_TOKENS = 448
TOKENS_PER_SECOND = 14  # well above any real speech; bounds a decoder that loops
TOKENS_AT_LEAST = 16
SHORT_WINDOW_TAIL_FRAMES = 60  # quiet frames after the sound, so that its end is not at the edge
SHORT_WINDOW_STEP_FRAMES = 100
ALIGN_MEDIAN_WIDTH = 7
THOROUGH_BEAM = 5
_CUT_CHARACTER = "\ufffd"  # what is left of a character whose bytes did not all come
_CLOSING = frozenset(".,!?:;)]}%…。、，．！？：；）］｝」』〉》”’\"'")
_OPENING = frozenset("([{「『〈《“‘¿¡（［｛")


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """How windows are decoded.

    Args:
        beam_size: of live windows; 1 = greedy.
        short_windows: encode only the frames there are, padded a little, in place of 30 s.  Real
            weights may not bear it; `calibration` decides on the user's own model.
        threads: CPU threads; 0 lets CTranslate2 choose.
    """

    beam_size: int = 1
    short_windows: bool = False
    threads: int = 1


class WhisperRecogniser:
    """A Whisper model in CTranslate2 format behind the `Recogniser` protocol."""

    def __init__(
        self,
        model: WhisperModel,
        info: RecogniserInfo,
        options: WhisperOptions,
    ) -> None:
        self._model: WhisperModel | None = model
        self._info = info
        self._options = options
        self._tokenizers: dict[str, Tokenizer] = {}

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        name: str = "",
        device: str = "cpu",
        compute_type: str = "int8",
        options: WhisperOptions | None = None,
    ) -> WhisperRecogniser:
        """Loads a CTranslate2 Whisper folder; never touches the network.

        Raises:
            ModelError: the folder is not a usable model, or the device cannot run it.
        """
        from faster_whisper import WhisperModel

        options = options or WhisperOptions()
        try:
            model = WhisperModel(
                str(path),
                device=device,
                compute_type=compute_type,
                cpu_threads=options.threads,
                num_workers=1,
                local_files_only=True,
            )
        except Exception as error:  # tokenizers raises nothing more particular than this
            raise ModelError(
                f"The model in {path} could not be loaded on {device}: {error}",
                hint="Check it with “malgeul doctor”, or remove it and download it again.",
                code="model.load",
            ) from error
        languages = () if model.model.is_multilingual else ("en",)
        info = RecogniserInfo(
            model=name or path.name,
            device=device,
            compute_type=model.model.compute_type,
            languages=languages,
        )
        return cls(model, info, options)

    @property
    def info(self) -> RecogniserInfo:
        return self._info

    @property
    def options(self) -> WhisperOptions:
        return self._options

    def with_options(self, options: WhisperOptions) -> WhisperRecogniser:
        """The same loaded model decoded in another way (the weights are shared)."""
        return WhisperRecogniser(self._loaded(), self._info, options)

    def decode(self, request: DecodeRequest) -> Decoding:
        """Encodes once, decodes after the prefix, aligns the new words (see `Recogniser`)."""
        model = self._loaded()
        try:
            features, frames = self._features(request.samples)
            encoded = model.encode(features)
            language, language_probability = self._language(encoded, request.language)
            tokenizer = self._tokenizer(language)
            prefix = tokenizer.encode(request.prefix) if request.prefix else []
            prompt = self._prompt(tokenizer, request.prompt, prefix)
            max_length = self._max_length(len(prompt), len(prefix), frames)
            result = model.model.generate(
                encoded,
                [prompt],
                beam_size=THOROUGH_BEAM if request.thorough else self._options.beam_size,
                max_length=max_length,
                return_scores=True,
                return_no_speech_prob=True,
                suppress_blank=not prefix,
                suppress_tokens=[-1],
            )[0]
            tokens = [t for t in result.sequences_ids[0] if t < tokenizer.eot]
            if prefix and tokens[: len(prefix)] == prefix:
                tokens = tokens[len(prefix) :]  # CTranslate2 repeats what follows <|notimestamps|>
            words, token_probabilities = self._align(encoded, tokenizer, prefix, tokens, frames)
        except RuntimeError as error:  # CTranslate2 reports everything this way
            raise RecogniserError(
                f"The model failed on {len(request.samples) / SAMPLE_RATE_HZ:.1f} s of sound: "
                f"{error}",
                hint="The sound is kept; choose a smaller model or the CPU if this repeats.",
                code="recogniser.decode",
            ) from error
        text = "".join(word.text for word in words)
        return Decoding(
            words=words,
            language=language,
            language_probability=language_probability,
            avg_logprob=float(result.scores[0]),
            no_speech_prob=float(result.no_speech_prob),
            compression_ratio=compression_ratio(text),
            token_probabilities=token_probabilities,
            cut_off=len(result.sequences_ids[0]) >= _room(max_length, len(prompt) - len(prefix)),
        )

    def language_probabilities(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        model = self._loaded()
        if not model.model.is_multilingual:
            return {"en": 1.0}
        try:
            features, _ = self._features(samples)
            return _languages(model.model.detect_language(model.encode(features))[0])
        except RuntimeError as error:
            raise RecogniserError(
                f"The model could not tell the language: {error}", code="recogniser.decode"
            ) from error

    def close(self) -> None:
        if self._model is not None:
            self._model.model.unload_model()
            self._model = None

    # ------------------------------------------------------------------------------ internals

    def _loaded(self) -> WhisperModel:
        if self._model is None:
            raise RecogniserError("The recogniser is closed.", code="recogniser.closed")
        return self._model

    def _features(self, samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
        """Log-mel features padded for the encoder, and how many frames are sound."""
        if not np.isfinite(samples).all():  # one NaN would silence the whole window
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        features = self._loaded().feature_extractor(np.ascontiguousarray(samples), padding=0)
        frames = min(features.shape[-1], FULL_FRAMES)
        target = FULL_FRAMES
        if self._options.short_windows:
            wanted = frames + SHORT_WINDOW_TAIL_FRAMES
            steps = -(-wanted // SHORT_WINDOW_STEP_FRAMES)
            target = min(FULL_FRAMES, steps * SHORT_WINDOW_STEP_FRAMES)
        padded = np.zeros((features.shape[0], target), dtype=np.float32)
        padded[:, :frames] = features[:, :frames]
        return padded, frames

    def _language(self, encoded: Any, wanted: str | None) -> tuple[str, float]:
        if wanted is not None:
            return wanted, 1.0
        model = self._loaded().model
        if not model.is_multilingual:
            return "en", 1.0
        probabilities = _languages(model.detect_language(encoded)[0])
        best = max(probabilities, key=probabilities.__getitem__)
        return best, probabilities[best]

    def _tokenizer(self, language: str) -> Tokenizer:
        if language not in self._tokenizers:
            from faster_whisper.tokenizer import Tokenizer

            model = self._loaded()
            self._tokenizers[language] = Tokenizer(
                model.hf_tokenizer,
                multilingual=model.model.is_multilingual,
                task="transcribe",
                language=language,
            )
        return self._tokenizers[language]

    @staticmethod
    def _prompt(tokenizer: Tokenizer, previous: str, prefix: Sequence[int]) -> list[int]:
        prompt: list[int] = []
        if previous:
            prompt.append(tokenizer.sot_prev)
            room = min(PROMPT_TOKENS, CONTEXT_TOKENS // 2 + TOKENS_AT_LEAST - len(prefix))
            tokens = tokenizer.encode(" " + previous.strip())
            prompt.extend(tokens[max(len(tokens) - max(room, 0), 0) :])
        prompt.extend(tokenizer.sot_sequence)
        prompt.append(tokenizer.no_timestamps)
        prompt.extend(prefix)
        return prompt

    @staticmethod
    def _max_length(prompt_tokens: int, prefix_tokens: int, frames: int) -> int:
        """What CTranslate2 has to be given for as many new tokens as the sound may hold.

        It ends after half of that (prefix and new tokens together), as OpenAI's decoder ends after
        half of its context, and never beyond what the prompt leaves of it.
        """
        allowed = TOKENS_AT_LEAST + round(frames / 100 * TOKENS_PER_SECOND)
        answer = prefix_tokens + allowed
        return min(CONTEXT_TOKENS, max(2 * answer, prompt_tokens + answer))

    def _align(
        self,
        encoded: Any,
        tokenizer: Tokenizer,
        prefix: list[int],
        tokens: list[int],
        frames: int,
    ) -> tuple[tuple[Word, ...], tuple[float, ...]]:
        """Word times from cross-attention (dynamic time warping inside CTranslate2)."""
        if not tokens:
            return (), ()
        text_tokens = [*prefix, *tokens]
        alignment = self._loaded().model.align(
            encoded,
            tokenizer.sot_sequence,
            [text_tokens],
            frames,
            median_filter_width=ALIGN_MEDIAN_WIDTH,
        )[0]
        pairs = np.asarray(alignment.alignments, dtype=int).reshape(-1, 2)
        jumps = np.diff(pairs[:, 0], prepend=-1).astype(bool)
        times = pairs[jumps, 1] * SECONDS_PER_POSITION  # of each token
        probabilities = np.asarray(alignment.text_token_probs, dtype=float)
        result = []
        for text, begin, end in _new_words(tokenizer, prefix, tokens):
            if end >= len(times):
                continue
            result.append(
                Word(
                    text=text,
                    start_s=float(times[begin]),
                    end_s=float(max(times[end], times[begin])),
                    probability=float(probabilities[begin:end].mean()),
                )
            )
        merged = merge_punctuation(result)
        return merged, tuple(float(p) for p in probabilities[len(prefix) :])


def _room(max_length: int, before_tokens: int) -> int:
    """After how many tokens, those of the prefix included, CTranslate2 ends for want of room.

    Args:
        max_length: as it was given.
        before_tokens: of the prompt before the prefix.
    """
    return min(max_length // 2, max_length - before_tokens + 1)


def _new_words(
    tokenizer: Tokenizer, prefix: list[int], tokens: list[int]
) -> Iterator[tuple[str, int, int]]:
    """The words that `tokens` add to `prefix`: text, first token, token after the last.

    Where the decoder goes on inside the prefix's last word ("회의" becomes "회의를"), what it adds
    is a word without a leading space, which reads on from there.
    """
    words, word_tokens = tokenizer.split_to_word_tokens([*prefix, *tokens])
    end = 0
    for text, own in zip(words, word_tokens, strict=True):
        begin, end = end, end + len(own)
        if end <= len(prefix):
            continue
        first = max(begin, len(prefix))
        said = text if first == begin else tokenizer.decode(own[first - begin :])
        said = said.replace(_CUT_CHARACTER, "")
        if said:
            yield said, first, end


def _languages(pairs: Sequence[tuple[str, float]]) -> dict[str, float]:
    """CTranslate2's ``[("<|ko|>", p), ...]`` as ``{"ko": p, ...}``."""
    return {token.strip("<|>"): float(probability) for token, probability in pairs}


def merge_punctuation(words: Sequence[Word]) -> tuple[Word, ...]:
    """Joins closing signs to the word before and opening signs to the word after.

    A sign's own time and probability say nothing about what was heard, so the word's stand.
    """
    result: list[Word] = []
    opening = ""
    for word in words:
        sign = word.text.strip()
        if sign and all(character in _CLOSING for character in sign) and result and not opening:
            last = result[-1]
            result[-1] = Word(last.text + sign, last.start_s, last.end_s, last.probability)
        elif sign and all(character in _OPENING for character in sign):
            opening += word.text
        else:
            text = opening + (word.text.lstrip() if opening else word.text)
            result.append(Word(text, word.start_s, word.end_s, word.probability))
            opening = ""
    return tuple(result)


def compression_ratio(text: str) -> float:
    """How well the text compresses; above 2.4 it repeats itself (OpenAI's decoder)."""
    encoded = text.encode("utf-8")
    return len(encoded) / len(zlib.compress(encoded)) if encoded else 1.0
