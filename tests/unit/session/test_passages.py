"""Passages while people speak: looked up once, shown once, not too often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from desktop.errors import ServiceError
from desktop.events import (
    Event,
    Keyword,
    KeywordCategory,
    KeywordsFound,
    Passage,
    PassageKind,
    PassagesFound,
    SessionStarted,
    Track,
)
from desktop.session.passages import PassageWatch

WaitUntil = Callable[..., None]


class Desk:
    """Searches, and remembers what was asked for and published."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.published: list[Event] = []
        self.error: ServiceError | None = None
        self.lock = threading.Lock()

    def search(self, keywords: Sequence[str], count: int) -> Sequence[Passage]:
        with self.lock:
            self.asked.append(list(keywords))
        if self.error is not None:
            raise self.error
        return [
            Passage("p1", "d", "a.pdf", PassageKind.DOCUMENT, "예산은 3억 원이다.", score=0.9),
            Passage("p2", "d", "a.pdf", PassageKind.DOCUMENT, "상관없는 말", score=0.1),
            Passage("p3", "t", "m", PassageKind.TRANSCRIPT, "지금", score=0.9, session_id="now"),
        ]


def said(*words: str, importance: float = 0.9) -> KeywordsFound:
    keywords = tuple(Keyword(word, word, KeywordCategory.OTHER, importance, ()) for word in words)
    return KeywordsFound(Track.MIC, keywords, (1,), time.time(), 12.0, 0.1, "basic")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def watch(desk: Desk) -> Iterator[PassageWatch]:
    made = PassageWatch(desk.search, desk.published.append, lambda: True, every_s=0.05)
    made.start()
    made.hear(SessionStarted("now", "", (Track.MIC,), time.time()))
    yield made
    made.stop()


def test_what_fits_is_shown_once_and_not_what_is_being_said(
    watch: PassageWatch, desk: Desk, wait_until: WaitUntil
) -> None:
    watch.hear(said("예산"))
    wait_until(lambda: desk.published)
    watch.hear(said("예산", "일정"))
    wait_until(lambda: len(desk.asked) == 2)

    (event,) = desk.published
    assert isinstance(event, PassagesFound)
    assert [passage.passage_id for passage in event.passages] == ["p1"]
    assert event.keywords == ("예산",)
    assert desk.asked == [["예산"], ["일정"]]


def test_small_words_are_not_looked_up(
    watch: PassageWatch, desk: Desk, wait_until: WaitUntil
) -> None:
    watch.hear(said("음", importance=0.05))
    watch.hear(said("계약"))
    wait_until(lambda: desk.asked)

    assert desk.asked == [["계약"]]


def test_a_new_session_begins_anew(watch: PassageWatch, desk: Desk, wait_until: WaitUntil) -> None:
    watch.hear(said("예산"))
    wait_until(lambda: len(desk.published) == 1)
    watch.hear(SessionStarted("next", "", (Track.MIC,), time.time()))
    watch.hear(said("예산"))
    wait_until(lambda: len(desk.published) == 2)


def test_while_the_server_is_away_nothing_is_shown_and_it_goes_on(
    watch: PassageWatch, desk: Desk, wait_until: WaitUntil
) -> None:
    desk.error = ServiceError("away")
    watch.hear(said("예산"))
    wait_until(lambda: desk.asked)
    desk.error = None
    watch.hear(said("일정"))
    wait_until(lambda: desk.published)
