"""What measurements work on: the models, the streams and the larger sets beside the checkout."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from speech.streams import Speech, speech_stream

from desktop.engine.asr.basic import BasicRecogniser
from desktop.engine.asr.captioner import CaptionerOptions
from desktop.engine.asr.hallucination import StackOptions
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.asr.whisper import WhisperOptions, WhisperRecogniser
from desktop.session import captioning

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests" / "models" / "whisper-fixture"
AUDIO = ROOT.parent / "shared" / "data" / "audio"
PAUSES_S = (0.5, 1.2)
LANGUAGES = ("en", "ko")

Samples = NDArray[np.float32]


@functools.cache
def fixture(*, short_windows: bool = True) -> WhisperRecogniser:
    """The Whisper fixture, one thread, greedy.  Short windows are what calibration chooses."""
    options = WhisperOptions(short_windows=short_windows, threads=1)
    if short_windows:
        return WhisperRecogniser.load(FIXTURE, options=options)
    return fixture().with_options(options)


@functools.cache
def basic() -> BasicRecogniser:
    """The bundled recogniser."""
    return BasicRecogniser()


@functools.cache
def stream(language: str, seconds: float, seed: int) -> Speech:
    """Grammar sentences with pauses of 0.5 to 1.2 s."""
    return speech_stream(language, seconds, PAUSES_S, seed)


def captioner_options(recogniser: Recogniser, *, live: bool = True) -> CaptionerOptions:
    """What the application uses for this recogniser."""
    options = CaptionerOptions(live=live, read_s=10.0 if live else 30.0)
    if recogniser.info.basic:
        commit = captioning._BASIC_COMMIT
        options = replace(options, step_s=1.0, prompt_characters=0, commit=commit)
    return options


def stack_options(recogniser: Recogniser) -> StackOptions:
    """What the application uses for this recogniser."""
    return captioning._BASIC_STACK if recogniser.info.basic else StackOptions()


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of the larger set."""

    name: str
    kind: str
    reference: str
    samples: Samples


def clips(language: str) -> tuple[Clip, ...]:
    """All clips of a "language" of the set ("en", "nonspeech"); empty where it is absent."""
    manifest = AUDIO / "manifest.jsonl"
    if not manifest.is_file():
        return ()
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    return tuple(
        Clip(Path(row["file"]).stem, row["kind"], row.get("ref") or "", load(AUDIO / row["file"]))
        for row in rows
        if row["lang"] == language
    )


def load(path: Path) -> Samples:
    """Any audio file as 16 kHz mono."""
    from faster_whisper.audio import decode_audio

    return np.asarray(decode_audio(str(path)), dtype=np.float32)
