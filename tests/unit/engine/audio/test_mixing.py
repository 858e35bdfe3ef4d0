"""A voice that comes twice, once upside down, is heard all the same."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from desktop.engine.audio.media import MediaReader
from desktop.engine.audio.resampling import clean
from tests.speech import SpeechMaker


@pytest.fixture
def voice(speech: SpeechMaker) -> np.ndarray:
    return np.array(speech.sentence("ko", 1).samples)


def in_blocks(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """As a device delivers it: 40 ms at a time."""
    both = np.stack([left, right], axis=1).astype(np.float32)
    return np.concatenate([clean(both[i : i + 640]).samples for i in range(0, len(both), 640)])


def loudness(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


@pytest.mark.parametrize("right", [-1.0, -0.9, -1.1])
def test_a_microphone_pair_with_one_channel_inverted(voice: np.ndarray, right: float) -> None:
    heard = in_blocks(voice, voice * right)
    assert loudness(heard) == pytest.approx(loudness(voice), rel=0.15)
    assert np.corrcoef(np.abs(heard), np.abs(voice))[0, 1] > 0.99


@pytest.mark.parametrize(("right", "share"), [(1.0, 1.0), (0.0, 0.5), (-0.3, 0.35)])
def test_other_pairs_are_mixed_as_ever(voice: np.ndarray, right: float, share: float) -> None:
    np.testing.assert_allclose(in_blocks(voice, voice * right), voice * share, atol=1e-6)


def test_noise_beside_a_silent_channel_stays_what_it_is() -> None:
    noise = np.random.default_rng(1).normal(0, 1e-5, 6_400).astype(np.float32)
    np.testing.assert_allclose(in_blocks(noise, -noise), np.zeros(6_400), atol=1e-9)


def test_a_file_with_one_channel_inverted(voice: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "inverted.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 16_000, 0, "NONE", ""))
        file.writeframes((np.stack([voice, -voice], axis=1) * 32_767).astype("<i2").tobytes())
    with MediaReader(path) as media:
        heard = np.concatenate(list(media))
    assert loudness(heard) == pytest.approx(loudness(voice), rel=0.02)
