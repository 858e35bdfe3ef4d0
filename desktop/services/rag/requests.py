"""What the RAG server is asked and answers, as pydantic models.  Pure.

The names of the original system's fields are taken as they were: ``session_id`` of a query is the
conversation, ``content``, ``doc_id`` and ``chunk_id`` of an index request its other form.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from desktop.events import Answer, Passage
from desktop.services.rag.answering import MAX_QUESTION_CHARS, Question

Id = Annotated[str, Field(max_length=128, pattern=r"^[\w.:-]*$")]
Keyword = Annotated[str, Field(max_length=200)]
MAX_TEXT_CHARS = 2_000_000
MAX_PATHS = 10_000


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore")


class QueryRequest(_Request):
    query: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)]
    keywords: Annotated[list[Keyword], Field(max_length=64)] = []
    top_k: Annotated[int, Field(ge=0, le=50)] = 0  # 0: as the settings say
    session_id: Id = ""
    language: Annotated[str, Field(pattern=r"^(?:|ko|en)$")] = ""
    meeting_id: Id = ""
    answer_id: Id = ""
    stream: bool = False

    def question(self) -> Question:
        return Question(
            text=self.query,
            keywords=tuple(self.keywords),
            conversation_id=self.session_id,
            meeting_id=self.meeting_id,
            language=self.language,
            top_k=self.top_k,
        )


class SearchRequest(_Request):
    query: Annotated[str, Field(max_length=MAX_QUESTION_CHARS)] = ""
    top_k: Annotated[int, Field(ge=1, le=200)] = 10
    keywords: Annotated[list[Keyword], Field(max_length=64)] = []
    document_ids: Annotated[list[Id], Field(max_length=1_000)] = []
    session_ids: Annotated[list[Id], Field(max_length=1_000)] = []

    @model_validator(mode="after")
    def _something(self) -> SearchRequest:
        if not self.query.strip() and not any(word.strip() for word in self.keywords):
            raise ValueError("a query or keywords are needed")
        return self


class IndexRequest(_Request):
    text: Annotated[str, Field(max_length=MAX_TEXT_CHARS)] = ""
    content: Annotated[str, Field(max_length=MAX_TEXT_CHARS)] = ""
    metadata: Annotated[dict[str, Any], Field(max_length=64)] = {}
    doc_id: Id = ""
    chunk_id: Id = ""
    wait: bool = True  # answer when it can be found

    @model_validator(mode="after")
    def _something(self) -> IndexRequest:
        if not (self.text or self.content).strip():
            raise ValueError("text or content is needed")
        return self

    @property
    def whole(self) -> str:
        return self.text or self.content

    @property
    def name(self) -> str:
        source = self.metadata.get("source") or self.metadata.get("title")
        return str(source)[:200] if source else self.doc_id or "text"

    @property
    def document_id(self) -> str:
        return f"{self.doc_id}:{self.chunk_id}" if self.chunk_id else self.doc_id


class PathsRequest(_Request):
    paths: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=4_096)]],
        Field(min_length=1, max_length=MAX_PATHS),
    ]


class WatchRequest(_Request):
    folder: Annotated[str, Field(min_length=1, max_length=4_096)]
    on: bool = True


class SwitchRequest(_Request):
    on: bool = True


class ViewRequest(_Request):
    document_id: Id
    start: Annotated[int, Field(ge=0, le=2**40)]
    end: Annotated[int, Field(ge=0, le=2**40)]
    quote: Annotated[str, Field(max_length=20_000)] = ""
    page: Annotated[int, Field(ge=0, le=1_000_000)] = 0  # another page than the passage's


class SpokenLine(_Request):
    text: Annotated[str, Field(max_length=20_000)]
    start_s: Annotated[float, Field(ge=0.0, le=1e7, allow_inf_nan=False)]
    speaker: Annotated[str, Field(max_length=200)] = ""


class TranscriptRequest(_Request):
    title: Annotated[str, Field(max_length=1_000)]
    lines: Annotated[list[SpokenLine], Field(max_length=200_000)]


def passage_body(passage: Passage) -> dict[str, Any]:
    """A passage with its own names and the original's (``text``, ``score``, ``metadata``)."""
    body = dataclasses.asdict(passage)
    body["id"] = passage.passage_id
    body["metadata"] = {
        "source": passage.source,
        "page": passage.page,
        "heading": passage.heading,
        "document_id": passage.document_id,
    }
    return body


def answer_body(query: str, session_id: str, answer: Answer) -> dict[str, Any]:
    """An answer with its own names and the original's (``answer``, ``sources``)."""
    body = dataclasses.asdict(answer)
    sources = [passage_body(passage) for passage in answer.citations]
    body.update(
        query=query,
        session_id=session_id,
        answer=answer.text,
        sources=sources,
        citations=sources,
        timings_s=dict(answer.timings_s),
        processing_time=dict(answer.timings_s).get("total", 0.0),
    )
    return body
