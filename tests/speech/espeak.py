"""Speaks a text through libespeak-ng and tells when each word and phoneme was spoken.

The library has one global state, so a lock lets one caller at a time in.  Its thread lives only
within a call.
"""

from __future__ import annotations

import _ctypes
import ctypes
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000
_ESPEAK_RATE_HZ = 22_050
_LIBRARY = "libespeak-ng.so.1"
_VOICE_NAMES = {"en": "en-us", "ko": "ko"}

# Names and values of espeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS = 1
_PARAMETER_RATE, _PARAMETER_PITCH = 1, 3
_CHARS_UTF8 = 1
_EVENT_LIST_TERMINATED, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7

_QUIET_AMPLITUDE = 0.004
_MARGIN_SAMPLES = 160


class EspeakMissingError(RuntimeError):
    """libespeak-ng is not installed."""


class SpokenWord(NamedTuple):
    """A word as written (with its punctuation) and when it is heard."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak: espeak's variant ("" or e.g. "f2"), words a minute, pitch 0-99."""

    variant: str = ""
    rate_wpm: int = 165
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech without silence around it.

    Attributes:
        samples: float32 mono 16 kHz, within [-1, 1].
        words: the text split at white space; the times meet, from 0 to the end.
        phonemes: espeak's phoneme mnemonics with their times.
    """

    samples: Samples
    words: tuple[SpokenWord, ...]
    phonemes: tuple[SpokenWord, ...]


class _EventId(ctypes.Union):
    _fields_ = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_SynthCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Mark(NamedTuple):
    """A word (text = "") or phoneme event: character position in the text, sample at 22,050 Hz."""

    kind: int
    position: int
    sample: int
    text: str


class _Espeak:
    """A freshly loaded library: `with _Espeak() as espeak`, one at a time.

    The library keeps the phase of its vibrato and more in static variables that nothing resets,
    so the same text sounds different the second time.  Unloading it (10 ms) makes speech the
    same whatever was said before.
    """

    _alone = threading.Lock()

    def __init__(self) -> None:
        self._library: Any = None
        self._pieces: list[NDArray[np.int16]] = []
        self._marks: list[_Mark] = []
        self._callback = _SynthCallback(self._collect)

    def __enter__(self) -> Self:
        self._alone.acquire()
        try:
            self._start()
        except BaseException:
            self._alone.release()
            raise
        return self

    def _start(self) -> None:
        try:
            self._library = ctypes.CDLL(_LIBRARY)
        except OSError as error:
            raise EspeakMissingError(
                f"{_LIBRARY} is not installed; install it with: apt-get install espeak-ng"
            ) from error
        rate_hz = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, None, _INITIALIZE_PHONEME_EVENTS
        )
        if rate_hz != _ESPEAK_RATE_HZ:
            raise EspeakMissingError(f"espeak-ng did not start (returned {rate_hz})")
        self._library.espeak_SetSynthCallback(self._callback)

    def __exit__(self, *exc_info: object) -> None:
        # Terminate ends the library's own thread, which must not run in unloaded code.
        self._library.espeak_Terminate()
        _ctypes.dlclose(self._library._handle)
        self._alone.release()

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if count > 0 and wave:
            self._pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while (event := events[index]).type != _EVENT_LIST_TERMINATED:
            if event.type in (_EVENT_WORD, _EVENT_PHONEME):
                name = event.id.string.decode("latin1") if event.type == _EVENT_PHONEME else ""
                self._marks.append(_Mark(event.type, event.text_position, event.sample, name))
            index += 1
        return 0

    def speak(
        self, text: str, language: str, voice: Voice
    ) -> tuple[NDArray[np.int16], list[_Mark]]:
        name = _VOICE_NAMES[language] + (f"+{voice.variant}" if voice.variant else "")
        encoded = text.encode() + b"\0"
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise EspeakMissingError(f"espeak-ng has no voice {name!r}")
        self._library.espeak_SetParameter(_PARAMETER_RATE, voice.rate_wpm, 0)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, voice.pitch, 0)
        status = self._library.espeak_Synth(encoded, len(encoded), 0, 1, 0, _CHARS_UTF8, None, None)
        if status != 0:
            raise RuntimeError(f"espeak_Synth returned {status} for {text!r}")
        self._library.espeak_Synchronize()
        return np.concatenate(self._pieces), self._marks

    def version(self) -> str:
        self._library.espeak_Info.restype = ctypes.c_char_p
        return str(self._library.espeak_Info(None).decode())


def espeak_version() -> str:
    """Version of the library.

    Raises:
        EspeakMissingError: libespeak-ng or its voices are not installed.
    """
    with _Espeak() as espeak:
        return espeak.version()


@cache
def _polyphase_taps(up: int, down: int) -> NDArray[np.float32]:
    """Windowed-sinc low pass split in `up` phases, (up, taps): as scipy.signal.resample_poly."""
    half = 10 * max(up, down)
    positions = np.arange(-half, half + 1)
    prototype = np.sinc(positions / max(up, down)) * np.kaiser(2 * half + 1, 5.0)
    prototype *= up / prototype.sum()
    taps = -(-len(prototype) // up)
    padded = np.zeros(taps * up)
    padded[: len(prototype)] = prototype
    return np.ascontiguousarray(padded.reshape(taps, up).T[:, ::-1], dtype=np.float32)


def resample(samples: Samples, up: int, down: int) -> Samples:
    """Changes the sample rate by up / down with a polyphase filter without delay."""
    taps = _polyphase_taps(up, down)
    half = 10 * max(up, down)
    count = -(-len(samples) * up // down)
    places = np.arange(count) * down + half  # in the (imagined) signal with up - 1 zeros between
    padded = np.pad(samples, (taps.shape[1] - 1, half // up + 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps.shape[1])
    return np.asarray(
        np.einsum("ij,ij->i", windows[places // up], taps[places % up]), dtype=np.float32
    )


def _speech_bounds(samples: Samples) -> tuple[int, int]:
    """First and last sample of the audible part, with 10 ms of margin."""
    loud = np.convolve(np.abs(samples), np.ones(160) / 160, "same") > _QUIET_AMPLITUDE
    if not loud.any():
        return 0, len(samples)
    first, last = int(np.argmax(loud)), len(loud) - int(np.argmax(loud[::-1]))
    return max(0, first - _MARGIN_SAMPLES), min(len(samples), last + _MARGIN_SAMPLES)


def _word_times(
    text: str, marks: list[_Mark], offset_s: float, duration_s: float
) -> tuple[SpokenWord, ...]:
    """Times of the words of `text`; words that espeak joins share theirs by length."""
    words = text.split()
    places, place = [], 0
    for word in words:
        place = text.index(word, place)
        places.append(place)
        place += len(word)
    starts: dict[int, float] = {0: 0.0}
    for mark in marks:
        if mark.kind == _EVENT_WORD:
            index = sum(place <= mark.position - 1 for place in places) - 1
            start_s = min(max(mark.sample / _ESPEAK_RATE_HZ - offset_s, 0.0), duration_s)
            starts.setdefault(max(index, 0), start_s)
    known = [*sorted(starts), len(words)]
    times = [*(starts[index] for index in known[:-1]), duration_s]
    lengths = np.cumsum([0, *map(len, words)])
    bounds = np.interp(lengths, lengths[known], times)
    return tuple(
        SpokenWord(word, float(start_s), float(end_s))
        for word, start_s, end_s in zip(words, bounds[:-1], bounds[1:], strict=True)
    )


def synthesise(text: str, language: str, voice: Voice | None = None) -> Utterance:
    """Speaks `text` ("en" or "ko").

    Raises:
        EspeakMissingError: libespeak-ng or the voice is not installed.
    """
    with _Espeak() as espeak:
        pcm, marks = espeak.speak(text, language, voice or Voice())
    samples = resample(pcm.astype(np.float32) / np.float32(32_768), 320, 441)
    first, last = _speech_bounds(samples)
    samples = samples[first:last]
    offset_s, duration_s = first / SAMPLE_RATE_HZ, len(samples) / SAMPLE_RATE_HZ
    phonemes = [mark for mark in marks if mark.kind == _EVENT_PHONEME]
    edges = [
        min(max(mark.sample / _ESPEAK_RATE_HZ - offset_s, 0.0), duration_s) for mark in phonemes
    ]
    edges.append(duration_s)
    return Utterance(
        samples=samples,
        words=_word_times(text, marks, offset_s, duration_s),
        phonemes=tuple(
            SpokenWord(mark.text, start_s, end_s)
            for mark, start_s, end_s in zip(phonemes, edges[:-1], edges[1:], strict=True)
        ),
    )
