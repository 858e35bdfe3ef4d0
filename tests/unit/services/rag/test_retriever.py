"""The retriever on a real Qdrant Edge with the real analyser: one of both for the whole file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from desktop.errors import ServiceError
from desktop.events import PassageKind
from desktop.services.clients.embedder import Embedding
from desktop.services.clients.qdrant_edge_store import QdrantEdgeStore
from desktop.services.clients.vectors import Filter, Point
from desktop.services.rag.retriever import HybridRetriever
from desktop.services.rag.terms import TermVectors
from desktop.settings import RetrievalSettings

TEXTS = {
    "budget": "올해 예산은 3억 원으로 확정했다. 지출은 분기마다 점검한다.",
    "budget2": "내년 예산 초안은 재무팀이 작성한다.",
    "server": "데이터베이스 서버를 새 기계로 옮겼다. 백업은 매일 밤에 한다.",
    "pump": "The cooling pump failed twice in March and was replaced by the maintenance team.",
    "pump2": "Spare pumps are kept in the basement store room.",
    "lunch": "점심 메뉴는 냉면과 비빔밥이다.",
}
# What a model of meaning would know and words do not.
MEANINGS = {"budget": 0, "budget2": 0, "server": 1, "pump": 2, "pump2": 2, "lunch": 3}


class MeaningEmbedder:
    """Vectors by topic, with a little of each text's own."""

    model = "meaning-1"
    dimension = 8

    def __init__(self, topic: int = 0, *, broken: bool = False) -> None:
        self.topic = topic
        self.broken = broken

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        if self.broken:
            raise ServiceError("The embedding server is not there.")
        return [Embedding(topic_vector(self.topic), {}) for _ in texts]


def topic_vector(topic: int, own: int = 7) -> Any:
    vector = np.zeros(8, np.float32)
    vector[topic], vector[own] = 1.0, 0.3
    return vector / np.linalg.norm(vector)


class LengthReranker:
    """Likes short passages; or none at all."""

    model = "length-1"

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        if self.broken:
            raise ServiceError("The embedding server is not there.")
        return [max(0.0, 1.0 - len(passage) / 100) for passage in passages]


@pytest.fixture(scope="module")
def terms() -> Iterator[TermVectors]:
    vectors = TermVectors()
    vectors.query("준비")
    yield vectors
    vectors.close()


@pytest.fixture(scope="module")
def store(
    terms: TermVectors, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[QdrantEdgeStore]:
    store = QdrantEdgeStore(tmp_path_factory.mktemp("index"), 8)
    store.upsert([point(terms, name) for name in TEXTS])
    yield store
    store.close()


def point(terms: TermVectors, name: str, *, document: str = "", version: int = 1) -> Point:
    (vector,) = terms.documents([TEXTS[name]])
    payload = {
        "text": TEXTS[name],
        "source": f"{name}.pdf",
        "kind": "transcript" if name == "lunch" else "pdf",
        "document_id": document or name,
        "version": version,
        "ordinal": 0,
        "page": 3,
        "start": 10,
        "end": 10 + len(TEXTS[name]),
        "heading": "보고",
        "section_start": 0,
        "section_end": 500,
        "start_s": 61.5 if name == "lunch" else 0.0,
        "session_id": "s1" if name == "lunch" else "",
    }
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name}/{document}"))
    return Point(identity, payload, vector, dense=topic_vector(MEANINGS[name], 4 + len(name) % 3))


def make(store: QdrantEdgeStore, terms: TermVectors, **options: Any) -> HybridRetriever:
    options.setdefault("is_live", lambda document, version: True)
    return HybridRetriever(store, terms, **options)


def names(retriever: HybridRetriever, query: str, **options: Any) -> list[str]:
    found = retriever.retrieve(query, **options).found
    return [each.passage.source.removesuffix(".pdf") for each in found]


