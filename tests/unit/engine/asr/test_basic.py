"""The bundled recogniser on synthetic and real English speech."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jiwer
import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.engine.asr.basic import BasicRecogniser
from desktop.engine.asr.recogniser import DecodeRequest, Decoding, Recogniser
from desktop.engine.audio.media import load_media
from desktop.errors import ModelError, RecogniserError

Samples = NDArray[np.float32]
# One of the few synthetic voices that this model, trained on people, understands.
VOICE = ["-v", "en-us+f5", "-s", "160"]
SENTENCE = "the president of the united states will speak to the people of america tonight"
SHARED_JFK = Path(__file__).resolve().parents[5] / "shared/data/audio/en/jfk.flac"


@pytest.fixture(scope="module")
def recogniser() -> Iterator[BasicRecogniser]:
    made = BasicRecogniser()
    yield made
    made.close()


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    if shutil.which("espeak-ng") is None:
        pytest.skip("needs espeak-ng")
    path = tmp_path_factory.mktemp("speech") / "sentence.wav"
    subprocess.run(["espeak-ng", *VOICE, "-w", path, SENTENCE], check=True)
    return load_media(path)


def _error(decoding: Decoding, truth: str = SENTENCE) -> float:
    words = re.sub(r"[^a-z' ]", " ", decoding.text.lower()).split()
    return float(jiwer.wer(truth, " ".join(words)))


def test_says_what_it_is(recogniser: Recogniser) -> None:
    assert recogniser.info.basic
    assert recogniser.info.languages == ("en",)
    assert recogniser.language_probabilities(np.zeros(100, np.float32)) == {"en": 1.0}


def test_words_with_times_and_probabilities(recogniser: Recogniser, speech: Samples) -> None:
    found = recogniser.decode(DecodeRequest(speech, final=True))
    assert _error(found) < 0.3
    assert found.language == "en"
    assert all(word.text.startswith(" ") and "(" not in word.text for word in found.words)
    assert all(0.0 < word.probability <= 1.0 for word in found.words)
    starts = [word.start_s for word in found.words]
    assert starts == sorted(starts)
    assert found.words[-1].end_s <= len(speech) / 16_000 + 0.1
    assert found.avg_logprob <= 0.0


def test_a_new_window_starts_anew(recogniser: Recogniser, speech: Samples) -> None:
    recogniser.decode(DecodeRequest(np.concatenate((speech, speech)), start_sample=0))
    found = recogniser.decode(DecodeRequest(speech, start_sample=160_000))
    assert found.words
    assert found.words[-1].end_s <= len(speech) / 16_000 + 0.1


def test_a_window_that_shrank_starts_anew(recogniser: Recogniser, speech: Samples) -> None:
    recogniser.decode(DecodeRequest(speech, start_sample=0))
    half = speech[: len(speech) // 2]
    found = recogniser.decode(DecodeRequest(half, start_sample=0))
    assert all(word.end_s <= len(half) / 16_000 + 0.1 for word in found.words)


def test_committed_words_are_left_out_by_time(recogniser: Recogniser, speech: Samples) -> None:
    partial = recogniser.decode(DecodeRequest(speech[: len(speech) * 3 // 4], start_sample=0))
    committed = partial.words[:3]
    prefix = "".join(word.text for word in committed)
    rest = recogniser.decode(DecodeRequest(speech, start_sample=0, prefix=prefix, final=True))
    assert rest.words
    assert rest.words[0].end_s > committed[-1].end_s
    # the same prefix in a window that was cut further on, as the caller trims it
    shift = int(committed[0].end_s * 16_000)
    prefix = "".join(word.text for word in committed[1:])
    cut = recogniser.decode(DecodeRequest(speech[shift:], start_sample=shift, prefix=prefix))
    assert all(w.end_s + shift / 16_000 > committed[-1].end_s for w in cut.words)


@pytest.mark.parametrize("kind", ["nothing", "short", "zeros", "nan", "noise"])
def test_sound_without_words(recogniser: Recogniser, kind: str) -> None:
    """faults: A31"""
    samples = {
        "nothing": np.zeros(0, np.float32),
        "short": np.full(500, 0.1, np.float32),
        "zeros": np.zeros(32_000, np.float32),
        "nan": np.full(32_000, np.nan, np.float32),
        "noise": np.random.default_rng(1).normal(0, 1e-3, 32_000).astype(np.float32),
    }[kind]
    for final in (False, True):
        found = recogniser.decode(DecodeRequest(samples, final=final))
        assert np.isfinite(found.avg_logprob)
        if kind != "noise":
            assert found.words == ()


def test_still_hears_after_silence_and_noise(recogniser: Recogniser, speech: Samples) -> None:
    for samples in (np.zeros(96_000, np.float32), np.full(96_000, np.nan, np.float32)):
        recogniser.decode(DecodeRequest(samples, final=True))
    found = recogniser.decode(DecodeRequest(speech, final=True))
    assert _error(found) < 0.3


def test_closed_is_a_clear_error() -> None:
    recogniser = BasicRecogniser()
    recogniser.decode(DecodeRequest(np.zeros(16_000, np.float32)))
    recogniser.close()
    recogniser.close()
    with pytest.raises(RecogniserError, match="closed"):
        recogniser.decode(DecodeRequest(np.zeros(16_000, np.float32)))


def test_the_decoder_never_enters_this_process() -> None:
    """It holds the interpreter's lock for seconds, and the sound's callback waits for that."""
    code = (
        "import sys, numpy; from desktop.engine.asr.basic import BasicRecogniser as B;"
        "from desktop.engine.asr.recogniser import DecodeRequest as R;"
        "b = B(); b.decode(R(numpy.zeros(32000, numpy.float32), final=True)); b.close();"
        "print('pocketsphinx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_decoder_that_is_killed_costs_one_window(speech: Samples) -> None:
    recogniser = BasicRecogniser()
    child = recogniser._child
    assert child is not None
    child._process.kill()
    child._process.wait()
    with pytest.raises(RecogniserError, match=r"failed on 1\.0 s of sound") as caught:
        recogniser.decode(DecodeRequest(np.zeros(16_000, np.float32)))
    assert "sound is kept" in caught.value.hint
    assert _error(recogniser.decode(DecodeRequest(speech, final=True))) < 0.3
    recogniser.close()


def test_a_decoder_that_hangs_costs_one_window() -> None:
    script = "print('{\"ready\": true}', flush=True); import time; time.sleep(600)"
    recogniser = BasicRecogniser([sys.executable, "-c", script], timeout_s=1.0)
    with pytest.raises(RecogniserError, match="its process ended"):
        recogniser.decode(DecodeRequest(np.zeros(16_000, np.float32)))
    recogniser.close()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import os; os.abort()", "its process ended"),
        ('print(\'{"error": "No model.", "hint": "Do it."}\')', "No model."),
    ],
)
def test_a_decoder_that_does_not_load_is_a_clear_error(script: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        BasicRecogniser([sys.executable, "-c", script])
    assert caught.value.hint


def test_a_decoder_that_cannot_be_started_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not load"):
        BasicRecogniser([str(tmp_path / "none")])


@pytest.mark.shared
def test_a_real_voice() -> None:
    if not SHARED_JFK.exists():
        pytest.skip("needs the shared sound files")
    recogniser = BasicRecogniser()
    found = recogniser.decode(DecodeRequest(load_media(SHARED_JFK), final=True))
    truth = (
        "and so my fellow americans ask not what your country can do for you "
        "ask what you can do for your country"
    )
    assert _error(found, truth) < 0.4
    recogniser.close()
