"""English from PocketSphinx, with the model inside its wheel: what the basic recogniser does.

It holds Python's global lock while it decodes, for seconds on a busy machine: it works in a process
of its own (`basic_child`), or sound capture and the window would stand still.  Thread: one at a
time.

While a window grows, only its new samples are decoded.  The cepstral mean decides most of the
accuracy (measured on 17 read English clips: 46 % word errors with the decoder's own start value,
29 % with the utterance's own), so short windows are decoded as a whole until a mean is known,
and a finished utterance that is not too long is decoded once more as a whole.
"""

from __future__ import annotations

import logging
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop.engine.asr.recogniser import DecodeRequest
from desktop.errors import ModelError, RecogniserError
from desktop.events import SAMPLE_RATE_HZ, Word

if TYPE_CHECKING:
    import pocketsphinx

_log = logging.getLogger(__name__)

_FEED_SAMPLES = SAMPLE_RATE_HZ // 2  # more than about 8 s in one call crashes PocketSphinx 5.1.1
_FRAMES_PER_S = 100
_SHORTEST_SAMPLES = SAMPLE_RATE_HZ // 10  # the features need some frames to start with
_WHOLE_LIMIT_SAMPLES = 15 * SAMPLE_RATE_HZ  # longer utterances keep what streaming found
_MEASURE_SAMPLES = 4 * SAMPLE_RATE_HZ  # less sound gives no mean to rely on
_SILENCE_LEVEL = 20.0  # mean of 16-bit amplitudes, -64 dBFS
_FILLER = re.compile(r"^[<\[+].*[>\]+]$")  # <s>, <sil>, [SPEECH], ++NOISE++
_VARIANT = re.compile(r"\(\d+\)$")  # "and(2)" is a pronunciation of "and"
_CAPITALS = {"i": "I", "i'm": "I'm", "i've": "I've", "i'll": "I'll", "i'd": "I'd"}
_UNKNOWN_PROBABILITY = 0.5  # posteriors exist only for finished utterances
_LOWEST_PROBABILITY = 0.05  # a lattice posterior of 1e-9 says "unsure", not "impossible"
_JOIN_TOLERANCE_S = 0.05
# The beams that keep real time on a slow core; the second pass costs time and gains nothing here.
_OPTIONS: dict[str, Any] = {
    "samprate": float(SAMPLE_RATE_HZ),
    "loglevel": "FATAL",
    "fwdflat": False,
    "remove_noise": False,  # no gain measured, and its state would outlive the utterance
    "maxhmmpf": 5000,
    "maxwpf": 10,
}


