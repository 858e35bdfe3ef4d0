"""What surrounds a service: ports and who holds them, programs, output, secrets, other forms."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fakes.misbehaving_specs import QUICK, misbehaving, some_port
from fixtures_supervision import Heard, Make, gone, listener

from desktop.errors import NotFoundError, ServiceError
from desktop.events import ServiceMode
from desktop.events import ServiceState as S
from desktop.services.supervisor.http_probe import HttpProbe, ModelProbe, VersionProbe
from desktop.services.supervisor.probes import AllOf, ProbeResult
from desktop.services.supervisor.spec import (
    EmbeddedPlan,
    ExternalPlan,
    Secret,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def test_a_foreign_program_on_the_port_is_named_and_left_alone(supervise: Make) -> None:
    """faults: P7"""
    plan = misbehaving("one")
    with listener(plan.spec.port):
        supervisor = supervise(plan)
        supervisor.start()
        status = supervisor.wait_for("one", S.READY)
    assert status.port == plan.spec.port + 1
    assert f"(process {os.getpid()})" in status.reason
    assert f"{status.port} is used instead" in status.reason


def test_two_services_never_choose_the_same_port(supervise: Make) -> None:
    port = some_port()
    supervisor = supervise(*(misbehaving(name, port=port) for name in ("a", "b", "c")))
    supervisor.start()
    found = {supervisor.wait_for(name, S.READY).port for name in ("a", "b", "c")}
    assert len(found) == 3


ADOPTION = AllOf((HttpProbe("/health"), VersionProbe("/version", (1, 2), "Small")))


def test_the_right_service_on_the_port_is_adopted_watched_and_not_stopped(
    supervise: Make,
) -> None:
    """faults: P8, P9"""
    owner = supervise(misbehaving("owner"))
    owner.start()
    theirs = owner.wait_for("owner", S.READY)
    supervisor = supervise(misbehaving("one", port=theirs.port, adoption=ADOPTION))
    supervisor.start()
    status = supervisor.wait_for("one", S.READY)
    assert (status.mode, status.pid, status.port) == (ServiceMode.EXTERNAL, 0, theirs.port)
    assert status.reason == f"uses Small 1.2.3, which already runs on port {theirs.port}"
    supervisor.stop()
    assert owner.status("owner")[0].pid == theirs.pid
    assert not gone([theirs.pid])
    supervisor.start()
    supervisor.wait_for("one", S.READY)
    owner.stop()
    lost = supervisor.wait_for("one", S.FAILED)
    assert lost.reason.startswith("external service lost")
    assert not lost.pid
    supervisor.start(["one"])  # the user's consent
    status = supervisor.wait_for("one", S.READY)
    assert status.mode is ServiceMode.MANAGED
    assert status.pid


def test_the_wrong_version_is_not_adopted(supervise: Make) -> None:
    """faults: P8"""
    owner = supervise(misbehaving("owner"))
    owner.start()
    theirs = owner.wait_for("owner", S.READY)
    picky = AllOf((HttpProbe("/health"), VersionProbe("/version", (2, 0), "Small")))
    supervisor = supervise(misbehaving("one", port=theirs.port, adoption=picky))
    supervisor.start()
    status = supervisor.wait_for("one", S.READY)
    assert (status.mode, status.port != theirs.port) == (ServiceMode.MANAGED, True)
    assert "Small 1.2.3 is older than 2.0" in status.reason


def test_the_wrong_model_is_not_ready(supervise: Make) -> None:
    """faults: P10"""
    key = Secret.random()
    probe = AllOf((HttpProbe("/health"), ModelProbe("large", key)))
    supervisor = supervise(
        misbehaving("one", readiness=probe, key=key, secret_environment={"KEY": key})
    )
    supervisor.start()
    time.sleep(1.5)
    status = supervisor.status("one")[0]
    assert status.state is S.STARTING
    assert status.reason == "the server has the model small, not large"


def test_out_of_gpu_memory_is_not_tried_again(supervise: Make, heard: Heard) -> None:
    """faults: P11"""
    from desktop.services.stack.openai_server import OUT_OF_GPU_MEMORY

    said = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
    plan = misbehaving("one", "--exit-at-once", "1", "--say", said, fatal_signs=OUT_OF_GPU_MEMORY)
    supervisor = supervise(plan)
    supervisor.start()
    status = supervisor.wait_for("one", S.FAILED)
    assert status.reason == "the graphics card's memory was not enough"
    assert "smaller or quantised" in status.hint
    assert heard.states("one") == [S.STARTING, S.FAILED]


@pytest.mark.parametrize("size", [1 << 27, pytest.param(1 << 30, marks=pytest.mark.slow)])
def test_a_flood_without_newline(supervise: Make, tmp_path: Path, size: int) -> None:
    """faults: P14"""
    supervisor = supervise(
        misbehaving("one", "--flood-bytes", str(size), timing=replace(QUICK, start_s=60.0))
    )
    supervisor.start()
    assert supervisor.wait_for("one", S.READY, timeout_s=60).state is S.READY
    supervisor.stop()
    written = sum(file.stat().st_size for file in (tmp_path / "logs").iterdir())
    assert written < 20_000
    assert f"[{size - 8192} more bytes in this line]" in supervisor.tail("one")[-2]


def test_output_that_is_not_utf_8(supervise: Make) -> None:
    """faults: P15"""
    supervisor = supervise(misbehaving("one", "--say-bytes", "ff62ad20eab080ed0a"))
    supervisor.start()
    supervisor.wait_for("one", S.READY)
    assert "\ufffdb\ufffd 가\ufffd" in supervisor.tail("one")


@pytest.mark.parametrize("kind", ["missing", "not executable", "a folder"])
def test_a_program_that_cannot_run(
    supervise: Make, heard: Heard, tmp_path: Path, kind: str
) -> None:
    """faults: P16"""
    program = tmp_path / "program"
    if kind == "not executable":
        program.write_text("text")
    elif kind == "a folder":
        program.mkdir()
    supervisor = supervise(misbehaving("one", argv=(str(program),)))
    supervisor.start()
    status = supervisor.wait_for("one", S.FAILED)
    assert "could not be started" in status.reason
    assert "installed" in status.hint
    assert heard.states("one") == [S.STARTING, S.FAILED]


def test_secrets_are_nowhere_to_be_seen(supervise: Make, heard: Heard, tmp_path: Path) -> None:
    """faults: P21"""
    key = Secret.random()
    plan = misbehaving("one", "--show-environment", key=key, secret_environment={"KEY": key})
    supervisor = supervise(plan)
    supervisor.start()
    status = supervisor.wait_for("one", S.READY)
    process = psutil.Process(status.pid)
    assert process.environ()["KEY"] == key.reveal(), "the service has it"
    for each in (process, process.parent()):
        assert each is not None
        assert key.reveal() not in " ".join(each.cmdline())
    assert key.reveal() not in repr(process.parent().environ())  # type: ignore[union-attr]
    assert any("[redacted]" in line for line in supervisor.tail("one"))
    log = (tmp_path / "logs" / "one.log").read_text(encoding="utf-8")
    everything = log + repr(supervisor.tail("one")) + repr(list(heard)) + repr(plan)
    assert key.reveal() not in everything
    with pytest.raises(ServiceError, match="would show a secret"):
        misbehaving("two", argv=("x", "--key", key.reveal()), key=key)


def test_an_unwritable_folder_is_a_reason(supervise: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    supervisor = supervise(misbehaving("one", directories=(tmp_path / "file" / "below",)))
    supervisor.start()
    status = supervisor.wait_for("one", S.FAILED)
    assert "its files could not be prepared" in status.reason


def test_external_and_embedded_are_shown(supervise: Make) -> None:
    owner = supervise(misbehaving("owner"))
    owner.start()
    theirs = owner.wait_for("owner", S.READY)
    probe = HttpProbe("/health")
    supervisor = supervise(
        EmbeddedPlan("plain", "Plain", "nothing to run", "install it"),
        ExternalPlan("far", "Far", theirs.url, probe, theirs.port, "127.0.0.1", timing=QUICK),
        misbehaving("near", dependencies=("plain", "far")),
    )
    assert supervisor.status("plain")[0].mode is ServiceMode.EMBEDDED
    supervisor.start()
    assert supervisor.wait_for("near", S.READY).state is S.READY
    far = supervisor.status("far")[0]
    assert (far.mode, far.url, far.pid) == (ServiceMode.EXTERNAL, theirs.url, 0)
    owner.stop()
    assert "external service lost" in supervisor.wait_for("far", S.FAILED).reason
    owner.start()
    supervisor.wait_for("far", S.READY, timeout_s=10)
    assert supervisor.status("near")[0].state is S.READY


def test_wrong_names_and_closed_supervisors(supervise: Make) -> None:
    supervisor = supervise(misbehaving("one"))
    with pytest.raises(NotFoundError, match="no service called two"):
        supervisor.start(["two"])
    supervisor.close()
    supervisor.close()
    with pytest.raises(ServiceError, match="does not run"):
        supervisor.start()


@pytest.mark.parametrize("where", ["readiness", "adoption"])
def test_a_probe_that_fails_is_an_answer(supervise: Make, where: str) -> None:
    class Broken:
        async def ask(self, host: str, port: int) -> ProbeResult:
            raise KeyError("broken")

    plan = misbehaving("one", **{where: Broken()})
    with listener(plan.spec.port):
        supervisor = supervise(plan)
        supervisor.start()
        state = S.STARTING if where == "readiness" else S.READY
        assert supervisor.wait_for("one", state).state is state
