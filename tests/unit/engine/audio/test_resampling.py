"""Device sound to 16 kHz mono: right pitch, no seams, nothing but numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from desktop.engine.audio.resampling import StreamResampler, clean
from desktop.errors import AudioError


def tone(rate_hz: int, seconds: float, hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(
        np.float32
    )


def through(resampler: StreamResampler, samples: np.ndarray, block: int) -> np.ndarray:
    pieces = [resampler.process(samples[i : i + block]) for i in range(0, len(samples), block)]
    return np.concatenate([*pieces, resampler.flush()])


def pitch_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 18))
    return float(spectrum.argmax() * 16_000 / (1 << 18))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("vary", [True, False])
def test_any_rate_keeps_pitch_length_and_loudness(rate_hz: int, vary: bool) -> None:
    """faults: A29"""
    out = through(StreamResampler(rate_hz, vary=vary), tone(rate_hz, 1.0), rate_hz // 80)
    assert len(out) == pytest.approx(16_000, abs=2)
    middle = out[2_000:14_000]
    assert pitch_hz(middle) == pytest.approx(440.0, abs=0.5)
    assert float(np.sqrt(np.mean(middle**2))) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_the_block_size_does_not_matter() -> None:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, 48_000).astype(np.float32)
    whole = through(StreamResampler(48_000), sound, 48_000)
    pieces = through(StreamResampler(48_000), sound, 577)
    np.testing.assert_allclose(pieces, whole, atol=1e-5)


def test_a_correction_changes_the_length_and_does_not_click() -> None:
    """faults: A30"""
    resampler = StreamResampler(48_000)
    sound = tone(48_000, 4.0)
    pieces, expected = [], 0.0
    for number, start in enumerate(range(0, len(sound), 600)):
        correction = 0.002 if number % 40 < 20 else -0.001
        resampler.set_correction(correction)
        pieces.append(resampler.process(sound[start : start + 600]))
        expected += 200 * (1 + correction)
    out = np.concatenate([*pieces, resampler.flush()])
    assert len(out) == pytest.approx(expected, abs=4)
    steps = np.abs(np.diff(out[200:-300]))
    assert steps.max() < 0.5 * 2 * np.pi * 442 / 16_000 * 1.02


def test_a_stream_starts_anew_after_a_flush() -> None:
    resampler = StreamResampler(44_100)
    first = through(resampler, tone(44_100, 0.5), 441)
    second = through(resampler, tone(44_100, 0.5), 441)
    np.testing.assert_allclose(first, second, atol=1e-6)
    assert len(resampler.flush()) == 0


def test_exact_sixteen_kilohertz_passes_untouched() -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, 1_000).astype(np.float32)
    np.testing.assert_array_equal(through(StreamResampler(16_000, vary=False), sound, 77), sound)


def test_an_impossible_rate_is_refused() -> None:
    with pytest.raises(AudioError, match="0 Hz"):
        StreamResampler(0)


def test_what_is_no_number_becomes_silence_and_is_counted() -> None:
    """faults: A31"""
    block = np.array([[0.5, 0.5], [np.nan, 0.0], [np.inf, -np.inf], [3.0, 3.0]], np.float32)
    cleaned = clean(block)
    np.testing.assert_array_equal(cleaned.samples, np.array([0.5, 0.0, 0.0, 1.0], np.float32))
    assert (cleaned.bad, cleaned.clipped, cleaned.zero) == (3, True, False)


def test_exact_zeros_are_told_from_quiet() -> None:
    """faults: A32"""
    assert clean(np.zeros((10, 2), np.float32)).zero
    assert not clean(np.full((10, 1), 1e-9, np.float32)).zero
    assert clean(np.zeros((0, 2), np.float32)).zero


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(0, 40), st.integers(1, 3)),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
    )
)
def test_whatever_comes_the_result_is_sound(block: np.ndarray) -> None:
    """faults: A31"""
    cleaned = clean(block)
    assert cleaned.samples.dtype == np.float32
    assert len(cleaned.samples) == len(block)
    assert np.isfinite(cleaned.samples).all()
    assert (np.abs(cleaned.samples) <= 1.0).all()
    assert cleaned.bad == np.count_nonzero(~np.isfinite(block))
