"""Keywords in the transcript database: by the line they were said in.  Inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from desktop.engine.store import rows
from desktop.events import Keyword, KeywordCategory, KeywordOccurrence
from desktop.records import KeywordDecision, SessionKeywords

_INSERT = """
INSERT OR REPLACE INTO keywords
    (session_key, keyword, segment_id, text, category, importance, start_s, count, source)
SELECT session_key, ?, segment_id, ?, ?, ?, ?, ?, ? FROM segments WHERE segment_id = ?
"""


def add(connection: apsw.Connection, keywords: Sequence[Keyword], source: str) -> None:
    """Stores keywords with their lines and what found them; lines that are gone are passed over."""
    for keyword in keywords:
        for place in keyword.occurrences:
            connection.execute(
                _INSERT,
                (
                    *(rows.clean(keyword.key), rows.clean(keyword.text), keyword.category.value),
                    *(rows.finite(keyword.importance), rows.finite(place.start_s)),
                    *(place.count, rows.clean(source), place.segment_id),
                ),
            )


def read(connection: apsw.Connection, session_id: str) -> SessionKeywords:
    """One `Keyword` a line: merging them is the book's work."""
    found: list[Any] = connection.execute(
        "SELECT source, keyword, text, category, importance, segment_id, keywords.start_s, count"
        " FROM keywords JOIN sessions USING (session_key) WHERE session_id = ?"
        " ORDER BY keywords.start_s, keyword",
        (session_id,),
    ).fetchall()
    keywords = tuple(
        Keyword(key, text, _category(category), importance, (KeywordOccurrence(*place),))
        for _, key, text, category, importance, *place in found
    )
    source = next((source for source, *_ in reversed(found) if source), "")
    decided = connection.execute(
        "SELECT keyword, hidden, pinned, category"
        " FROM keyword_decisions JOIN sessions USING (session_key) WHERE session_id = ?",
        (session_id,),
    )
    decisions = tuple(
        KeywordDecision(key, bool(hidden), bool(pinned), _category(category) if category else None)
        for key, hidden, pinned, category in decided
    )
    return SessionKeywords(keywords, decisions, source)


def decide(connection: apsw.Connection, session_key: int, decision: KeywordDecision) -> None:
    """Keeps what a person decided; nothing decided is nothing kept."""
    key = rows.clean(decision.key)
    if decision == KeywordDecision(decision.key):
        connection.execute(
            "DELETE FROM keyword_decisions WHERE session_key = ? AND keyword = ?",
            (session_key, key),
        )
        return
    connection.execute(
        "INSERT OR REPLACE INTO keyword_decisions (session_key, keyword, hidden, pinned, category)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            *(session_key, key, int(decision.hidden), int(decision.pinned)),
            decision.category.value if decision.category is not None else None,
        ),
    )


def check_line(connection: apsw.Connection, segment_id: int, text: str) -> None:
    """A line's text was changed: keywords that no longer stand in it are forgotten."""
    connection.execute(
        "DELETE FROM keywords WHERE segment_id = ?"
        " AND instr(lower(replace(?, ' ', '')), lower(replace(text, ' ', ''))) = 0",
        (segment_id, rows.clean(text)),
    )


def _category(name: str) -> KeywordCategory:
    known = name in list(KeywordCategory)
    return KeywordCategory(name) if known else KeywordCategory.OTHER