def test_words_alone_find_korean_and_english(store: QdrantEdgeStore, terms: TermVectors) -> None:
    retriever = make(store, terms)
    assert names(retriever, "예산을 얼마로 확정했나요?")[0] == "budget"
    assert names(retriever, "which pump was replaced?")[0] == "pump"
    assert names(retriever, "데이터 베이스")[0] == "server"
    assert names(retriever, "quantum chromodynamics") == []
    assert names(retriever, "") == []


def test_a_passage_says_where_it_is_and_why(store: QdrantEdgeStore, terms: TermVectors) -> None:
    retrieved = make(store, terms).retrieve("예산을 확정했나요?")
    best = retrieved.found[0]
    passage = best.passage
    assert (passage.page, passage.start, passage.heading) == (3, 10, "보고")
    assert (best.section_start, best.section_end) == (0, 500)
    assert passage.kind is PassageKind.DOCUMENT
    assert 0.0 < passage.score <= 1.0
    assert passage.reasons == ("예산", "확정")
    assert [passage.text[a:b] for a, b in passage.matches] == ["예산", "확정"]
    assert retrieved.legs == ("terms",)
    assert {name for name, _ in retrieved.timings_s} >= {"terms", "search", "match"}


@pytest.mark.parametrize(
    ("query", "answerable"),
    [
        ("예산을 얼마로 확정했나요?", True),
        ("which cooling pump failed in March?", True),
        ("데이터베이스 백업은 언제 하나요?", True),
        ("예산 심의 위원회 위원장의 고향은 어디인가요?", False),
        ("which pump did the astronauts of Apollo install on the moon?", False),
        ("quantum chromodynamics", False),
    ],
)
def test_confidence_tells_what_can_be_answered(
    store: QdrantEdgeStore, terms: TermVectors, query: str, answerable: bool
) -> None:
    sure = make(store, terms).retrieve(query).confidence
    assert sure is not None
    assert (sure >= RetrievalSettings().refuse_below) is answerable


def test_a_transcript_says_when(store: QdrantEdgeStore, terms: TermVectors) -> None:
    (found,) = make(store, terms).retrieve("점심 냉면").found
    assert found.passage.kind is PassageKind.TRANSCRIPT
    assert (found.passage.session_id, found.passage.start_s) == ("s1", 61.5)


def test_meaning_finds_what_words_do_not(store: QdrantEdgeStore, terms: TermVectors) -> None:
    retriever = make(store, terms, embedder=MeaningEmbedder(topic=2))
    assert set(names(retriever, "a broken machine in the cellar", limit=2)) == {"pump", "pump2"}
    assert retriever.retrieve("pump").legs == ("terms", "dense")


def test_a_missing_embedder_or_reranker_costs_quality_only(
    store: QdrantEdgeStore, terms: TermVectors
) -> None:
    retriever = make(
        store, terms, embedder=MeaningEmbedder(broken=True), reranker=LengthReranker(broken=True)
    )
    retrieved = retriever.retrieve("which pump was replaced?")
    assert retrieved.found[0].passage.source == "pump.pdf"
    assert retrieved.legs == ("terms",)
    assert not retrieved.whole
    assert make(store, terms).retrieve("which pump was replaced?").whole, "none was asked for"
    for broken in ({"embedder": MeaningEmbedder(broken=True)},
                   {"reranker": LengthReranker(broken=True)}):  # fmt: skip
        assert not make(store, terms, **broken).retrieve("which pump was replaced?").whole


def test_the_reranker_has_the_last_word(store: QdrantEdgeStore, terms: TermVectors) -> None:
    retriever = make(store, terms, reranker=LengthReranker())
    assert names(retriever, "pump was replaced")[0] == "pump2"
    retrieved = retriever.retrieve("pump was replaced")
    assert "rerank" in retrieved.legs
    assert retrieved.confidence is not None
    scores = [each.passage.score for each in retrieved.found]
    assert scores == sorted(scores, reverse=True)
    without = make(
        store, terms, reranker=LengthReranker(), settings=lambda: RetrievalSettings(rerank=False)
    )
    assert names(without, "pump was replaced")[0] == "pump"


