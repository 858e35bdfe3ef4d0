"""Held notes against voices and noise."""

from __future__ import annotations

import numpy as np
import pytest
from speech import sounds

from desktop.engine.vad.tones import LONGEST_S, SHORTEST_S, steadiness
from desktop.events import SAMPLE_RATE_HZ

MUSIC = 0.2  # what the stack takes for music


def voiced(seconds: float, pitch_hz: np.ndarray) -> np.ndarray:
    """Twenty harmonics of a pitch that may change from sample to sample."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE_HZ
    harmonics = sum(np.sin(k * phase) / k for k in range(1, 21))
    noise = np.random.default_rng(0).normal(0.0, 0.01, len(pitch_hz))
    assert len(pitch_hz) == round(seconds * SAMPLE_RATE_HZ)
    return np.asarray(0.1 * harmonics + noise, dtype=np.float32)


def times_s(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def test_held_notes_are_steady_and_a_gliding_voice_is_not() -> None:
    notes = np.repeat([220.0, 262.0, 330.0, 294.0], SAMPLE_RATE_HZ)  # one a second
    gliding = 160.0 + 50.0 * np.sin(2 * np.pi * 1.3 * times_s(4.0))
    assert steadiness(voiced(4.0, notes)) > 2 * MUSIC
    assert steadiness(voiced(4.0, gliding)) < MUSIC


@pytest.mark.parametrize("level_dbfs", [-50.0, -20.0])
def test_noise_has_no_steady_tones(level_dbfs: float) -> None:
    assert abs(steadiness(sounds.white_noise(4.0, level_dbfs))) < MUSIC / 2
    assert abs(steadiness(sounds.pink_noise(4.0, level_dbfs))) < MUSIC / 2


def test_too_little_sound_and_silence_say_nothing() -> None:
    note = voiced(SHORTEST_S, np.full(round(SHORTEST_S * SAMPLE_RATE_HZ), 220.0))
    assert steadiness(note[:-1]) == 0.0
    assert steadiness(note) > MUSIC
    assert steadiness(sounds.silence(4.0)) == pytest.approx(0.0, abs=1e-6)


def test_only_the_recent_sound_is_looked_at() -> None:
    noise = sounds.white_noise(LONGEST_S, -20.0)
    note = voiced(4.0, np.full(4 * SAMPLE_RATE_HZ, 220.0))
    assert steadiness(np.concatenate([note, noise])) == steadiness(noise)
