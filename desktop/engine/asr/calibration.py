"""May this model be given short windows?  Asked once per model and machine, answered by trying.

CTranslate2's encoder takes fewer than 30 s of frames, at a fraction of the cost, but a model never
saw such input in training.  So the built-in sample speech is decoded both ways, and short windows
are used only where the text stays the same to the letter.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from desktop.engine.asr.hypothesis import normalise
from desktop.engine.asr.recogniser import DecodeRequest, Decoding
from desktop.engine.asr.whisper import WhisperRecogniser
from desktop.engine.audio.feed import Samples
from desktop.engine.audio.media import load_media
from desktop.events import SAMPLE_RATE_HZ
from desktop.paths import RESOURCES

_log = logging.getLogger(__name__)

SAMPLES = RESOURCES / "speech"
_CUTS = (1.0, 0.6)  # whole, and ending in the middle of a word, as live windows do
_VERSION = 1


def sample_speech(folder: Path = SAMPLES) -> Mapping[str, tuple[Samples, ...]]:
    """The built-in speech by language, float32 mono 16 kHz."""
    clips: dict[str, tuple[Samples, ...]] = {}
    for path in sorted(folder.glob("*.flac")):
        language = path.stem.split("-")[0]
        clips[language] = (*clips.get(language, ()), load_media(path))
    return clips


def bears_short_windows(
    recogniser: WhisperRecogniser, clips: Mapping[str, tuple[Samples, ...]] | None = None
) -> bool:
    """Decodes the sample speech with full and with short windows and compares the texts.

    Raises:
        RecogniserError: the model failed on the sample speech.
    """
    options = recogniser.options
    full = recogniser.with_options(replace(options, short_windows=False))
    short = recogniser.with_options(replace(options, short_windows=True))
    heard = False
    for language, recordings in (clips or sample_speech()).items():
        if recogniser.info.languages and language not in recogniser.info.languages:
            continue
        for recording in recordings:
            for cut in _CUTS:
                samples = recording[: int(len(recording) * cut)]
                request = DecodeRequest(samples=samples, language=language)
                expected, found = full.decode(request), short.decode(request)
                heard = heard or bool(expected.text.strip())
                if not _same(expected, found, whole=cut == 1.0):
                    seconds = len(samples) / SAMPLE_RATE_HZ
                    _log.info("short windows change %s at %.1f s; not used", language, seconds)
                    return False
    return heard


def _same(expected: Decoding, found: Decoding, *, whole: bool) -> bool:
    """The texts agree; where the sound was cut, the word at the cut is a guess either way."""
    if whole:
        return normalise(expected.text) == normalise(found.text)
    a = [normalise(word.text) for word in expected.words]
    b = [normalise(word.text) for word in found.words]
    settled = min(len(a), len(b)) - 1
    return abs(len(a) - len(b)) <= 1 and a[: max(settled, 0)] == b[: max(settled, 0)]


def calibrated(recogniser: WhisperRecogniser, path: Path, cache: Path) -> bool:
    """`bears_short_windows`, remembered in the JSON file `cache` for this very model file."""
    info = recogniser.info
    weights = (path / "model.bin").stat()
    key = f"{path.name}|{weights.st_size}|{weights.st_mtime_ns}|{info.device}|{info.compute_type}"
    known = _read(cache)
    if key in known:
        return known[key]
    try:
        answer = bears_short_windows(recogniser)
    except Exception as error:  # noqa: BLE001 - whatever fails here, captions must begin
        _log.warning("the calibration failed, full windows are used: %r", error)
        return False
    _write(cache, {**known, key: answer})
    return answer


def _read(cache: Path) -> dict[str, bool]:
    try:
        stored = json.loads(cache.read_text(encoding="utf-8"))
        if stored.get("version") == _VERSION:
            return {str(k): bool(v) for k, v in stored["short_windows"].items()}
    except (OSError, ValueError, AttributeError, KeyError):
        pass  # nothing remembered yet, or nothing that can be used
    return {}


def _write(cache: Path, answers: Mapping[str, bool]) -> None:
    temporary = cache.with_suffix(".new")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"version": _VERSION, "short_windows": dict(answers)}, indent=1)
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, cache)
    except OSError as error:
        _log.warning("the calibration was not remembered: %s", error)
