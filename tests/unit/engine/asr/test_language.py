"""When a language is believed, locked and switched."""

from __future__ import annotations

import numpy as np

from desktop.engine.asr.language import LanguageOptions, LanguageTracker
from desktop.errors import RecogniserError


def speech(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * 16_000), dtype=np.float32)


class Probe:
    """Says what it is told to say."""

    def __init__(self, **probabilities: float) -> None:
        self.probabilities = probabilities
        self.lengths: list[int] = []

    def __call__(self, samples: np.ndarray) -> dict[str, float]:
        self.lengths.append(len(samples))
        return self.probabilities


def test_a_fixed_language_asks_nobody() -> None:
    probe = Probe(ko=1.0)
    tracker = LanguageTracker(LanguageOptions(), probe, fixed="en")
    assert tracker.ready(speech(0.1), final=False)
    assert not tracker.utterance(speech(9))
    assert (tracker.language, tracker.fixed, tracker.locked) == ("en", "en", True)
    assert probe.lengths == []


def test_nothing_is_decided_on_too_little_speech() -> None:
    tracker = LanguageTracker(LanguageOptions(), Probe(en=0.9, ko=0.1))
    assert not tracker.ready(speech(1.0), final=False)
    assert tracker.ready(speech(1.3), final=False)
    assert tracker.language == "en"


def test_a_quick_answer_says_nothing_of_what_follows() -> None:
    probe = Probe(ja=0.9, ko=0.1)
    tracker = LanguageTracker(LanguageOptions(), probe)
    assert tracker.ready(speech(0.8), final=True)
    assert not tracker.utterance(speech(0.8))
    assert tracker.language == "ko"
    probe.probabilities = {"en": 0.9}
    assert tracker.ready(speech(1.3), final=False)
    assert tracker.language == "en", "the quick one is looked at together with what follows"
    assert probe.lengths == [round(2.1 * 16_000)]


def test_thin_evidence_leaves_the_default() -> None:
    tracker = LanguageTracker(LanguageOptions(), Probe(en=0.5, ko=0.4))
    assert tracker.ready(speech(1.5), final=True)
    assert tracker.language == "ko"


def test_enough_speech_locks_and_only_sustained_evidence_switches() -> None:
    probe = Probe(ko=0.95, en=0.05)
    tracker = LanguageTracker(LanguageOptions(), probe)
    assert tracker.utterance(speech(4)) is False
    assert tracker.utterance(speech(5)) is True
    assert (tracker.language, tracker.locked) == ("ko", True)
    probe.probabilities = {"en": 0.95}
    assert not tracker.utterance(speech(1.0))  # too short to say anything
    assert not tracker.utterance(speech(2))
    assert not tracker.utterance(speech(2))
    probe.probabilities = {"ko": 0.9}
    assert not tracker.utterance(speech(2))
    probe.probabilities = {"en": 0.95}
    assert [tracker.utterance(speech(2)) for _ in range(3)] == [False, False, True]
    assert tracker.language == "en"


def test_at_most_thirty_seconds_are_looked_at() -> None:
    probe = Probe(ko=0.9)
    tracker = LanguageTracker(LanguageOptions(lock_s=100.0), probe)
    for _ in range(5):
        tracker.utterance(speech(20))
    assert max(probe.lengths) == 30 * 16_000


def test_a_failing_probe_is_no_evidence() -> None:
    def probe(_: np.ndarray) -> dict[str, float]:
        raise RecogniserError("no")

    tracker = LanguageTracker(LanguageOptions(), probe)
    assert tracker.ready(speech(2), final=True)
    assert tracker.language == "ko"
