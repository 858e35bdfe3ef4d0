"""From probabilities to utterances."""

from __future__ import annotations

import numpy as np
import pytest

from desktop.engine.vad.detector import FRAME_SAMPLES
from desktop.engine.vad.segmenter import Edge, SegmenterOptions, SpeechSegmenter
from desktop.engine.vad.silero import SileroDetector
from tests.speech import SpeechMaker, sounds
from tests.speech.espeak import Voice

FRAME_S = FRAME_SAMPLES / 16_000


def push(segmenter: SpeechSegmenter, probability: float, seconds: float) -> list[Edge]:
    edges = [segmenter.push(probability) for _ in range(round(seconds / FRAME_S))]
    return [edge for edge in edges if edge is not Edge.NONE]


def test_an_utterance_from_onset_to_end() -> None:
    segmenter = SpeechSegmenter(SegmenterOptions())
    assert push(segmenter, 0.1, 1.0) == []
    onset = segmenter.position
    assert push(segmenter, 0.9, 1.0) == [Edge.CONFIRMED]
    assert segmenter.start == onset - round(0.3 * 16_000)
    assert not segmenter.pausing
    speech_end = segmenter.position
    assert push(segmenter, 0.1, 0.3) == []
    assert segmenter.pausing
    assert push(segmenter, 0.1, 0.3) == [Edge.ENDED]
    assert segmenter.speech_end == speech_end
    assert segmenter.mean_probability > 0.89
    assert not segmenter.active


def test_a_click_is_discarded() -> None:
    segmenter = SpeechSegmenter(SegmenterOptions())
    push(segmenter, 0.9, 0.1)
    assert push(segmenter, 0.0, 0.5) == [Edge.DISCARDED]


@pytest.mark.parametrize(("probability", "edge"), [(0.9, Edge.CONFIRMED), (0.7, Edge.DISCARDED)])
def test_a_short_word_counts_where_the_detector_is_sure(probability: float, edge: Edge) -> None:
    segmenter = SpeechSegmenter(SegmenterOptions())
    assert edge in push(segmenter, probability, 0.2) + push(segmenter, 0.0, 0.5)


@pytest.mark.parametrize(("word", "language"), [("네", "ko"), ("예", "ko"), ("go", "en")])
def test_a_quick_answer_is_an_utterance(speech: SpeechMaker, word: str, language: str) -> None:
    """A fifth of a second: what people say most often when they are asked."""
    said = speech.say(word, language, Voice(rate_wpm=230), lead_s=1.0, trail_s=1.0)
    room = sounds.pink_noise(len(said.samples) / 16_000 + 0.1, -60.0)[: len(said.samples)]
    segmenter = SpeechSegmenter(SegmenterOptions())
    found = SileroDetector().probabilities(np.asarray(said.samples + room, dtype=np.float32))
    assert (found >= 0.5).sum() < 8
    edges = [segmenter.push(float(probability)) for probability in found]
    assert [edge for edge in edges if edge is not Edge.NONE] == [Edge.CONFIRMED, Edge.ENDED]


def test_hysteresis_keeps_soft_speech() -> None:
    segmenter = SpeechSegmenter(SegmenterOptions())
    assert push(segmenter, 0.9, 0.5) == [Edge.CONFIRMED]
    assert push(segmenter, 0.4, 2.0) == []
    assert segmenter.active


def test_the_next_utterance_reaches_into_silence_but_not_into_speech() -> None:
    segmenter = SpeechSegmenter(SegmenterOptions(end_silence_s=0.1))
    push(segmenter, 0.9, 0.5)
    before = segmenter.speech_end
    push(segmenter, 0.0, 0.13)
    push(segmenter, 0.9, 0.5)
    assert segmenter.start == before


def test_a_hum_below_the_threshold_does_not_become_a_long_onset() -> None:
    """Otherwise the first window would hold more than the recogniser can take."""
    segmenter = SpeechSegmenter(SegmenterOptions())
    push(segmenter, 0.6, 0.04)
    assert Edge.DISCARDED in push(segmenter, 0.4, 60.0)
    push(segmenter, 0.9, 0.5)
    assert segmenter.confirmed
    assert segmenter.position - segmenter.start < 3 * 16_000


def test_the_end_of_the_track() -> None:
    segmenter = SpeechSegmenter(SegmenterOptions(), position=100)
    assert segmenter.finish() is Edge.NONE
    push(segmenter, 0.9, 0.1)
    assert segmenter.start == 100
    assert segmenter.finish() is Edge.DISCARDED
    push(segmenter, 0.9, 0.5)
    assert segmenter.finish() is Edge.ENDED


def test_the_onset_is_where_speech_began_whatever_the_pad_reaches() -> None:
    segmenter = SpeechSegmenter(SegmenterOptions(), position=100)
    push(segmenter, 0.9, 0.1)
    assert (segmenter.onset, segmenter.start) == (100, 100)
