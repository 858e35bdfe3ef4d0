"""The keywords of a session: variants merged, places kept, and what a person decided about them.

Every operation returns a new book and leaves the old one as it was, so a view may keep one while
the next is made.  Any thread.  The order in which findings are added does not matter, and a line
found again (after an edit, or by a better extractor) replaces what was known of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from desktop.events import Keyword, KeywordCategory, KeywordOccurrence
from desktop.records import KeywordDecision, KeywordEntry

RECENT_S = 300.0


@dataclass(frozen=True, slots=True)
class Mention:
    """One line's use of a keyword."""

    text: str
    category: KeywordCategory
    importance: float
    start_s: float
    count: int


Mentions = Mapping[int, Mention]  # by segment id


@dataclass(frozen=True, slots=True)
class KeywordBook:
    """An immutable book of keywords; begin with ``KeywordBook()``."""

    mentions: Mapping[str, Mentions] = field(default_factory=dict)
    decisions: Mapping[str, KeywordDecision] = field(default_factory=dict)

    def add(self, keywords: Iterable[Keyword]) -> KeywordBook:
        """With what one `KeywordsFound` brought."""
        mentions = dict(self.mentions)
        for keyword in keywords:
            lines = dict(mentions.get(keyword.key, {}))
            for place in keyword.occurrences:
                lines[place.segment_id] = Mention(
                    keyword.text,
                    keyword.category,
                    keyword.importance,
                    place.start_s,
                    place.count,
                )
            if lines:
                mentions[keyword.key] = lines
        return replace(self, mentions=mentions)

    def without_segment(self, segment_id: int) -> KeywordBook:
        """A line was removed or edited: what it said no longer counts."""
        mentions = {
            key: {number: m for number, m in lines.items() if number != segment_id}
            for key, lines in self.mentions.items()
        }
        return replace(self, mentions={key: lines for key, lines in mentions.items() if lines})

    def clear(self) -> KeywordBook:
        """Without keywords; decisions stay for when they are said again."""
        return replace(self, mentions={})

    def hide(self, key: str, *, hidden: bool = True) -> KeywordBook:
        """Hides a keyword, also when it is said again; or shows it again."""
        return self._decide(key, hidden=hidden)

    def pin(self, key: str, *, pinned: bool = True) -> KeywordBook:
        """Keeps a keyword in front and in every view."""
        return self._decide(key, pinned=pinned)

    def correct(self, key: str, category: KeywordCategory | None) -> KeywordBook:
        """Sets a keyword's category; None goes back to what was found."""
        return self._decide(key, category=category)

    def entries(
        self, *, since_s: float = -math.inf, limit: int | None = None, with_hidden: bool = False
    ) -> tuple[KeywordEntry, ...]:
        """Keywords said at `since_s` or later: pinned ones, then by importance, count and time.

        Pinned keywords are there even when they were said earlier only.
        """
        found = [
            entry
            for key in self.mentions
            if (entry := self._entry(key, since_s)) is not None
            and (with_hidden or not entry.hidden)
        ]
        found.sort(key=lambda e: (not e.pinned, -e.importance, -e.count, e.first_s, e.key))
        return tuple(found[:limit])

    def recent(
        self, now_s: float, *, window_s: float = RECENT_S, limit: int | None = None
    ) -> tuple[KeywordEntry, ...]:
        """What was said in the last `window_s` before `now_s` (5 minutes)."""
        return self.entries(since_s=now_s - window_s, limit=limit)

    def _decide(self, key: str, **changes: object) -> KeywordBook:
        before = self.decisions.get(key, KeywordDecision(key))
        decision = replace(before, **changes)  # type: ignore[arg-type]  # fields of a decision
        return replace(self, decisions={**self.decisions, key: decision})

    def _entry(self, key: str, since_s: float) -> KeywordEntry | None:
        decision = self.decisions.get(key, KeywordDecision(key))
        every = self.mentions[key]
        lines = {number: m for number, m in every.items() if m.start_s >= since_s}
        if not lines and decision.pinned:
            lines = dict(every)
        if not lines:
            return None
        places = sorted((m.start_s, number, m.count) for number, m in lines.items())
        return KeywordEntry(
            key=key,
            text=_texts(lines),
            category=decision.category or _category(lines),
            importance=_together(m.importance for m in lines.values()),
            count=sum(m.count for m in lines.values()),
            first_s=places[0][0],
            last_s=places[-1][0],
            occurrences=tuple(KeywordOccurrence(number, at, n) for at, number, n in places),
            pinned=decision.pinned,
            hidden=decision.hidden,
        )


def _together(importances: Iterable[float]) -> float:
    """The importance of several lines: 1 minus the product of what each leaves open.

    A line counts half, so that a word said often does not reach 1 at once.  `fsum` over sorted
    logarithms makes it the same in any order.
    """
    open_share = math.fsum(sorted(math.log1p(-0.5 * min(max(i, 0.0), 1.0)) for i in importances))
    return round(1.0 - math.exp(open_share), 6)


def _texts(lines: Mentions) -> str:
    """The variant said most often; of equals the one said first."""
    counts: dict[str, int] = {}
    firsts: dict[str, tuple[float, int]] = {}
    for number, mention in lines.items():
        counts[mention.text] = counts.get(mention.text, 0) + mention.count
        at = (mention.start_s, number)
        firsts[mention.text] = min(firsts.get(mention.text, at), at)
    return min(counts, key=lambda text: (-counts[text], firsts[text], text))


def _category(lines: Mentions) -> KeywordCategory:
    """The category found most often; "other" only when no line has evidence for another one."""
    counts: dict[KeywordCategory, int] = {}
    for mention in lines.values():
        counts[mention.category] = counts.get(mention.category, 0) + mention.count
    counts.pop(KeywordCategory.OTHER, None)
    return min(counts, key=lambda c: (-counts[c], c.value), default=KeywordCategory.OTHER)
