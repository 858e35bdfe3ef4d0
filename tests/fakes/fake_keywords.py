"""The keywords of the scripted meeting, found in its lines by looking for them."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.events import Keyword, KeywordCategory, KeywordOccurrence
from desktop.records import KeywordDecision, SegmentRecord, SessionKeywords

K = KeywordCategory
TERMS: tuple[tuple[str, KeywordCategory, float], ...] = (
    ("음성 인식", K.TECHNOLOGY, 0.95),
    ("지연 시간", K.TECHNOLOGY, 0.9),
    ("3분기 출시 일정", K.OTHER, 0.88),
    ("스트리밍", K.TECHNOLOGY, 0.86),
    ("김민서", K.PERSON, 0.84),
    ("자막 오버레이", K.PRODUCT, 0.8),
    ("Sarah", K.PERSON, 0.74),
    ("인식", K.TECHNOLOGY, 0.7),
    ("노트북", K.EQUIPMENT, 0.66),
    ("CPU", K.EQUIPMENT, 0.64),
    ("headset", K.EQUIPMENT, 0.6),
    ("사용성 테스트", K.OTHER, 0.58),
    ("latency", K.TECHNOLOGY, 0.56),
    ("transcript", K.PRODUCT, 0.5),
    ("화면 공유", K.SERVICE, 0.48),
    ("회의록", K.PRODUCT, 0.44),
    ("투명도", K.OTHER, 0.36),
    ("타임라인", K.OTHER, 0.34),
    ("timeline", K.OTHER, 0.32),
    ("디자인", K.OTHER, 0.3),
)


def found_in(lines: Sequence[tuple[int, float, str]]) -> tuple[Keyword, ...]:
    """The terms that stand in lines given as (segment id, start, text)."""
    found = []
    for text, category, importance in TERMS:
        places = tuple(
            KeywordOccurrence(number, start_s, line.count(text))
            for number, start_s, line in lines
            if text in line
        )
        if places:
            found.append(Keyword(text.lower(), text, category, importance, places))
    return tuple(found)


class FakeKeywords:
    """`KeywordsBackend` over the lines of a fake backend."""

    rows: dict[str, list[SegmentRecord]]
    calls: list[tuple[object, ...]]

    def __init__(self) -> None:
        self.decided: dict[str, dict[str, KeywordDecision]] = {}
        self.forgotten: set[str] = set()
        self.source = "basic"  # of what is stored

    def session_keywords(self, session_id: str) -> SessionKeywords:
        lines = [(row.segment_id, row.start_s, row.text) for row in self.rows.get(session_id, ())]
        keywords = () if session_id in self.forgotten else found_in(lines)
        decided = tuple(self.decided.get(session_id, {}).values())
        return SessionKeywords(keywords, decided, self.source if keywords else "")

    def decide_keyword(self, session_id: str, decision: KeywordDecision) -> None:
        self.calls.append(("decide_keyword", session_id, decision))
        self.decided.setdefault(session_id, {})[decision.key] = decision

    def clear_keywords(self, session_id: str) -> None:
        self.calls.append(("clear_keywords", session_id))
        self.forgotten.add(session_id)
