"""The captioner with decoders that fail, hang behind or are exchanged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from captioner_runs import Heard, Wrapped, captioner, stream

from desktop.engine.asr.captioner import CaptionerOptions
from desktop.engine.asr.recogniser import DecodeRequest, Decoding, RecogniserInfo
from desktop.engine.asr.whisper import WhisperRecogniser
from desktop.engine.audio.feed import ArrayFeed
from desktop.errors import RecogniserError
from desktop.events import (
    SAMPLE_RATE_HZ,
    SegmentSuppressed,
    Word,
)
from tests.speech import SpeechMaker, error_rate, sounds
from tests.speech.streams import join


def test_a_piece_the_decoder_fails_on_is_passed_over(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    """faults: A35"""
    first = speech.say("The deadline for the report is Friday.", "en")
    poison = speech.say("We decided to cancel the old database.", "en")
    last = speech.say("There is a problem with the website.", "en")
    made = join([first, poison, last])
    bad = (len(first.samples), len(first.samples) + len(poison.samples))

    def fail(request: DecodeRequest) -> None:
        end = request.start_sample + len(request.samples)
        if request.start_sample >= bad[0] - 8000 and end <= bad[1]:
            raise RecogniserError("boom")

    recogniser = Wrapped(whisper, fail)
    heard = stream(made.samples, recogniser)
    assert heard.failures
    for start, end in heard.failures:
        assert bad[0] - 8000 <= start < end <= bad[1]
    assert "report is Friday" in heard.text
    assert "problem with the website" in heard.text
    tries: dict[tuple[int, int], int] = {}
    for request in recogniser.requests:
        key = (request.start_sample, len(request.samples))
        tries[key] = tries.get(key, 0) + 1
    assert max(tries.values()) == 2
    assert len(heard.failures) <= 8


def test_a_decoder_that_always_fails_ends_all_the_same(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    def fail(_: DecodeRequest) -> None:
        raise RecogniserError("gone")

    made = speech.stream("en", 8.0, seed=1)
    heard = stream(made.samples, Wrapped(whisper, fail))
    assert heard.text == ""
    assert heard.failures


@pytest.mark.parametrize("kind", [ValueError, IndexError, MemoryError])
def test_a_decoder_that_breaks_in_its_own_way_is_passed_over_too(
    whisper: WhisperRecogniser, speech: SpeechMaker, kind: type[Exception]
) -> None:
    """faults: A35 - else the same piece would be tried for as long as the recording lasts."""
    first = speech.say("The deadline for the report is Friday.", "en")
    last = speech.say("There is a problem with the website.", "en")
    made = join([first, last])

    def fail(request: DecodeRequest) -> None:
        if request.start_sample < len(first.samples) - 8000:
            raise kind("odd")

    heard = stream(made.samples, Wrapped(whisper, fail))
    assert heard.failures
    assert "problem with the website" in heard.text


def test_one_failure_costs_nothing(whisper: WhisperRecogniser, speech: SpeechMaker) -> None:
    made = speech.stream("en", 8.0, seed=1)
    calls = iter(range(10_000))

    def fail(_: DecodeRequest) -> None:
        if next(calls) % 2 == 0:
            raise RecogniserError("once")

    heard = stream(made.samples, Wrapped(whisper, fail))
    assert not heard.failures
    assert error_rate(made.text, heard.text, "en") <= 0.05


def test_a_slow_decoder_takes_larger_steps_and_loses_nothing(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    """faults: A34"""
    made = speech.stream("en", 8.0, seed=1)
    usual = Wrapped(whisper)
    stream(made.samples, usual)
    slow = Wrapped(whisper)
    heard = stream(made.samples, slow, options=CaptionerOptions(step_s=0.5, step_per_cost=200.0))
    assert len(slow.requests) < len(usual.requests)
    assert error_rate(made.text, heard.text, "en") <= 0.05


def test_reads_stay_bounded_however_much_is_waiting(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    """faults: A33"""

    class Counting(ArrayFeed):
        longest = 0

        def read(self, start: int, count: int) -> np.ndarray:
            self.longest = max(self.longest, count)
            return super().read(start, count)

    made = speech.stream("en", 8.0, seed=1)
    feed, sink = Counting(np.concatenate([made.samples, sounds.silence(60.0)])), Heard()
    track = captioner(feed, whisper, sink)
    while track.step():
        pass
    assert feed.longest <= 26 * SAMPLE_RATE_HZ
    assert error_rate(made.text, sink.text, "en") <= 0.05


@pytest.mark.parametrize("at_s", [2.0, 3.1, 4.4, 6.0])
def test_another_model_goes_on_where_the_first_stopped(
    whisper: WhisperRecogniser, speech: SpeechMaker, at_s: float
) -> None:
    made = speech.stream("en", 8.0, seed=1)
    feed, sink = ArrayFeed(made.samples, revealed=0), Heard()
    first = captioner(feed, whisper, sink)
    for end in range(0, round(at_s * SAMPLE_RATE_HZ), 8_000):
        feed.reveal(end)
        while first.step():
            pass
    position = first.settle()
    assert first.finished
    second = captioner(feed, whisper, sink, start=position, told=first.told)
    feed.reveal(len(made.samples))
    while second.step():
        pass
    assert error_rate(made.text, sink.text, "en") <= 0.1
    sink.check(len(made.samples))


@pytest.mark.parametrize(("seed", "steps"), [(1, 3), (1, 5), (3, 10), (3, 12)])
@pytest.mark.parametrize("times", [1, 2])
def test_a_change_amid_speech_costs_no_word_and_doubles_none(
    whisper: WhisperRecogniser, speech: SpeechMaker, seed: int, steps: int, times: int
) -> None:
    """Where a word ends is not known exactly: the next captioner must not begin just there."""
    made = speech.stream("en", 8.0, seed=seed)
    feed, sink = ArrayFeed(made.samples, revealed=0), Heard()
    track = captioner(feed, whisper, sink)
    for end in range(0, len(made.samples), 8_000):
        feed.reveal(end)
        while steps > 0 and track.step():
            steps -= 1
    assert steps == 0
    for _ in range(times):
        track = captioner(feed, whisper, sink, start=track.settle(), told=track.told)
    feed.reveal(len(made.samples))
    while track.step():
        pass
    assert error_rate(made.text, sink.text, "en") <= 0.06
    sink.check(len(made.samples))


def test_a_language_probe_that_fails_is_no_evidence(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    class Deaf(Wrapped):
        def language_probabilities(self, samples: np.ndarray) -> dict[str, float]:
            raise RecogniserError("no")

    made = speech.stream("ko", 8.0, seed=1)
    heard = stream(made.samples, Deaf(whisper), None)
    assert error_rate(made.text, heard.text, "ko") <= 0.1


def test_a_language_probe_that_breaks_is_no_evidence(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    class Broken(Wrapped):
        def language_probabilities(self, samples: np.ndarray) -> dict[str, float]:
            raise ValueError("odd")

    made = speech.stream("ko", 8.0, seed=1)
    heard = stream(made.samples, Broken(whisper), None)
    assert error_rate(made.text, heard.text, "ko") <= 0.1


def test_times_stay_true_after_the_voice_detector_failed_once(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made = speech.stream("en", 8.0, seed=1)
    feed, sink = ArrayFeed(made.samples, revealed=0), Heard()
    track = captioner(feed, whisper, sink)
    detector = track._detector
    working, calls = detector.probabilities, iter(range(10_000))

    def sometimes(samples: np.ndarray) -> np.ndarray:
        if next(calls) % 3 == 1:
            raise RuntimeError("odd")
        return working(samples)

    detector.probabilities = sometimes  # type: ignore[method-assign]
    for end in range(0, len(made.samples) + 8_000, 8_000):
        feed.reveal(end)
        while not track.finished:
            try:
                if not track.step():
                    break
            except RuntimeError:
                continue  # the recogniser's thread tries again
    sink.check(len(made.samples))
    found = {w.text.strip(): w for w in sink.words}
    once = [w for w in made.words if w.text in found and made.text.split().count(w.text) == 1]
    assert len(once) > 3
    for spoken in once:
        assert found[spoken.text].start_s == pytest.approx(spoken.start_s, abs=0.35)


class Repeating:
    """Hears "no" every 0.3 s for two seconds, then "no7", "no8" and so on."""

    info = RecogniserInfo("repeating", "cpu", "none", ("en",))

    def decode(self, request: DecodeRequest) -> Decoding:
        start_s = request.start_sample / SAMPLE_RATE_HZ
        end_s = start_s + len(request.samples) / SAMPLE_RATE_HZ
        at_s = [0.3 * i for i in range(200)]
        spoken = [i for i, s in enumerate(at_s) if start_s + 0.2 <= s and s + 0.2 < end_s]
        before = request.prefix.split()
        if before and before[-1] != "no":
            spoken = [i for i in spoken if i > int(before[-1].removeprefix("no"))]
        else:
            spoken = spoken[len(before) :]
        words = tuple(
            Word(f" no{'' if i < 7 else i}", at_s[i] - start_s, at_s[i] + 0.2 - start_s, 0.99)
            for i in spoken
        )
        return Decoding(words, "en", 1.0, -0.05, 0.01)

    def language_probabilities(self, _: object) -> dict[str, float]:
        return {"en": 1.0}

    def close(self) -> None:
        pass


def test_what_is_taken_for_a_loop_is_kept_among_the_suppressed_lines(speech: SpeechMaker) -> None:
    made = speech.stream("en", 6.0, seed=1, pause=(0.1, 0.2))
    heard = stream(made.samples, Repeating())
    kept = [line for line in heard.of(SegmentSuppressed) if line.reason == "loop"]
    assert heard.text.split().count("no") == 4
    assert len(kept) == 1
    words = (*heard.words, *kept[0].words)
    assert len(words) >= made.duration_s / 0.3 - 6
    spots = [round(word.start_s, 1) for word in words]
    assert len(spots) == len(set(spots)), "each is told once"


def test_a_loop_in_a_line_that_is_held_back_is_kept_too(speech: SpeechMaker) -> None:
    class Unsure(Repeating):
        def decode(self, request: DecodeRequest) -> Decoding:
            heard = super().decode(request)
            words = tuple(replace(word, probability=0.2) for word in heard.words)
            self.heard = max(getattr(self, "heard", 0), len(words))
            return replace(heard, words=words)

    made = speech.stream("en", 6.0, seed=1, pause=(0.1, 0.2))
    recogniser = Unsure()
    heard = stream(made.samples, recogniser, options=CaptionerOptions(live=False))
    held = [word for line in heard.of(SegmentSuppressed) for word in line.words]
    assert len(held) == recogniser.heard


def test_a_loop_is_kept_where_another_model_goes_on(speech: SpeechMaker) -> None:
    made = speech.stream("en", 6.0, seed=1, pause=(0.1, 0.2))
    feed, sink = ArrayFeed(made.samples, revealed=0), Heard()
    first = captioner(feed, Repeating(), sink)
    for end in range(0, 4 * SAMPLE_RATE_HZ, 8_000):
        feed.reveal(end)
        while first.step():
            pass
    first.settle()
    (loop,) = sink.of(SegmentSuppressed)
    assert loop.reason == "loop"


def test_what_is_suppressed_already_is_not_heard_by_the_next_model(speech: SpeechMaker) -> None:
    class Doubtful(Repeating):
        def decode(self, request: DecodeRequest) -> Decoding:
            word = Word(f" w{request.start_sample}", 0.1, 0.3, 0.01)
            return Decoding((word,), "en", 1.0, -2.0, 0.9)

    made = speech.stream("en", 10.0, pause=(0.2, 0.3), seed=3)
    options = CaptionerOptions(window_s=2.0, window_limit_s=4.0)
    feed, sink = ArrayFeed(made.samples, revealed=0), Heard()
    first = captioner(feed, Doubtful(), sink, options=options)
    for end in range(0, 7 * SAMPLE_RATE_HZ, 8_000):
        feed.reveal(end)
        while first.step():
            pass
    told = sink.of(SegmentSuppressed)
    assert told
    position = first.settle()
    assert position >= round(told[-1].end_s * SAMPLE_RATE_HZ)


class Stuck:
    """Hears one word every half a second; after its third word it says nothing until started anew,
    and on that occasion nothing at first either."""

    info = RecogniserInfo("stuck", "cpu", "none", ("en",))

    def __init__(self) -> None:
        self._fresh = 0

    def decode(self, request: DecodeRequest) -> Decoding:
        start_s = request.start_sample / SAMPLE_RATE_HZ
        end_s = start_s + len(request.samples) / SAMPLE_RATE_HZ
        after = len(request.prefix.split())
        spoken = [i for i in range(40) if start_s - 0.15 <= i / 2 and i / 2 + 0.5 < end_s][after:]
        if request.prefix and not self._fresh:
            spoken = [number for number in spoken if number <= 3]
        elif not request.prefix and start_s > 1.0:
            self._fresh += 1
            spoken = spoken if self._fresh > 1 else []
        words = tuple(
            Word(f" word{number}", number / 2 - start_s, number / 2 + 0.2 - start_s, 0.99)
            for number in spoken
        )
        return Decoding(words, "en", 1.0, -0.05, 0.01)

    def language_probabilities(self, _: object) -> dict[str, float]:
        return {"en": 1.0}

    def close(self) -> None:
        pass


def test_a_word_heard_again_after_a_fresh_start_is_told_once(speech: SpeechMaker) -> None:
    made = speech.stream("en", 12.0, seed=1, pause=(0.1, 0.2))
    heard = stream(made.samples, Stuck())
    words = heard.text.replace(".", " ").split()
    assert len(words) > 10
    assert len(words) == len(set(words)), words
