"""How likely the first passages answer a question, by words.  Any thread.

Two shares tell more than either: of the question's words, the rare ones more, and of its content
words and names as a sentence's checker reads them.  A question of many words may miss more of them.

The curve was fitted on half of 2,300 questions of SQuAD and KorQuAD, asked of documents made of
whole articles: half of the questions of articles that are there, half of articles that are not.
`tests/benchmarks/measure_answers.py` measures what it lets through.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from desktop.services.rag import confidence, matching
from desktop.services.rag.overlap import ContentReader, coverage, has_korean, is_compound
from desktop.services.rag.retrieval import Found

# Evidence from which a sentence may be called supported, not only weak.  Of questions whose answer
# is not there 5 % reach it, of the others 83 %.
SURE = 0.7
BEST = 3  # passages looked at
_START, _RARE, _CONTENT, _WORD = -10.6, 12.0, 4.65, 0.263
_MOST_WORDS = 12


class EvidenceByWords:
    """Weighs what was found.

    Args:
        reader: reads content words.
    """

    def __init__(self, reader: ContentReader) -> None:
        self._reader = reader

    def weigh(self, question: str, found: Sequence[Found]) -> float:
        """0..1: how likely the first passages answer `question`."""
        if not found:
            return 0.0
        needles = matching.needles(question, self._reader.terms(question))
        content = self._reader.content(question)
        wanted = {term: weight for term, weight in content.items() if not is_compound(term)}
        if not needles or not wanted:
            return 1.0  # nothing is asked for by name: what was found is as good as any
        texts = [_whole(each) for each in found[:BEST]]
        rare = confidence.share(needles, texts)
        korean = has_korean(question)
        there = max(coverage(wanted, self._all_of(each, korean)) for each in found[:BEST])
        words = min(len(needles), _MOST_WORDS)
        value = _START + _RARE * rare + _CONTENT * there + _WORD * words
        return 1.0 / (1.0 + math.exp(-value))

    def _all_of(self, found: Found, korean: bool) -> set[str]:
        passage = found.passage
        return {
            word
            for text in (passage.text, passage.heading, passage.source)
            for word in self._reader.content(text, morphemes=korean)
        }


def _whole(found: Found) -> str:
    passage = found.passage
    return f"{passage.text}\n{passage.heading}\n{passage.source}"
