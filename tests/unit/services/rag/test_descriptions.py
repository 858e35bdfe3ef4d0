"""What the servers' own descriptions promise: each route just what it can answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from desktop.paths import Paths
from desktop.services.embedding import server as embedding
from desktop.services.rag import server as rag
from desktop.services.rag.opening import Documents
from desktop.services.rag.surroundings import Surroundings

EVERYWHERE = {"200", "400", "401", "403", "503"}
BODY = {"413", "415", "422"}


class Nothing:
    """An encoder and a scorer that are only described."""

    model, device, dimension, has_sparse = "none", "cpu", 2, False

    def encode(self, texts: Any) -> list[Any]:
        return []

    def score(self, pairs: Any) -> list[float]:
        return []


def operations(api: FastAPI) -> dict[str, dict[str, Any]]:
    """By "METHOD path"."""
    paths = api.openapi()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


@pytest.fixture
def answers(tmp_path: Path) -> FastAPI:
    return rag.create_api(Documents(Surroundings(Paths(tmp_path), lambda _: None)))


@pytest.fixture
def vectors() -> Any:
    service = embedding.EmbeddingService(Nothing())
    yield embedding.create_api(service)
    service.close()


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("GET /health", set()),
        ("POST /query", BODY | {"429", "507"}),
        ("POST /query/stream", BODY | {"429"}),
        ("POST /search", BODY),
        ("POST /index", BODY | {"404", "507"}),
        ("GET /documents", {"507"}),
        ("DELETE /documents/{document_id}", {"404", "422", "507"}),
        ("GET /events", set()),
    ],
)
def test_a_route_tells_of_no_refusal_it_never_makes(
    answers: FastAPI, operation: str, more: set[str]
) -> None:
    assert set(operations(answers)[operation]["responses"]) == EVERYWHERE | more


def test_only_reranking_may_lack_its_model(vectors: FastAPI) -> None:
    told = {name: set(each["responses"]) for name, each in operations(vectors).items()}
    assert told == {
        "GET /health": EVERYWHERE,
        "POST /embed": EVERYWHERE | BODY,
        "POST /embed/batch": EVERYWHERE | BODY,
        "POST /rerank": EVERYWHERE | BODY | {"501"},
    }


def test_every_answer_has_its_fields_described(answers: FastAPI, vectors: FastAPI) -> None:
    for api in (answers, vectors):
        schemas = api.openapi()["components"]["schemas"]
        for name, operation in operations(api).items():
            content = operation["responses"]["200"]["content"]
            if set(content) == {"text/event-stream"}:
                continue
            schema = content["application/json"]["schema"]
            assert set(schema) == {"$ref"}, name
            assert schemas[schema["$ref"].rsplit("/", 1)[1]]["properties"], name


def test_what_is_not_opened_yet_says_when_to_come_again(answers: FastAPI) -> None:
    with TestClient(answers) as client:
        answer = client.post("/query", json={"query": "When?"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["code"] == "service.not_yet"
