# ruff: noqa: E501
"""The servers' part of the scripted `Backend`: plausible states, logs, environments, loads."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence

from desktop import events as ev
from desktop.bus import EventBus
from desktop.errors import NotFoundError
from desktop.events import ServiceMode as M
from desktop.events import ServiceState as S
from desktop.events import ServiceStatus
from desktop.records import MemoryPlanRecord, MemoryShare, RuntimeRecord
from desktop.services.runtimes.shelf import label_of

GB = 1_000_000_000
GIB = 1 << 30


def statuses() -> dict[str, ServiceStatus]:
    """One service of each kind that the window must show."""
    found = (
        ServiceStatus("redis", "Redis (cache)", S.READY, M.MANAGED, "", "", 4211, 6379,
                      "redis://127.0.0.1:6379", 3_725.0, 0),
        ServiceStatus("qdrant", "Qdrant (vectors)", S.READY, M.EMBEDDED,
                      "the qdrant program was not found: the vectors are kept by Qdrant Edge inside Malgeul",
                      "malgeul runtimes install qdrant. It is worth it from about 100,000 passages on."),
        ServiceStatus("vllm", "vLLM (language model)", S.READY, M.MANAGED,
                      "port 8000 is held by nginx (process 771); 8001 is used instead", "", 4255, 8001,
                      "http://127.0.0.1:8001", 3_640.0, 1),
        ServiceStatus("llama", "llama.cpp (language model)", S.READY, M.EMBEDDED,
                      "not needed: vLLM has the language model"),
        ServiceStatus("embedding", "BGE-M3 (embedding)", S.STARTING, M.MANAGED,
                      "nothing listens on the port yet", "", 4303, 8002, "http://127.0.0.1:8002"),
        ServiceStatus("rag", "Answers from documents", S.FAILED, M.MANAGED,
                      "it ended by itself with exit code 1; it ended 5 times in 5 minutes",
                      "Install it again: what was fetched is kept."),
    )  # fmt: skip
    return {status.name: status for status in found}


class FakeMachineRoom:
    """See `MachineRoomBackend`."""

    bus: EventBus
    calls: list[tuple[object, ...]]

    def __init__(self) -> None:
        self.service_states = statuses()
        self.environments = {"vllm", "embedding"}
        self.measuring_every_s = 0.0

    def services(self) -> Sequence[ServiceStatus]:
        return tuple(self.service_states.values())

    def start_service(self, name: str) -> None:
        self.calls.append(("start_service", name))
        self.change_service(name, state=S.STARTING, reason="", hint="", restarts=0)

    def stop_service(self, name: str) -> None:
        self.calls.append(("stop_service", name))
        self.change_service(name, state=S.STOPPED, reason="", hint="", pid=0, port=0, url="")

    def restart_service(self, name: str) -> None:
        self.calls.append(("restart_service", name))
        self.change_service(name, state=S.STARTING, reason="", hint="")

    def change_service(self, name: str, **values: object) -> None:
        """Publishes that a service is otherwise now."""
        if name not in self.service_states:
            raise NotFoundError(f"There is no service called {name}.", hint="")
        before = self.service_states[name]
        after = dataclasses.replace(before, **values)  # type: ignore[arg-type]
        self.service_states[name] = after
        self.bus.publish(ev.ServiceChanged(after, before.state, time.time()))

    def service_log(self, name: str, count: int = 200) -> Sequence[str]:
        lines = [
            f"-- starting {name} on port 8001",
            "INFO 11-26 12:00:01 [api_server.py:1289] vLLM API server version 0.33.0",
            "INFO 11-26 12:00:09 [gpu_model_runner.py:2602] Starting to load model Qwen/Qwen2.5-7B",
            "INFO 11-26 12:00:31 [default_loader.py:267] Loading weights took 20.18 seconds",
            "WARNING 11-26 12:00:33 [cudagraph_dispatcher.py:106] cudagraph sizes were cut",
            "INFO 11-26 12:00:52 [launcher.py:36] Available routes are:",
            "INFO:     Application startup complete.",
            'INFO:     127.0.0.1:51512 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
        ]
        return lines[-count:]

    def keep_service_key(self, name: str, key: str) -> None:
        self.calls.append(("keep_service_key", name, len(key)))

    def runtimes(self) -> Sequence[RuntimeRecord]:
        def record(name: str, label: str, size: float, version: str, **more: str) -> RuntimeRecord:
            return RuntimeRecord(
                name, label, name in self.environments, False, round(size * GB),
                f"/data/malgeul/runtimes/{name}", version, **more,
            )  # fmt: skip

        return (
            record("vllm", "vLLM (NVIDIA card)", 11.0, "0.33.0"),
            record("vllm-cpu", "vLLM (processor)", 2.6, "0.32.0"),
            record("embedding", "BGE-M3 (embedding)", 7.5, "1.4.2"),
            record("qdrant", "Qdrant (vector store)", 0.1, "1.16.0"),
        )

    def install_runtime(self, name: str) -> None:
        self.calls.append(("install_runtime", name))
        self.bus.publish(ev.ProgressReported(f"runtime:{name}", label_of(name), 0.8e9, 3.4e9, "B"))

    def remove_runtime(self, name: str) -> None:
        self.calls.append(("remove_runtime", name))
        self.environments.discard(name)

    def memory_plan(self) -> MemoryPlanRecord:
        def share(what: str, detail: str, gib: float) -> MemoryShare:
            return MemoryShare(what, detail, "cuda", round(gib * GIB))

        return MemoryPlanRecord(
            "NVIDIA GeForce RTX 5090", 32 * GIB,
            (
                share("others", "", 1.3),
                share("recogniser", "Whisper medium, float16", 4.7),
                share("embedding", "BAAI/bge-m3, float16", 2.8),
                share("language model", "Qwen/Qwen2.5-7B-Instruct-AWQ, 8,192", 12.1),
                share("reserve", "", 1.0),
            ),
            ("Fewer passages are judged a second time.", "The language model is the quantised one (AWQ)."),
            True,
        )  # fmt: skip

    def measure_machine(self, every_s: float) -> None:
        self.calls.append(("measure_machine", every_s))
        self.measuring_every_s = every_s

    def publish_machine(self, step: int = 0, wall_s: float | None = None) -> None:
        """One measurement; `step` moves along gentle waves."""
        self.bus.publish(measured(step, time.time() if wall_s is None else wall_s))


def measured(step: int, wall_s: float) -> ev.MachineMeasured:
    """A machine with one card at work."""
    wave = 0.5 + 0.5 * math.sin(step / 9.0)
    busy = step % 24 < 9
    card = ev.GpuLoad(
        0, "NVIDIA GeForce RTX 5090", 0.15 + 0.7 * wave, round((19 + 2 * wave) * GIB), 32 * GIB,
        54.0 + 14 * wave, 110.0 + 260 * wave,
    )  # fmt: skip
    llm = ev.LlmLoad(
        "vllm", 900.0 * wave if busy else 0.0, 95.0 * wave if busy else 0.0, int(busy), step % 3 // 2,
        0.09 + 0.05 * wave if busy else None, 0.011 if busy else None, 0.05 + 0.3 * wave, 0.82,
    )  # fmt: skip
    return ev.MachineMeasured(
        wall_s=wall_s,
        cpu=0.18 + 0.3 * wave,
        memory_used_bytes=round((14 + wave) * GIB),
        memory_total_bytes=64 * GIB,
        processes=(
            ev.ProcessLoad("malgeul", 4100, 0.6 + 0.4 * wave, round(2.1 * GIB), round(4.7 * GIB)),
            ev.ProcessLoad("redis", 4211, 0.01, round(0.02 * GIB)),
            ev.ProcessLoad("vllm", 4255, 0.9 * wave, round(3.9 * GIB), round(12.1 * GIB)),
            ev.ProcessLoad("embedding", 4303, 0.05, round(2.4 * GIB), round(2.8 * GIB)),
            ev.ProcessLoad("other", 0, 0.0, 0, round(1.3 * GIB)),
        ),
        gpus=(card,),
        llm=llm,
        real_time_factor=0.11 + 0.06 * wave,
        lag_s=0.6 + 0.5 * wave,
        keyword_latency_s=0.8 + 0.4 * wave,
    )
