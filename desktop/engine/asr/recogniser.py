"""The recogniser protocol: a window of sound in, words with times and evidence out.

Two adapters stand behind it: `WhisperRecogniser` (faster-whisper) and `BasicRecogniser`
(PocketSphinx, bundled, English only).  Called from one thread at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.errors import RecogniserError
from desktop.events import Word

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecogniserInfo:
    """What is loaded and where it runs."""

    model: str
    device: str  # "cpu" | "cuda"
    compute_type: str
    languages: tuple[str, ...]  # ISO 639-1; empty = multilingual
    basic: bool = False


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """One window to decode.

    Args:
        samples: float32 mono 16 kHz, at most 30 s.
        start_sample: position of the window on the track's timeline; lets an incremental
            recogniser continue where it stopped when the window only grew at its end.
        language: ISO 639-1 code; None lets the recogniser detect it.
        prompt: text said before the window, for spelling and style; may be empty.
        prefix: text already committed inside the window; decoding continues after it.
        final: the window ends in silence or at the end of the track: nothing follows.
        thorough: nobody waits for the answer (a file): search wider.
    """

    samples: NDArray[np.float32]
    start_sample: int = 0
    language: str | None = None
    prompt: str = ""
    prefix: str = ""
    final: bool = False
    thorough: bool = False


@dataclass(frozen=True, slots=True)
class Decoding:
    """The decoder's answer.  Word times are seconds from the start of the window.

    `words` holds only what follows the request's prefix.  `avg_logprob` is the mean log
    probability of the decoded tokens, `no_speech_prob` Whisper's own estimate (0 where the
    recogniser has none).  `cut_off`: the decoder ran out of room before it found the end; the last
    word may be half a word, and what was said after it is missing.
    """

    words: tuple[Word, ...]
    language: str
    language_probability: float
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float = 1.0
    token_probabilities: tuple[float, ...] = field(default=())
    cut_off: bool = False

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


class Recogniser(Protocol):
    """Turns windows of sound into words."""

    @property
    def info(self) -> RecogniserInfo: ...

    def decode(self, request: DecodeRequest) -> Decoding:
        """Decodes one window.

        Raises:
            RecogniserError: the decoder failed on this window (the audio is kept by the caller).
        """

    def language_probabilities(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        """Probability a language over at most 30 s of speech."""

    def close(self) -> None:
        """Frees the model's memory.  Idempotent."""


def decoder_failure(error: Exception) -> RecogniserError:
    """What a decoder raised, in words for people."""
    if isinstance(error, RecogniserError):
        return error
    _log.error("the decoder broke", exc_info=error)
    return RecogniserError(
        f"The model failed unexpectedly: {type(error).__name__}: {error}.",
        hint="The sound is kept; the log says more.",
        code="recogniser.decode",
    )
