"""Keywords are kept with the line they were said in, and decisions with the session."""

from __future__ import annotations

from pathlib import Path

from unit.engine.store.made_lines import make_line, new_session

from desktop.engine.store import TranscriptStore
from desktop.events import Keyword, KeywordCategory, KeywordOccurrence
from desktop.records import KeywordDecision


def found(text: str, segment_id: int, count: int = 1) -> Keyword:
    place = KeywordOccurrence(segment_id, 1.5, count)
    return Keyword(text.lower(), text, KeywordCategory.TECHNOLOGY, 0.7, (place,))


def session_with_line(store: TranscriptStore, session_id: str, text: str) -> int:
    new_session(store, session_id)
    return store.append_segment(session_id, make_line(1, text=text))


def test_keywords_belong_to_the_session_of_their_line(tmp_path: Path) -> None:
    with TranscriptStore.open(tmp_path / "t.db") as store:
        first = session_with_line(store, "a", "예산과 Kubernetes")
        second = session_with_line(store, "b", "일정")
        store.add_keywords([found("Kubernetes", first, 2), found("일정", second)])
        store.add_keywords([found("Kubernetes", first, 3), found("gone", 999)])
    with TranscriptStore.open(tmp_path / "t.db") as store:
        [kept] = store.keywords("a").keywords
        assert (kept.text, kept.category) == ("Kubernetes", KeywordCategory.TECHNOLOGY)
        assert kept.occurrences == (KeywordOccurrence(first, 1.5, 3),)  # found again: replaced
        assert [k.text for k in store.keywords("b").keywords] == ["일정"]
        assert store.keywords("none").keywords == ()


def test_what_found_the_keywords_is_known_later(tmp_path: Path) -> None:
    with TranscriptStore.open(tmp_path / "t.db") as store:
        line = session_with_line(store, "a", "예산과 Kubernetes")
        store.add_keywords([found("예산", line)])
        assert store.keywords("a").source == ""
        store.add_keywords([found("Kubernetes", line)], "basic")
    with TranscriptStore.open(tmp_path / "t.db") as store:
        assert store.keywords("a").source == "basic"
        later = store.append_segment("a", make_line(2, text="일정"))
        place = KeywordOccurrence(later, 9.0, 1)
        store.add_keywords(
            [Keyword("일정", "일정", KeywordCategory.OTHER, 0.5, (place,))], "Qwen/Qwen2.5-7B"
        )
        assert store.keywords("a").source == "Qwen/Qwen2.5-7B"


def test_decisions_outlive_what_was_found(tmp_path: Path) -> None:
    with TranscriptStore.open(tmp_path / "t.db") as store:
        line = session_with_line(store, "a", "예산")
        store.add_keywords([found("예산", line)])
        decision = KeywordDecision("예산", pinned=True, category=KeywordCategory.OTHER)
        store.decide_keyword("a", decision)
        store.clear_keywords("a")
        assert store.keywords("a").keywords == ()
        assert store.keywords("a").decisions == (decision,)
        store.decide_keyword("a", KeywordDecision("예산"))
        assert store.keywords("a").decisions == ()


def test_an_edited_line_keeps_the_keywords_that_still_stand_in_it(tmp_path: Path) -> None:
    with TranscriptStore.open(tmp_path / "t.db") as store:
        line = session_with_line(store, "a", "예산과 쿠버네티스")
        store.add_keywords([found("예산", line), found("쿠버 네티스", line)])
        store.edit_segment(line, "일정과 쿠버네티스")
        assert [k.text for k in store.keywords("a").keywords] == ["쿠버 네티스"]


def test_a_deleted_session_takes_its_keywords_along(tmp_path: Path) -> None:
    with TranscriptStore.open(tmp_path / "t.db") as store:
        line = session_with_line(store, "a", "예산")
        store.add_keywords([found("예산", line)])
        store.decide_keyword("a", KeywordDecision("예산", hidden=True))
        store.delete_session("a")
        assert store.verify() == []
    content = (tmp_path / "t.db").read_bytes()
    assert "예산".encode() not in content
