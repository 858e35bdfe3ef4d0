"""Searching all transcripts.  Runs on a read connection, any thread.

Words are found by their beginning, Korean anywhere inside a word; several words must all occur in
the line; "quotes" keep words together.  There is no other syntax, so no input is an error.
"""

from __future__ import annotations

import re

import apsw

from desktop.engine.store import rows, text_index
from desktop.engine.store.text_index import Term
from desktop.events import Track
from desktop.records import SearchHit

_MAX_QUERY_CHARACTERS = 400
_MAX_TERMS = 16
_QUOTES = re.compile('["“”„＂]')

_EVERYWHERE = """
    SELECT session_id, title, segment_id, track, start_s, text
    FROM search_grams
    JOIN segments ON segment_id = search_grams.rowid
    JOIN sessions USING (session_key)
    WHERE search_grams MATCH :query
    ORDER BY search_grams.rowid DESC
"""
_IN_SESSION = """
    SELECT session_id, title, segment_id, track, start_s, text
    FROM search_grams
    JOIN segments ON segment_id = search_grams.rowid
    JOIN sessions USING (session_key)
    WHERE search_grams MATCH :query AND session_id = :session_id
        AND search_grams.rowid BETWEEN
            (SELECT min(segment_id) FROM segments JOIN sessions USING (session_key)
             WHERE session_id = :session_id)
            AND (SELECT max(segment_id) FROM segments JOIN sessions USING (session_key)
                 WHERE session_id = :session_id)
    ORDER BY search_grams.rowid
"""


def parse(text: str) -> tuple[Term, ...]:
    """The terms of a query; a quote that is never closed reaches to the end."""
    terms: list[Term] = []
    for number, part in enumerate(_QUOTES.split(rows.clean(text[:_MAX_QUERY_CHARACTERS]))):
        quoted = number % 2 == 1
        for piece in (part,) if quoted else part.split():
            cut = tuple(text_index.units(piece))
            if cut:
                terms.append(Term(cut, exact=quoted))
    return tuple(terms[:_MAX_TERMS])


def search(
    connection: apsw.Connection, text: str, session_id: str | None, limit: int
) -> list[SearchHit]:
    """Lines that match, newest first; within one session in the order of the transcript."""
    terms = parse(text)
    if not terms or limit <= 0:
        return []
    bindings = {"query": text_index.index_query(terms), "session_id": session_id}
    hits: list[SearchHit] = []
    statement = _EVERYWHERE if session_id is None else _IN_SESSION
    for found_in, title, segment_id, track, start_s, line in connection.execute(
        statement, bindings
    ):
        matches = text_index.find(line, terms)
        if matches:
            hits.append(
                SearchHit(found_in, title, segment_id, Track(track), start_s, line, matches)
            )
            if len(hits) >= limit:
                break
    if session_id is not None:
        hits.sort(key=lambda hit: (hit.start_s, hit.segment_id))
    return hits
