"""``malgeul services``: from another process, with real servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from fakes.misbehaving_specs import some_port

from desktop.services.stack.plans import NAMES
from desktop.services.stack.redis import find_server
from desktop.settings import Settings, save

MALGEUL = [sys.executable, "-m", "desktop"]
pytestmark = pytest.mark.skipif(find_server() is None, reason="no redis-server")


def malgeul(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*MALGEUL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def statuses() -> dict[str, dict[str, Any]]:
    done = malgeul("services", "status", "--json")
    assert done.returncode == 0, done.stderr
    return {entry["name"]: entry for entry in json.loads(done.stdout)}


@pytest.fixture
def port(home: Path) -> int:
    settings = Settings()
    settings.services.redis.port = some_port()
    settings.services.llama.mode = "embedded"
    save(settings, home / "settings.json")
    return settings.services.redis.port


@pytest.fixture
def running(port: int) -> Iterator[subprocess.Popen[str]]:
    """`services run` with Redis ready."""
    command = [*MALGEUL, "services", "run", "--events", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["status"]["state"] == "ready":
                break
        yield process
        process.terminate()
        process.stdout.read()


def test_status_logs_and_end(
    running: subprocess.Popen[str], port: int, wait_until: Callable[..., None]
) -> None:
    found = statuses()
    assert tuple(found) == NAMES
    redis = found["redis"]
    assert (redis["state"], redis["mode"], redis["port"]) == ("ready", "managed", port)
    assert redis["uptime_s"] > 0
    assert redis["restarts"] == 0
    assert psutil.Process(redis["pid"]).name() == "redis-server"
    assert (found["llama"]["mode"], found["llama"]["pid"]) == ("embedded", 0)
    assert found["llama"]["reason"].startswith("chosen in the settings")
    assert "Ready to accept connections" in malgeul("services", "logs", "redis").stdout

    second = malgeul("services", "run")
    assert second.returncode == 1
    assert f"already run by process {running.pid}" in second.stderr

    launcher = psutil.Process(redis["pid"]).parent()
    assert launcher is not None
    running.send_signal(signal.SIGTERM)
    assert running.wait(15) == 0
    assert not psutil.pid_exists(redis["pid"])
    assert not launcher.is_running()
    assert statuses()["redis"]["state"] == "stopped"


def test_status_of_a_killed_one_is_stale(running: subprocess.Popen[str], port: int) -> None:
    """faults: P1, P12"""
    pid = statuses()["redis"]["pid"]
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    redis = statuses()["redis"]
    assert (redis["state"], redis["pid"], redis["port"]) == ("stopped", 0, 0)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=2)
    assert not psutil.pid_exists(pid)


def test_the_table_and_wrong_names(port: int) -> None:
    done = malgeul("services", "status")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == [
        "NAME", "STATE", "MODE", "PORT", "PID", "UPTIME", "RESTARTS", "REASON",
    ]  # fmt: skip
    assert "Malgeul is not running" in done.stdout
    wrong = malgeul("services", "logs", "nothing")
    assert wrong.returncode == 3
    assert f"Services: {', '.join(NAMES)}." in wrong.stderr
    assert "printed nothing yet" in malgeul("services", "logs", "qdrant").stderr