class SphinxDecoder:
    """Windows of sound to English words, continuing where the last window ended.

    Raises:
        ModelError: PocketSphinx or its model is missing or damaged.
    """

    def __init__(self) -> None:
        self._decoder: pocketsphinx.Decoder | None = _open_decoder()
        self._running = False
        self._start_sample = 0
        self._fed_samples = 0
        self._measured_samples = 0  # length of sound behind the cepstral mean in force
        self._words: list[Word] = []  # of the last decode, times on the track's timeline
        self._prefix = ""
        self._prefix_end_s = 0.0  # on the track's timeline

    def decode(self, request: DecodeRequest) -> list[Word]:
        """What follows the prefix; continues the last window where this one only grew at its end.

        Word times are seconds from the start of the window.

        Raises:
            RecogniserError: the decoder failed; the next window starts afresh.
        """
        decoder = self._decoder
        if decoder is None:
            raise RecogniserError("The basic recogniser is closed.", code="recogniser.closed")
        start_s = request.start_sample / SAMPLE_RATE_HZ
        self._follow_prefix(request.prefix, start_s)
        if len(request.samples) < _SHORTEST_SAMPLES:
            return []
        pcm = _to_pcm(request.samples)
        try:
            found = self._advance(decoder, pcm, request)
        except (RuntimeError, ValueError) as error:
            self._abandon(decoder)
            length_s = len(pcm) / SAMPLE_RATE_HZ
            raise RecogniserError(
                f"The basic recogniser failed on {length_s:.1f} s of sound: {error}.",
                hint="The sound is kept; choose another model to transcribe it again.",
            ) from error
        self._words = [_moved(word, start_s) for word in found]
        return self._after_prefix(found, request.prefix, start_s)

    def close(self) -> None:
        """Frees the model's memory.  Idempotent."""
        if self._decoder is not None:
            self._abandon(self._decoder)
        self._decoder = None

    def _advance(
        self, decoder: pocketsphinx.Decoder, pcm: NDArray[np.int16], request: DecodeRequest
    ) -> list[Word]:
        unsure = self._measured_samples < _MEASURE_SAMPLES
        short = len(pcm) <= (_WHOLE_LIMIT_SAMPLES if request.final else _MEASURE_SAMPLES)
        if short and (unsure or request.final):
            return self._decode_whole(decoder, pcm)
        if unsure:
            self._decode_whole(decoder, pcm[-_MEASURE_SAMPLES:])
        grew = (
            self._running
            and request.start_sample == self._start_sample
            and len(pcm) >= self._fed_samples
        )
        if not grew:
            self._abandon(decoder)
            decoder.start_utt()
            self._running, self._start_sample, self._fed_samples = True, request.start_sample, 0
        for start in range(self._fed_samples, len(pcm), _FEED_SAMPLES):
            decoder.process_raw(pcm[start : start + _FEED_SAMPLES].tobytes())
        self._fed_samples = len(pcm)
        if request.final:
            decoder.end_utt()
            self._running = False
        return _words(decoder, finished=request.final)

    def _decode_whole(self, decoder: pocketsphinx.Decoder, pcm: NDArray[np.int16]) -> list[Word]:
        """Decodes sound with its own mean, which then serves the windows that follow."""
        self._abandon(decoder)
        decoder.start_utt()
        self._running = True
        decoder.process_raw(pcm.tobytes(), full_utt=True)
        mean = decoder.get_cmn(False)
        decoder.end_utt()
        self._running = False
        if len(pcm) >= min(_MEASURE_SAMPLES, self._measured_samples):
            self._keep_mean(decoder, mean, pcm)
        return _words(decoder, finished=True)

    def _keep_mean(self, decoder: pocketsphinx.Decoder, mean: str, pcm: NDArray[np.int16]) -> None:
        """Puts the mean in force unless it was measured on silence, which says nothing."""
        audible = float(np.abs(pcm).mean()) > _SILENCE_LEVEL
        if audible and all(math.isfinite(float(value)) for value in mean.split(",")):
            decoder.set_cmn(mean)
            self._measured_samples = len(pcm)

    def _abandon(self, decoder: pocketsphinx.Decoder) -> None:
        if self._running:
            self._running = False
            try:
                decoder.end_utt()
            except RuntimeError as error:
                _log.debug("end of an abandoned utterance: %s", error)

    def _follow_prefix(self, prefix: str, start_s: float) -> None:
        """Finds where the committed words end, from the decode that they came from.

        A later decode may cut the same sound into other words; time alone says which of them
        are committed.
        """
        if prefix == self._prefix:
            return
        self._prefix, self._prefix_end_s = prefix, 0.0
        count = len(prefix.split())
        inside = [word for word in self._words if word.end_s > start_s + _JOIN_TOLERANCE_S]
        if 0 < count <= len(inside):
            self._prefix_end_s = inside[count - 1].end_s

    def _after_prefix(self, found: list[Word], prefix: str, start_s: float) -> list[Word]:
        count = len(prefix.split())
        if not count:
            return found
        if self._prefix_end_s <= start_s:
            return found[count:]
        end_s = self._prefix_end_s - start_s
        return [word for word in found if (word.start_s + word.end_s) / 2 > end_s]


def _open_decoder() -> pocketsphinx.Decoder:
    hint = "Install Malgeul again (the package pocketsphinx carries this model)."
    try:
        import pocketsphinx

        return pocketsphinx.Decoder(**_OPTIONS)
    except ImportError as error:
        raise ModelError(
            "The basic recogniser is missing: pocketsphinx is not installed.", hint=hint
        ) from error
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"The basic recogniser does not load: {error}.", hint=hint) from error


def _to_pcm(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    pcm: NDArray[np.int16] = (np.clip(finite, -1.0, 1.0) * 32767.0).astype("<i2")
    return pcm


def _words(decoder: pocketsphinx.Decoder, *, finished: bool) -> list[Word]:
    """The decoder's words, times from the start of the utterance; silences and noises left out."""
    if decoder.hyp() is None:
        return []
    found: list[Word] = []
    for segment in decoder.seg():
        if _FILLER.match(segment.word):
            continue
        plain = _VARIANT.sub("", segment.word)
        probability = float(segment.prob) if finished else _UNKNOWN_PROBABILITY
        found.append(
            Word(
                text=f" {_CAPITALS.get(plain, plain)}",
                start_s=segment.start_frame / _FRAMES_PER_S,
                end_s=(segment.end_frame + 1) / _FRAMES_PER_S,
                probability=min(1.0, max(_LOWEST_PROBABILITY, probability)),
            )
        )
    return found


def _moved(word: Word, by_s: float) -> Word:
    return Word(word.text, word.start_s + by_s, word.end_s + by_s, word.probability)
