"""The documents as the answer server opens them, behind its routes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from desktop.paths import Paths
from desktop.services.rag.opening import Documents
from desktop.services.rag.server import create_api
from desktop.services.rag.surroundings import Surroundings

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
    documents = Documents(Surroundings(Paths(tmp_path), lambda _: None)).open(watch=True)
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
    documents = Documents(Surroundings(Paths(tmp_path), lambda _: None)).open(watch=True)
    documents.close()
    assert not [each for each in threading.enumerate() if each.name == "kiwi-warm"]
