"""Questions, passages and which passages are right: the shared sets, reshaped as they are read."""

from __future__ import annotations

import gzip
import json
import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARED = Path(__file__).parents[3] / "shared" / "data"
OTHERS = 1_122  # Korean passages that answer nothing
QUESTIONS = 2_000
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """`groups` are what is searched within ("" for everything); `right` are places in `texts`."""

    name: str
    texts: list[str]
    titles: list[str]
    questions: list[str]
    right: list[frozenset[int]]
    text_groups: list[str]
    question_groups: list[str]

    def sample(self, count: int) -> RetrievalSet:
        """Its first questions."""
        return RetrievalSet(
            self.name,
            self.texts,
            self.titles,
            self.questions[:count],
            self.right[:count],
            self.text_groups,
            self.question_groups[:count],
        )


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def english(name: str) -> RetrievalSet:
    """``squad_en`` or ``qmsum_en``."""
    folder = SHARED / "retrieval" / name
    corpus, queries = _rows(folder / "corpus.jsonl.gz"), _rows(folder / "queries.jsonl.gz")
    place = {row["id"]: i for i, row in enumerate(corpus)}
    return RetrievalSet(
        name,
        [row["text"] for row in corpus],
        [row.get("title", "") for row in corpus],
        [row["text"] for row in queries],
        [frozenset(place[gold] for gold in row["gold"]) for row in queries],
        [row.get("meeting", "") for row in corpus],
        [row.get("meeting", "") for row in queries],
    )


def korquad() -> RetrievalSet:
    """KorQuAD 1.0's questions, sampled; its passages among others, from Korean abstracts."""
    with gzip.open(SHARED / "retrieval" / "KorQuAD_v1.0_dev.json.gz", "rt", encoding="utf-8") as f:
        articles = json.load(f)["data"]
    places: dict[str, int] = {}
    titles: list[str] = []
    asked: list[tuple[str, int]] = []
    for article in articles:
        for paragraph in article["paragraphs"]:
            place = places.setdefault(paragraph["context"], len(places))
            titles += [article["title"]] * (len(places) - len(titles))
            asked += ((qa["question"], place) for qa in paragraph["qas"])
    random.Random(0).shuffle(asked)
    asked = asked[:QUESTIONS]
    others = _others()
    return RetrievalSet(
        "korquad",
        [*places, *others],
        [*titles, *[""] * len(others)],
        [question for question, _ in asked],
        [frozenset({place}) for _, place in asked],
        [""] * (len(places) + len(others)),
        [""] * len(asked),
    )


def _others() -> list[str]:
    """Pieces of one or two sentences."""
    pieces: list[str] = []
    for row in _rows(SHARED / "keywords" / "ko_kci_half.jsonl.gz"):
        piece = ""
        for sentence in _SENTENCE_END.split(row["text"]):
            piece = f"{piece} {sentence}".strip()
            if len(piece) >= 100:
                pieces.append(piece)
                piece = ""
    return pieces[:OTHERS]


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over questions, 0..1."""

    r1: float
    r5: float
    r10: float
    mrr: float
    ndcg: float


def scored(rankings: Sequence[Sequence[int]], right: Sequence[frozenset[int]]) -> Scores:
    """Recall at 1, 5 and 10, MRR@10 and nDCG@10.

    Args:
        rankings: of each question the places found, best first.
        right: of each question those that are right.
    """
    sums = [0.0] * 5
    for ranking, gold in zip(rankings, right, strict=True):
        hits = [place in gold for place in ranking[:10]]
        for i, depth in enumerate((1, 5, 10)):
            sums[i] += sum(hits[:depth]) / len(gold)
        sums[3] += next((1 / (i + 1) for i, hit in enumerate(hits) if hit), 0.0)
        ideal = sum(1 / math.log2(i + 2) for i in range(min(10, len(gold))))
        sums[4] += sum(1 / math.log2(i + 2) for i, hit in enumerate(hits) if hit) / ideal
    return Scores(*(total / max(1, len(right)) for total in sums))
