"""Gathering lines and finding keywords beside the captions."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from desktop.errors import ServiceError
from desktop.events import (
    AnswerFailed,
    AnswerStarted,
    Event,
    KeywordCategory,
    KeywordsFound,
    NoticeRaised,
    SegmentCommitted,
    SessionFinished,
    SessionStarted,
    Track,
)
from desktop.services.keywords.basic import BasicExtractor
from desktop.services.keywords.extractor import ExtractedKeyword, PostponedError
from desktop.session.keywords import MAX_WAITING_LINES, KeywordGatherer
from desktop.session.patience import Patience

WAIT_S = 30.0


def line(
    number: int, text: str, *, at_s: float = 0.0, track: Track = Track.MIC
) -> SegmentCommitted:
    return SegmentCommitted(
        track, number, at_s, at_s + 1.0, at_s + 1.0, time.time(), text, (), "en", 0.9, number
    )


class HeldExtractor:
    """Takes the first word of each line as its keyword, and as long as it is told to."""

    source = "held"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.texts: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.closed = threading.Event()

    def extract(self, text: str, language: str, *, limit: int = 5) -> list[ExtractedKeyword]:
        self.texts.put(text)
        while not self.go.wait(0.01):
            if self.closed.is_set():
                raise ServiceError("closed")
        if "fail" in text:
            raise ServiceError("It failed.", hint="Try again.")
        if "crash" in text:
            raise ZeroDivisionError
        word = text.split(maxsplit=1)[0]
        return [ExtractedKeyword(word, word, KeywordCategory.OTHER, 0.5, ((0, len(word)),))]

    def close(self) -> None:
        self.closed.set()


class Heard:
    """What was published."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def found(self) -> list[KeywordsFound]:
        return [event for event in self.events if isinstance(event, KeywordsFound)]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def held() -> HeldExtractor:
    return HeldExtractor()


Make = Callable[..., KeywordGatherer]


@pytest.fixture
def make(heard: Heard, held: HeldExtractor) -> Iterator[Make]:
    made: list[KeywordGatherer] = []

    def _make(**options: float) -> KeywordGatherer:
        gatherer = KeywordGatherer(lambda: held, heard, **options)  # type: ignore[arg-type]
        gatherer.start()
        made.append(gatherer)
        return gatherer

    yield _make
    for gatherer in made:
        gatherer.stop()


def test_real_english_keywords_are_linked_to_their_lines(heard: Heard) -> None:
    gatherer = KeywordGatherer(BasicExtractor, heard)
    gatherer.start()
    try:
        gatherer.hear(line(7, "The touch screen was too expensive.", at_s=1.0))
        gatherer.hear(line(8, "And the touch screens are from Seoul.", at_s=3.0))
        assert gatherer.finish(WAIT_S)
    finally:
        gatherer.stop()
    (event,) = heard.found
    assert (event.track, event.segment_ids, event.audio_s) == (Track.MIC, (7, 8), 4.0)
    assert event.source == "basic"
    assert event.latency_s >= 0.0
    (screen,) = [k for k in event.keywords if k.text == "touch screen"]
    assert [(o.segment_id, o.start_s, o.count) for o in screen.occurrences] == [
        (7, 1.0, 1),
        (8, 3.0, 1),
    ]


def test_five_lines_end_the_gathering(make: Make, held: HeldExtractor) -> None:
    gatherer = make(gather_s=1000.0)
    held.go.set()
    for number in range(1, 6):
        gatherer.hear(line(number, f"word{number} said"))
    assert held.texts.get(timeout=WAIT_S).count("\n") == 4


def test_five_seconds_of_sound_end_the_gathering(make: Make, held: HeldExtractor) -> None:
    gatherer = make()
    gatherer.hear(line(1, "one", at_s=0.0))
    gatherer.hear(line(2, "two", at_s=4.5))
    assert held.texts.get(timeout=WAIT_S) == "one\ntwo"


def test_waiting_ends_the_gathering(make: Make, held: HeldExtractor) -> None:
    make(gather_s=0.05).hear(line(1, "one"))
    assert held.texts.get(timeout=WAIT_S) == "one"


def test_the_end_of_a_session_ends_the_gathering(make: Make, held: HeldExtractor) -> None:
    gatherer = make(gather_s=1000.0)
    gatherer.hear(line(1, "one"))
    gatherer.hear(SessionFinished("s", 1.0, 0.0))
    assert held.texts.get(timeout=WAIT_S) == "one"


def test_a_slow_extractor_gets_what_came_meanwhile_at_once(
    make: Make, held: HeldExtractor, heard: Heard
) -> None:
    gatherer = make(gather_lines=1)
    gatherer.hear(line(1, "first"))
    assert held.texts.get(timeout=WAIT_S) == "first"
    for number in range(2, 30):
        gatherer.hear(line(number, f"later{number}"))
    held.go.set()
    assert gatherer.finish(WAIT_S)
    assert held.texts.get(timeout=WAIT_S).count("\n") == 27
    assert [len(event.segment_ids) for event in heard.found] == [1, 28]


