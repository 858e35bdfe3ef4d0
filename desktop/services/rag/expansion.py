"""A query's term vector, widened by the meeting's keywords.  Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MAX_KEYWORDS = 8
_SHARE = 0.3  # of the query's own weight, for all keywords together

Vector = Mapping[int, float]


def widened(query: Vector, keywords: Sequence[Vector]) -> dict[int, float]:
    """The query's terms with those of keywords it does not have, which count less.

    Without a query the keywords are the query.
    """
    new: dict[int, float] = {}
    for keyword in keywords[:MAX_KEYWORDS]:
        for term, weight in keyword.items():
            if term not in query:
                new[term] = max(new.get(term, 0.0), weight)
    if not query or not new:
        return dict(query) or new
    factor = min(1.0, _SHARE * sum(query.values()) / sum(new.values()))
    return {**query, **{term: factor * weight for term, weight in new.items()}}
