"""The captioner with a real model on real (synthetic) speech, sound arriving as it does live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from desktop.engine.asr.captioner import CaptionerOptions, TrackCaptioner
from desktop.engine.asr.hallucination import HallucinationStack
from desktop.engine.asr.language import LanguageOptions, LanguageTracker
from desktop.engine.asr.recogniser import DecodeRequest, Decoding, Recogniser
from desktop.engine.asr.whisper import WhisperOptions, WhisperRecogniser
from desktop.engine.audio.feed import ArrayFeed
from desktop.engine.vad.silero import SileroDetector
from desktop.errors import RecogniserError
from desktop.events import (
    SAMPLE_RATE_HZ,
    Event,
    HypothesisUpdated,
    LanguageLocked,
    SegmentCommitted,
    SegmentSuppressed,
    Track,
    Word,
    WordsCommitted,
)
from tests.speech import SpeechMaker, error_rate, sounds
from tests.speech.streams import Speech, join


@dataclass
class Heard:
    """A sink that keeps everything, in order."""

    events: list[Event] = field(default_factory=list)
    accounts: list[tuple[int, int, bool]] = field(default_factory=list)
    failures: list[tuple[int, int]] = field(default_factory=list)
    progress: list[int] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        self.events.append(event)

    def line(self, segment: SegmentCommitted, progress_samples: int) -> None:
        self.events.append(segment)
        self.progress.append(progress_samples)

    def suppressed(self, segment: SegmentSuppressed, progress_samples: int) -> None:
        self.events.append(segment)

    def accounted(self, start: int, end: int, *, speech: bool) -> None:
        self.accounts.append((start, end, speech))

    def failed(self, start: int, end: int, error: RecogniserError) -> None:
        self.failures.append((start, end))

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.of(SegmentCommitted))

    @property
    def words(self) -> list[Word]:
        return [word for event in self.of(WordsCommitted) for word in event.words]

    def check(self, samples: int) -> None:
        """What must hold for every run."""
        reached = 0
        for start, end, _ in self.accounts:
            assert (start, end > start) == (reached, True)
            reached = end
        assert reached == samples
        lines = [word for line in self.of(SegmentCommitted) for word in line.words]
        assert lines == self.words, "a committed word is in exactly one line"
        starts = [word.start_s for word in lines]
        assert starts == sorted(starts)
        assert self.progress == sorted(self.progress)


class Wrapped:
    """A recogniser with something wrong with it."""

    def __init__(
        self, inner: Recogniser, before: Callable[[DecodeRequest], None] = lambda _: None
    ) -> None:
        self.inner = inner
        self.info = inner.info
        self.before = before
        self.requests: list[DecodeRequest] = []

    def decode(self, request: DecodeRequest) -> Decoding:
        self.requests.append(request)
        self.before(request)
        return self.inner.decode(request)

    def language_probabilities(self, samples: np.ndarray) -> dict[str, float]:
        return dict(self.inner.language_probabilities(samples))

    def close(self) -> None:
        self.inner.close()


@pytest.fixture(scope="module")
def whisper(whisper_fixture_path: Path) -> WhisperRecogniser:
    options = WhisperOptions(short_windows=True, threads=1)
    return WhisperRecogniser.load(whisper_fixture_path, compute_type="float32", options=options)


def captioner(
    feed: ArrayFeed,
    recogniser: Recogniser,
    sink: Heard,
    *,
    language: str | None = "en",
    options: CaptionerOptions | None = None,
    start: int = 0,
) -> TrackCaptioner:
    return TrackCaptioner(
        Track.MIC,
        feed,
        recogniser=recogniser,
        detector=SileroDetector(),
        language=LanguageTracker(
            LanguageOptions(), recogniser.language_probabilities, fixed=language
        ),
        stack=HallucinationStack(),
        sink=sink,
        options=options,
        start=start,
    )


def stream(
    samples: np.ndarray,
    recogniser: Recogniser,
    language: str | None = "en",
    chunk_s: float = 0.5,
    options: CaptionerOptions | None = None,
) -> Heard:
    """Plays `samples` in chunks and checks what must hold for every run."""
    sink, feed = Heard(), ArrayFeed(samples, revealed=0)
    track = captioner(feed, recogniser, sink, language=language, options=options)
    for end in range(0, len(samples), round(chunk_s * SAMPLE_RATE_HZ)):
        feed.reveal(end)
        while track.step():
            pass
    feed.reveal(len(samples))
    while track.step():
        pass
    assert track.finished
    assert not track.step()
    assert track.lag_s() == 0
    sink.check(len(samples))
    return sink


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("chunk_s", [0.1, 1.0, 60.0])
def test_what_was_said_is_what_is_kept(
    whisper: WhisperRecogniser, speech: SpeechMaker, language: str, chunk_s: float
) -> None:
    made = speech.stream(language, 8.0, seed=1)
    heard = stream(made.samples, whisper, language, chunk_s)
    assert error_rate(made.text, heard.text, language) <= 0.05
    found = {w.text.strip(): w for w in heard.words}
    for spoken in made.words:
        if spoken.text in found and sum(w.text == spoken.text for w in made.words) == 1:
            assert found[spoken.text].start_s == pytest.approx(spoken.start_s, abs=0.35)


def test_text_shows_before_it_is_final(whisper: WhisperRecogniser, speech: SpeechMaker) -> None:
    made = speech.stream("en", 8.0, seed=1)
    heard = stream(made.samples, whisper)
    kinds = [
        type(e)
        for e in heard.events
        if isinstance(e, WordsCommitted) or (isinstance(e, HypothesisUpdated) and e.text)
    ]
    assert kinds.count(HypothesisUpdated) >= 3
    assert HypothesisUpdated in kinds[:2]
    assert len(heard.of(WordsCommitted)) > len(heard.of(SegmentCommitted))
    assert heard.of(HypothesisUpdated)[-1].text == ""


def test_a_file_is_decoded_utterance_by_utterance(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made = speech.stream("ko", 8.0, seed=1)
    recogniser = Wrapped(whisper)
    heard = stream(made.samples, recogniser, "ko", 60.0, CaptionerOptions(live=False, read_s=30.0))
    assert error_rate(made.text, heard.text, "ko") <= 0.05
    assert len(recogniser.requests) == len(made.sentences)
    assert all(request.final for request in recogniser.requests)


@pytest.mark.parametrize("kind", ["silence", "white", "pink", "hum", "keyboard"])
def test_what_is_not_speech_gives_no_text(whisper: WhisperRecogniser, kind: str) -> None:
    made = {
        "silence": sounds.silence,
        "white": sounds.white_noise,
        "pink": sounds.pink_noise,
        "hum": sounds.hum,
        "keyboard": sounds.keyboard,
    }[kind](6.0)
    heard = stream(made, whisper, None)
    assert (heard.text, heard.words) == ("", [])


def test_sound_shorter_than_a_frame_is_accounted_for(whisper: WhisperRecogniser) -> None:
    assert stream(sounds.silence(0.01), whisper).accounts == [(0, 160, False)]
    assert stream(sounds.silence(0.0), whisper).accounts == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_long_speech_is_trimmed_and_nothing_is_doubled_or_lost(
    whisper: WhisperRecogniser, speech: SpeechMaker, language: str
) -> None:
    """Pauses too short to end an utterance; windows of four seconds, so that they are trimmed."""
    made = speech.stream(language, 14.0, pause=(0.3, 0.36), seed=2)
    recogniser = Wrapped(whisper)
    options = CaptionerOptions(window_s=4.0, window_limit_s=8.0)
    heard = stream(made.samples, recogniser, language, 0.5, options)
    longest = max(len(request.samples) for request in recogniser.requests)
    assert longest <= 8.0 * SAMPLE_RATE_HZ
    assert len({request.start_sample for request in recogniser.requests}) > 2
    assert error_rate(made.text, heard.text, language) <= 0.15


def test_the_window_never_grows_beyond_its_limit_even_if_nothing_settles(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made = speech.stream("en", 10.0, pause=(0.2, 0.3), seed=3)

    class Mumbling(Wrapped):
        """Never says the same twice, and is never sure."""

        def decode(self, request: DecodeRequest) -> Decoding:
            self.requests.append(request)
            word = Word(f" w{len(self.requests)}", 0.1, 0.3, 0.01)
            return Decoding((word,), "en", 1.0, -2.0, 0.9)

    recogniser = Mumbling(whisper)
    options = CaptionerOptions(window_s=2.0, window_limit_s=4.0)
    heard = stream(made.samples, recogniser, "en", 0.5, options)
    assert max(len(r.samples) for r in recogniser.requests) <= 4.0 * SAMPLE_RATE_HZ
    assert len(recogniser.requests) < 40
    assert heard.text == ""
    assert heard.of(SegmentSuppressed)


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
    second = captioner(feed, whisper, sink, start=position)
    feed.reveal(len(made.samples))
    while second.step():
        pass
    assert error_rate(made.text, sink.text, "en") <= 0.1
    assert [w for line in sink.of(SegmentCommitted) for w in line.words] == sink.words


def test_the_prompt_is_what_was_said_and_is_forgotten_after_silence(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    parts = [
        speech.say("The deadline for the report is Friday.", "en", None, 0.6, 0.6),
        speech.say("There is a problem with the website.", "en", None, 0.6, 6.0),
        speech.say("We decided to cancel the old database.", "en", None, 0.6, 1.0),
    ]
    recogniser = Wrapped(whisper)
    stream(join(parts).samples, recogniser)
    prompts = [request.prompt for request in recogniser.requests]
    assert prompts[0] == prompts[-1] == ""
    assert any("Friday" in prompt for prompt in prompts)


def test_the_language_is_found_by_listening(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made = speech.stream("en", 12.0, seed=1)
    heard = stream(made.samples, whisper, None)
    assert error_rate(made.text, heard.text, "en") <= 0.1
    assert {line.language for line in heard.of(SegmentCommitted)} == {"en"}
    assert heard.of(LanguageLocked)[-1].language == "en"


def test_korean_stays_korean_when_nothing_is_set(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    made: Speech = speech.stream("ko", 8.0, seed=1)
    heard = stream(made.samples, whisper, None)
    assert error_rate(made.text, heard.text, "ko") <= 0.1


def test_a_language_probe_that_fails_is_no_evidence(
    whisper: WhisperRecogniser, speech: SpeechMaker
) -> None:
    class Deaf(Wrapped):
        def language_probabilities(self, samples: np.ndarray) -> dict[str, float]:
            raise RecogniserError("no")

    made = speech.stream("ko", 8.0, seed=1)
    heard = stream(made.samples, Deaf(whisper), None)
    assert error_rate(made.text, heard.text, "ko") <= 0.1
