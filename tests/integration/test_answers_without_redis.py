"""Redis dies while the answer server uses it: speed is lost, never an answer (faults: P20)."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.misbehaving_specs import some_port

from desktop import settings as settings_file
from desktop.events import ServiceState
from desktop.services.stack import rag, redis
from desktop.services.supervisor.spec import ManagedPlan, RestartPolicy
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import RedisSettings, Settings

pytestmark = [
    pytest.mark.skipif(redis.find_server() is None, reason="no redis-server"),
    pytest.mark.timeout(300),
]
TEXT = "Refunds are possible within 30 days of purchase. The office is closed in August."
KILLS = 3  # five in five minutes and the supervisor gives it up


class Servers:
    """Both servers; `ask` is a client's question."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        endpoint = supervisor.endpoint("rag")
        assert endpoint is not None
        assert endpoint.key is not None
        self._url = endpoint.url
        self._headers = {"Authorization": f"Bearer {endpoint.key.reveal()}"}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(
            self._url + path, json=body, headers=self._headers, timeout=60.0, trust_env=False
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def kill_redis(self) -> None:
        """kill -9, as soon as it runs."""
        status = self.supervisor.wait_for("redis", ServiceState.READY, timeout_s=60.0)
        assert status.state is ServiceState.READY, status
        assert status.pid
        os.kill(status.pid, signal.SIGKILL)
        away = (ServiceState.BACKOFF, ServiceState.STARTING, ServiceState.STOPPED)
        self.supervisor.wait_for("redis", *away, timeout_s=30.0)


@pytest.fixture
def servers(home: Path) -> Iterator[Servers]:
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings()
    settings_file.save(settings, home / "settings.json")
    cache = redis.plan(RedisSettings(port=some_port()), home)
    assert isinstance(cache, ManagedPlan)
    cache = ManagedPlan(replace(cache.spec, restart=RestartPolicy(first_delay_s=0.1)))
    plans = [cache, rag.plan(settings.services.rag, home)]
    with Supervisor(plans, logs=home / "logs", status_path=home / "services.json") as supervisor:
        supervisor.start()
        for name in ("redis", "rag"):
            status = supervisor.wait_for(
                name, ServiceState.READY, ServiceState.FAILED, timeout_s=120.0
            )
            assert status.state is ServiceState.READY, supervisor.tail(name)
        yield Servers(supervisor)


def test_every_question_is_answered_while_redis_is_killed_again_and_again(
    servers: Servers,
) -> None:
    servers.post("/index", {"text": TEXT, "metadata": {"source": "policy"}})
    answers: list[str] = []
    failures: list[BaseException] = []
    over = threading.Event()

    def ask(number: int) -> None:
        count = 0
        while not over.is_set():
            count += 1
            question = f"Within how many days are refunds possible, request {number} {count % 7}?"
            try:
                answers.append(servers.post("/query", {"query": question})["answer"])
            except BaseException as error:  # noqa: BLE001 - told to the test below
                failures.append(error)
                return

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for asker in askers:
        asker.start()
    for _ in range(KILLS):
        before = len(answers)
        servers.kill_redis()
        while len(answers) < before + 4 and not failures:
            time.sleep(0.02)
    over.set()
    for asker in askers:
        asker.join(60.0)

    assert not failures
    assert len(answers) >= 4 * KILLS
    assert all("within 30 days" in answer for answer in answers)


def test_answers_are_kept_again_once_redis_is_back(servers: Servers) -> None:
    servers.post("/index", {"text": TEXT, "metadata": {"source": "policy"}})
    question = {"query": "When is the office closed?"}
    assert servers.post("/query", question)["cached"] is False
    assert servers.post("/query", question)["cached"] is True

    servers.kill_redis()
    assert "August" in servers.post("/query", question)["answer"]
    servers.supervisor.wait_for("redis", ServiceState.READY, timeout_s=60.0)

    limit_s = time.monotonic() + 60.0
    while not servers.post("/query", question)["cached"]:
        assert time.monotonic() < limit_s
        time.sleep(0.2)
