"""The window's half of documents: the whole application with its real RAG server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.app.application import Application
from desktop.errors import MalgeulError
from desktop.events import (
    AnswerFinished,
    DocumentChanged,
    DocumentState,
    Event,
    Passage,
    ServiceChanged,
    ServiceState,
)
from desktop.paths import Paths
from desktop.ui.ports import DocumentsBackend

WaitUntil = Callable[..., None]


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def application(home: Path, events: list[Event]) -> Iterator[Application]:
    application = Application.open(Paths(home), sources=lambda settings: {})
    application.settings.services.redis.mode = "embedded"
    application.settings.services.qdrant.mode = "embedded"
    application.settings.services.vllm.mode = "embedded"
    application.settings.services.llama.mode = "embedded"
    application.bus.subscribe(events.append)
    application.start()
    yield application
    application.close()
    application.close_store()


def ready(events: list[Event]) -> int:
    """How often the RAG server became ready."""
    return sum(
        isinstance(e, ServiceChanged)
        and e.status.name == "rag"
        and e.status.state is ServiceState.READY
        for e in list(events)
    )


def test_documents_go_in_and_answers_come_out(
    application: Application, events: list[Event], tmp_path: Path, wait_until: WaitUntil
) -> None:
    assert isinstance(application, DocumentsBackend)
    application.need_documents()
    wait_until(lambda: ready(events), timeout_s=90.0)
    (tmp_path / "휴가.txt").write_text(
        "직원은 1년에 15일의 연차휴가를 쓸 수 있다. 남은 휴가는 다음 해로 넘어가지 않는다.",
        encoding="utf-8",
    )

    assert application.add_documents([tmp_path / "휴가.txt"]) == 1
    wait_until(
        lambda: any(
            isinstance(e, DocumentChanged) and e.document.state is DocumentState.INDEXED
            for e in list(events)
        ),
        timeout_s=60.0,
    )
    answer_id = application.ask("연차휴가는 며칠인가요?", "talk")
    wait_until(lambda: any(isinstance(e, AnswerFinished) for e in list(events)), timeout_s=60.0)
    (finished,) = [e for e in events if isinstance(e, AnswerFinished)]
    found: list[Passage] = list(application.search_passages("휴가"))
    view = application.view_passage(found[0])

    assert finished.answer_id == answer_id
    assert "15일" in finished.answer.text
    assert found[0].source == "휴가.txt"
    assert "연차휴가" in view.text
    assert application.documents_status().documents == 1

    pid = next(s.pid for s in application.services() if s.name == "rag")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: ready(events) == 2, timeout_s=90.0)
    assert application.search_passages("휴가")
    application.remove_document(found[0].document_id)
    assert not application.search_passages("휴가")


def test_before_the_server_is_there_it_says_so(application: Application) -> None:
    with pytest.raises(MalgeulError):
        application.documents()
