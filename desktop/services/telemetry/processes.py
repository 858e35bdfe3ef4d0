"""Processor time and memory of our processes, by the service they belong to.

Who belongs to whom is looked up every few seconds, since it costs a walk over all processes; in
between only the known ones are read.  One thread at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psutil

from desktop.events import ProcessLoad

APPLICATION = "malgeul"
OTHERS = "other"
_WALK_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class _Member:
    owner: str
    process: psutil.Process


@dataclass
class ProcessTable:
    """Reads loads; each call gives those since the last one."""

    clock: Callable[[], float] = time.monotonic
    _members: dict[int, _Member] = field(default_factory=dict)
    _spent_s: dict[int, float] = field(default_factory=dict)
    _owners: dict[str, int] = field(default_factory=dict)
    _walk_due_s: float = 0.0
    _read_s: float = 0.0

    def read(
        self, services: Mapping[str, int], gpu_bytes: Mapping[int, int] | None = None
    ) -> list[ProcessLoad]:
        """The application and its services, then everybody else's graphics memory as "other".

        Args:
            services: the process id of each running service, by its name.
            gpu_bytes: graphics memory by process id, over all cards.
        """
        now_s = self.clock()
        owners = dict(services)
        if owners != self._owners or now_s >= self._walk_due_s:
            self._walk(owners)
            self._walk_due_s = now_s + _WALK_EVERY_S
        span_s = max(now_s - self._read_s, 0.001) if self._read_s else 0.0
        self._read_s = now_s
        cpu: dict[str, float] = {}
        memory: dict[str, int] = {}
        graphics: dict[str, int] = {}
        card = dict(gpu_bytes or {})
        for pid, member in list(self._members.items()):
            found = self._look(member.process)
            if found is None:
                del self._members[pid]
                self._spent_s.pop(pid, None)
                continue
            spent_s, rss = found
            before_s = self._spent_s.get(pid, spent_s)
            self._spent_s[pid] = spent_s
            owner = member.owner
            share = (spent_s - before_s) / span_s if span_s else 0.0
            cpu[owner] = cpu.get(owner, 0.0) + max(0.0, share)
            memory[owner] = memory.get(owner, 0) + rss
            graphics[owner] = graphics.get(owner, 0) + card.pop(pid, 0)
        pids = {APPLICATION: os.getpid(), **owners}
        loads = [
            ProcessLoad(name, pid, cpu[name], memory[name], graphics[name])
            for name, pid in pids.items()
            if name in cpu
        ]
        others = sum(card.values())
        return [*loads, ProcessLoad(OTHERS, 0, 0.0, 0, others)] if others else loads

    def _walk(self, owners: dict[str, int]) -> None:
        """Looks up who is below whom."""
        self._owners = owners
        by_pid = {pid: name for name, pid in owners.items()}
        below: dict[int, list[int]] = {}
        for pid, parent in _parents().items():
            below.setdefault(parent, []).append(pid)
        found: dict[int, str] = {}
        waiting = [(os.getpid(), APPLICATION), *((pid, name) for pid, name in by_pid.items())]
        for root, owner in waiting:
            line = [root]
            while line:
                pid = line.pop()
                if pid in by_pid and by_pid[pid] != owner:
                    continue  # a service's own, below the application
                found[pid] = owner
                line.extend(below.get(pid, ()))
        kept = {}
        for pid, owner in found.items():
            known = self._members.get(pid)
            try:
                process = known.process if known is not None else psutil.Process(pid)
            except psutil.Error:
                continue
            kept[pid] = _Member(owner, process)
        self._members = kept
        self._spent_s = {pid: s for pid, s in self._spent_s.items() if pid in kept}

    @staticmethod
    def _look(process: psutil.Process) -> tuple[float, int] | None:
        """Seconds of processor time and resident bytes; None when it has gone."""
        try:
            with process.oneshot():
                times = process.cpu_times()
                return times.user + times.system, int(process.memory_info().rss)
        except psutil.Error:
            return None


def _parents() -> dict[int, int]:
    """Every process's parent."""
    found: dict[int, int] = {}
    for process in psutil.process_iter():
        try:
            found[process.pid] = process.ppid()
        except psutil.Error:
            continue
    return found
