"""The decoder of the basic recogniser: what it feeds and what it starts anew."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from desktop.engine.asr.recogniser import DecodeRequest
from desktop.engine.asr.sphinx import SphinxDecoder
from desktop.errors import RecogniserError
from tests.speech import SpeechMaker


def test_a_growing_window_feeds_only_what_is_new(speech: SpeechMaker) -> None:
    decoder = SphinxDecoder()
    start = 5 * 16_000  # past the first measurements of the mean
    sentence = speech.sentence("en", seed=3).samples
    first = np.concatenate((np.zeros(start, np.float32), sentence))
    whole = decoder.decode(DecodeRequest(first, start_sample=7))
    assert decoder._fed_samples == len(first)
    grown = np.concatenate((first, np.zeros(8000, np.float32)))
    more = decoder.decode(DecodeRequest(grown, start_sample=7))
    assert decoder._fed_samples == len(grown)
    assert whole
    half = len(whole) // 2
    assert [word.text for word in more[:half]] == [word.text for word in whole[:half]]
    decoder.close()


def test_closed_is_a_clear_error() -> None:
    decoder = SphinxDecoder()
    decoder.close()
    decoder.close()
    with pytest.raises(RecogniserError, match="closed"):
        decoder.decode(DecodeRequest(np.zeros(16_000, np.float32)))


def test_import_is_light() -> None:
    code = "import sys, desktop.engine.asr.sphinx; print('pocketsphinx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