def test_only_what_is_live_is_shown(store: QdrantEdgeStore, terms: TermVectors) -> None:
    retriever = make(store, terms, is_live=lambda document, version: document != "budget")
    assert names(retriever, "예산 확정") == ["budget2"]


def test_filters(store: QdrantEdgeStore, terms: TermVectors) -> None:
    retriever = make(store, terms)
    assert names(retriever, "예산", only=Filter(document_ids=("budget2",))) == ["budget2"]
    assert names(retriever, "예산", only=Filter(kinds=("transcript",))) == []
    assert names(retriever, "메뉴", only=Filter(session_ids=("s1",))) == ["lunch"]


def test_keywords_widen_but_do_not_outvote(store: QdrantEdgeStore, terms: TermVectors) -> None:
    retriever = make(store, terms)
    assert names(retriever, "예산을 확정했나요?", keywords=["데이터베이스", "pump"])[0] == "budget"
    assert set(names(retriever, "", keywords=["데이터베이스", "pump"])) == {
        "server",
        "pump",
        "pump2",
    }
    found = retriever.retrieve("", keywords=["데이터베이스"]).found
    assert found[0].passage.reasons == ("데이터베이스",)


def test_one_document_does_not_fill_the_list(terms: TermVectors, tmp_path: Any) -> None:
    store = QdrantEdgeStore(tmp_path, 8)
    points = [point(terms, "budget", document="report")]
    for i in range(6):
        (vector,) = terms.documents([f"예산 확정 예산 확정 {i}"])
        payload = {**points[0].payload, "text": f"예산 확정 예산 확정 {i}"}
        points.append(Point(str(uuid.uuid4()), payload, vector))
    points.append(point(terms, "budget2"))
    store.upsert(points)
    retriever = make(store, terms)
    found = [each.passage.document_id for each in retriever.retrieve("예산 확정", limit=4).found]
    assert found == ["report"] * 3 + ["budget2"]
    assert len(retriever.retrieve("예산 확정", limit=7).found) == 7
    only = Filter(document_ids=("report",))
    assert len(retriever.retrieve("예산 확정", limit=5, only=only).found) == 5
    store.close()


def test_the_same_text_is_shown_once(terms: TermVectors, tmp_path: Any) -> None:
    store = QdrantEdgeStore(tmp_path, 8)
    store.upsert([point(terms, "pump", document=name) for name in ("a", "b", "c")])
    assert len(make(store, terms).retrieve("pump").found) == 1
    store.close()


def test_other_wordings_are_tried_only_when_little_was_found(
    store: QdrantEdgeStore, terms: TermVectors
) -> None:
    asked: list[str] = []

    def paraphrase(query: str) -> list[str]:
        asked.append(query)
        return [query, "", "spare pumps in the basement"]

    retriever = make(store, terms, paraphrase=paraphrase)
    retriever.retrieve("which cooling pump failed in March?", reword=True)
    assert asked == []
    question = "replacement machines in the cellar"
    assert names(retriever, question) == ["pump"]
    assert asked == []  # a search does not wait for a model
    found = retriever.retrieve(question, reword=True)
    assert found.found[0].passage.document_id == "pump2"
    assert asked == [question]
    assert found.confidence is not None
    assert found.confidence > 0.5  # as sure as with the wording that fits


def test_without_anything_to_word_them_otherwise_questions_stand(
    store: QdrantEdgeStore, terms: TermVectors
) -> None:
    def broken(query: str) -> list[str]:
        raise ServiceError("The language model is not there.")

    retriever = make(store, terms, paraphrase=broken)
    assert retriever.retrieve("the astronauts of Apollo", reword=True).found == ()


def test_the_version_names_everything_that_ranks(
    store: QdrantEdgeStore, terms: TermVectors
) -> None:
    plain = make(store, terms)
    full = make(store, terms, embedder=MeaningEmbedder(), reranker=LengthReranker())
    assert terms.version in plain.version
    assert "meaning-1" in full.version
    assert "length-1" in full.version