def test_hearing_never_waits_and_what_waits_is_bounded(make: Make, held: HeldExtractor) -> None:
    gatherer = make(gather_lines=1)
    gatherer.hear(line(1, "first"))
    held.texts.get(timeout=WAIT_S)
    for number in range(MAX_WAITING_LINES + 25):
        gatherer.hear(line(number, "x"))
    assert gatherer.dropped == 25


def test_tracks_are_not_mixed(make: Make, held: HeldExtractor, heard: Heard) -> None:
    gatherer = make(gather_s=1000.0, gather_lines=4)
    held.go.set()
    for number in (1, 2, 3, 4):
        track = Track.MIC if number % 2 else Track.SYSTEM
        gatherer.hear(line(number, f"w{number}", track=track))
    assert gatherer.finish(WAIT_S)
    assert [(e.track, e.segment_ids) for e in heard.found] == [
        (Track.MIC, (1, 3)),
        (Track.SYSTEM, (2, 4)),
    ]


def test_a_new_session_forgets_the_lines_of_the_old_one(
    make: Make, held: HeldExtractor, heard: Heard
) -> None:
    gatherer = make(gather_lines=1)
    gatherer.hear(line(1, "old"))
    held.texts.get(timeout=WAIT_S)  # under way
    gatherer.hear(line(2, "waiting"))
    gatherer.hear(SessionStarted("new", "new", (Track.MIC,), 0.0))
    gatherer.hear(line(1, "new"))
    held.go.set()
    assert gatherer.finish(WAIT_S)
    assert [[k.text for k in e.keywords] for e in heard.found] == [["new"]]


def test_stopping_ends_a_request_under_way(make: Make, held: HeldExtractor, heard: Heard) -> None:
    gatherer = make(gather_lines=1)
    gatherer.hear(line(1, "never"))
    held.texts.get(timeout=WAIT_S)
    gatherer.stop()
    assert held.closed.is_set()
    assert heard.events == []
    gatherer.hear(line(2, "after"))
    gatherer.stop()


def test_stopping_before_anything_was_said_makes_nothing(heard: Heard) -> None:
    def never() -> HeldExtractor:
        raise AssertionError("made for nothing")

    gatherer = KeywordGatherer(never, heard)
    gatherer.stop()
    gatherer = KeywordGatherer(never, heard)
    gatherer.start()
    gatherer.stop()


def test_stopping_while_the_korean_analyser_loads(heard: Heard) -> None:
    gatherer = KeywordGatherer(BasicExtractor, heard, gather_lines=1)
    gatherer.start()
    gatherer.hear(line(1, "회의를 시작합니다."))
    time.sleep(0.3)
    gatherer.stop()
    assert heard.events == []


def test_failures_are_told_once_and_end_keywords(
    make: Make, held: HeldExtractor, heard: Heard
) -> None:
    gatherer = make(gather_lines=1)
    held.go.set()
    for number in range(6):
        gatherer.hear(line(number, "fail"))
        gatherer.finish(WAIT_S)
    (notice,) = heard.events
    assert isinstance(notice, NoticeRaised)
    assert notice.code == "keywords.unavailable"
    assert "It failed." in notice.message


def test_one_bad_line_does_not_end_keywords(
    make: Make, held: HeldExtractor, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    gatherer = make(gather_lines=1)
    held.go.set()
    for number, text in enumerate(("fail", "crash", "good")):
        gatherer.hear(line(number, text))
        assert gatherer.finish(WAIT_S)
    assert [[k.text for k in e.keywords] for e in heard.found] == [["good"]]
    assert "ZeroDivisionError" in caplog.text


class Interrupted(HeldExtractor):
    """Its first request is interrupted."""

    def __init__(self) -> None:
        super().__init__()
        self.interrupted = threading.Event()

    def extract(self, text: str, language: str, *, limit: int = 5) -> list[ExtractedKeyword]:
        found = super().extract(text, language, limit=limit)
        if self.interrupted.is_set():
            self.interrupted.clear()
            raise PostponedError("interrupted")
        return found

    def interrupt(self) -> None:
        self.interrupted.set()
        self.go.set()


def test_a_question_interrupts_keywords_and_nothing_is_lost(heard: Heard) -> None:
    extractor = Interrupted()
    gatherer = KeywordGatherer(
        lambda: extractor, heard, gather_lines=1, patience=Patience(lambda: 4.0)
    )
    gatherer.start()
    try:
        gatherer.hear(line(1, "one"))
        assert extractor.texts.get(timeout=WAIT_S) == "one"
        gatherer.hear(AnswerStarted("a", "", "why?", 0.0))
        gatherer.hear(line(2, "two", at_s=1.0))
        with pytest.raises(queue.Empty):
            extractor.texts.get(timeout=0.3)
        gatherer.hear(AnswerFailed("a", "", ""))
        assert extractor.texts.get(timeout=WAIT_S) == "one\ntwo"
    finally:
        gatherer.stop()
