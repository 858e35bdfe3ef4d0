"""Keywords of what was said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from desktop.events.vocabulary import Track


class KeywordCategory(StrEnum):
    PERSON = "person"  # 인물
    PLACE = "place"  # 장소
    COMPANY = "company"  # 회사
    TECHNOLOGY = "technology"  # 기술
    PRODUCT = "product"  # 제품
    EQUIPMENT = "equipment"  # 장비
    SERVICE = "service"  # 서비스
    OTHER = "other"  # 기타


@dataclass(frozen=True, slots=True)
class KeywordOccurrence:
    """Where a keyword was said: one line, `count` times."""

    segment_id: int
    start_s: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword as it was said.  Keywords with the same `key` are variants of one."""

    key: str
    text: str
    category: KeywordCategory
    importance: float  # 0..1
    occurrences: tuple[KeywordOccurrence, ...]


@dataclass(frozen=True, slots=True)
class KeywordsFound:
    """Keywords of some lines, most important first.  Lossless, in order.

    `audio_s` is where the last of these lines ends; `latency_s` runs from the moment that line
    was heard of to this event.  `source` is "basic" (statistics) or the name of a language model.
    """

    track: Track
    keywords: tuple[Keyword, ...]
    segment_ids: tuple[int, ...]
    wall_s: float
    audio_s: float
    latency_s: float
    source: str = "basic"
