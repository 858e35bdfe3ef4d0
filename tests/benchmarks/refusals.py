"""How often what is not there is answered, and what is there refused: whole articles as documents.

Half of the articles of SQuAD and KorQuAD are indexed; questions of both halves are asked.  A
question of the other half counts as answered falsely even where another article happens to tell.
"""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.retrieval_sets import SHARED, english

from desktop.events import Answer, Support
from desktop.paths import Paths
from desktop.services.rag.answering import Question
from desktop.services.rag.opening import Documents
from desktop.services.rag.surroundings import Surroundings

Articles = dict[str, list[str]]
Asked = list[tuple[str, str]]  # question, title of its article
_INDEXED_WITHIN_S = 900.0


@dataclass(frozen=True, slots=True)
class _Goals:
    """Highest rates: answered and supported of what is not there, refused of what is."""

    answered: float
    supported: float
    refused: float


def figures(*, quick: bool = False) -> list[Figure]:
    """Rates of both languages; nothing without the shared sets."""
    if not SHARED.is_dir():
        return []
    found: list[Figure] = []
    for name, (articles, asked), goals in (
        ("English", _squad(), _Goals(0.20, 0.06, 0.12)),
        ("Korean", _korquad(), _Goals(0.12, 0.06, 0.08)),
    ):
        titles = sorted(articles)
        random.Random(1).shuffle(titles)
        titles = titles[: 6 if quick else None]
        there = set(titles[::2])
        random.Random(2).shuffle(asked)
        count = 20 if quick else 300
        inside = [question for question, title in asked if title in there][:count]
        outside = [question for question, title in asked if title in {*titles} - there][:count]
        texts = {title: "\n\n".join(articles[title]) for title in there}
        found += _rates(name, texts, inside, outside, None if quick else goals)
    return found


def _rates(
    name: str, texts: dict[str, str], inside: list[str], outside: list[str], goals: _Goals | None
) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="malgeul-refusals-") as folder:
        documents = Documents(Surroundings(Paths(Path(folder)), lambda _: None)).open()
        try:
            for number, title in enumerate(sorted(texts)):
                documents.library.add_text(texts[title], name=title, document_id=f"d{number}")
            documents.library.wait(_INDEXED_WITHIN_S)
            there = [documents.desk.answer(Question(question)) for question in inside]
            absent = [documents.desk.answer(Question(question)) for question in outside]
        finally:
            documents.close()
    said = f"{len(there)} questions whose answer is there, {len(absent)} whose is not"
    return [
        Figure(f"{name}: answered although it is not there", 1.0 - _refused(absent),
               goal=goals.answered if goals else None, note=said),
        Figure(f"{name}: called supported although it is not there", _supported(absent),
               goal=goals.supported if goals else None),
        Figure(f"{name}: refused although it is there", _refused(there),
               goal=goals.refused if goals else None),
        Figure(f"{name}: called supported where it is there", _supported(there)),
    ]  # fmt: skip


def _refused(answers: list[Answer]) -> float:
    return sum(answer.refused for answer in answers) / max(1, len(answers))


def _supported(answers: list[Answer]) -> float:
    some = [any(s.support is Support.SUPPORTED for s in a.sentences) for a in answers]
    return sum(some) / max(1, len(some))


def _squad() -> tuple[Articles, Asked]:
    whole = english("squad_en")
    articles: Articles = {}
    for title, text in zip(whole.titles, whole.texts, strict=True):
        articles.setdefault(title, []).append(text)
    places = zip(whole.questions, whole.right, strict=True)
    return articles, [(question, whole.titles[min(right)]) for question, right in places]


def _korquad() -> tuple[Articles, Asked]:
    path = SHARED / "retrieval" / "KorQuAD_v1.0_dev.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        data = json.load(file)["data"]
    articles = {each["title"]: [part["context"] for part in each["paragraphs"]] for each in data}
    asked = [
        (qa["question"], each["title"])
        for each in data
        for part in each["paragraphs"]
        for qa in part["qas"]
    ]
    return articles, asked
