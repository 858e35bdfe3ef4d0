"""The documents as the answer server opens them, behind its routes."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.embedding_server import KEY, embedding_server
from starlette.testclient import TestClient

from desktop.paths import Paths
from desktop.services.clients import qdrant_server_store
from desktop.services.clients.memory_cache import MemoryCache
from desktop.services.rag.answering import Question
from desktop.services.rag.opening import Documents
from desktop.services.rag.server import create_api
from desktop.services.rag.surroundings import Surroundings
from desktop.services.supervisor.spec import Endpoint, Secret

CABLE = "해저 케이블 사업의 올해 예산은 3억 원이다. 담당은 해양팀이다."
OFFICE = "사무실 이전의 올해 예산은 5천만 원이다. 담당은 총무팀이다."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("documents")
    documents = Documents(Surroundings(Paths(folder), lambda _: None)).open()
    try:
        with TestClient(create_api(documents)) as client:
            for name, text in (("cable", CABLE), ("office", OFFICE)):
                body = {"text": text, "metadata": {"source": name, "page": 7}, "doc_id": name}
                assert client.post("/index", json=body).json()["status"] == "success"
            yield client
    finally:
        documents.close()


def first(server: TestClient, *keywords: str) -> Any:
    body = {"query": "올해 예산은 얼마인가요?", "keywords": list(keywords)}
    return server.post("/query", json=body).json()


def test_a_meetings_keywords_say_which_of_two_is_meant(server: TestClient) -> None:
    """Words of the meeting widen the question; they never take its place."""
    assert first(server, "해저 케이블")["sources"][0]["source"] == "cable"
    assert first(server, "사무실 이전", "총무팀")["sources"][0]["source"] == "office"
    assert "3억" in first(server, "해저 케이블")["answer"]
    assert "5천만" in first(server, "사무실 이전")["answer"]
    assert not first(server, "우주 망원경")["refused"], "an unrelated keyword does no harm"


def test_a_text_keeps_the_page_it_is_said_to_be_of(server: TestClient) -> None:
    body = {"query": "해저 케이블", "top_k": 1}
    (result,) = server.post("/search", json=body).json()["results"]
    assert result["page"] == result["metadata"]["page"] == 7


def test_the_korean_analyser_is_loaded_before_the_first_question(tmp_path: Path) -> None:
    """By a thread that ends by itself, or with the documents while it still loads."""
    documents = Documents(Surroundings(Paths(tmp_path), lambda _: None)).open(
        watch=True, korean=True
    )
    try:
        warmers = [each for each in threading.enumerate() if each.name == "kiwi-warm"]
        for each in warmers:
            each.join(120.0)
            assert not each.is_alive()
        loaded = documents._terms.words._analyser._child
        documents.retriever.retrieve("다음 회의")
        assert loaded is not None
        assert loaded is documents._terms.words._analyser._child, "it outlives its warmer"
    finally:
        documents.close()
    documents = Documents(Surroundings(Paths(tmp_path), lambda _: None)).open(
        watch=True, korean=True
    )
    documents.close()
    assert not [each for each in threading.enumerate() if each.name == "kiwi-warm"]


def test_documents_that_missed_their_vectors_get_them_when_the_server_is_back(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    with embedding_server() as url:
        right = Endpoint(url, Secret(KEY))
        there = {"embedding": right}
        documents = Documents(Surroundings(Paths(tmp_path), there.get)).open(watch=True)
        try:
            assert documents.ways()["embedding"] == "letters"
            there["embedding"] = Endpoint("http://127.0.0.1:9", None)  # nobody is there
            documents.library.add_text("Roses are watered.", name="a", document_id="a")
            assert documents.library.wait(60.0)
            assert documents.library.status().stale == 1
            there["embedding"] = right
            wait_until(lambda: documents.library.status().stale == 0, 60.0)
            assert documents.library.wait(60.0)
        finally:
            documents.close()


def test_documents_that_cannot_be_opened_with_vectors_now_are_later(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """A store that is away just then must not leave them closed for good."""
    there: dict[str, Endpoint] = {}
    documents = Documents(Surroundings(Paths(tmp_path), there.get)).open(watch=True)
    try:
        with embedding_server() as url, TestClient(create_api(documents)) as client:
            there["qdrant"] = Endpoint("http://127.0.0.1:9", None)  # nobody is there
            there["embedding"] = Endpoint(url, Secret(KEY))
            wait_until(lambda: "embedding" not in documents.ways(), 60.0)
            assert client.get("/health").json()["status"] == "healthy"
            assert client.post("/search", json={"query": "roses"}).status_code == 503
            del there["qdrant"]
            wait_until(lambda: documents.ways().get("embedding") == "letters", 60.0)
    finally:
        documents.close()


def test_a_store_that_moved_is_followed(
    tmp_path: Path, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from qdrant_client import QdrantClient

    clients: dict[str, QdrantClient] = {}

    def connect(url: str, _: str) -> QdrantClient:
        return clients.setdefault(url, QdrantClient(":memory:"))

    monkeypatch.setattr(qdrant_server_store, "connect", connect)
    there = {"qdrant": Endpoint("http://127.0.0.1:6333", None)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # payload indexes do nothing in local mode
        documents = Documents(Surroundings(Paths(tmp_path), there.get)).open(watch=True)
        try:
            documents.library.add_text("Roses are watered.", name="a", document_id="a")
            assert documents.library.wait(60.0)
            there["qdrant"] = Endpoint("http://127.0.0.1:6335", None)
            wait_until(lambda: len(clients) == 2 and documents.ways().get("qdrant"), 60.0)
            assert documents.library.verify().equal
            assert [f.passage.source for f in documents.retriever.retrieve("roses").found] == ["a"]
        finally:
            documents.close()


def test_answers_kept_in_one_cache_are_of_one_data_directory(tmp_path: Path) -> None:
    cache = MemoryCache()
    answers = []
    for name, text in (
        ("one", "Roses are watered on Monday."),
        ("two", "Roses are watered daily."),
    ):
        documents = Documents(Surroundings(Paths(tmp_path / name), lambda _: None))
        documents._cache._memory = cache
        documents.open()
        documents.library.add_text(text, name="a", document_id="a")
        assert documents.library.wait(60.0)
        answers.append(documents.desk.answer(Question("When are roses watered?")))
        documents._cache._memory = MemoryCache()
        documents.close()
    assert [answer.cached for answer in answers] == [False, False]
    assert "daily" in answers[1].text
