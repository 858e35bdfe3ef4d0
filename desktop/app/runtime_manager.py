"""Separate environments for the front end: list, install in the background, remove."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from desktop.app.background import BackgroundTasks, Kind, Report
from desktop.events import Event
from desktop.records import RuntimeRecord
from desktop.services.runtimes.shelf import Shelf, label_of, shelf


def _failure(title: str, why: str) -> str:
    return f"“{title}” could not be installed. {why}"


INSTALL = Kind("runtime:", "install-", "runtime.install", "services", _failure, title=label_of)
_SERVICES = {  # which services an environment is for
    "vllm": ("vllm", "llama"),
    "vllm-cpu": ("vllm", "llama"),
    "llama": ("vllm", "llama"),
    "embedding": ("embedding",),
    "qdrant": ("qdrant",),
    "bge-m3": ("embedding",),
    "bge-reranker": ("embedding",),
}
_LANGUAGE = ("vllm", "llama")  # what every other model is for


class RuntimeManager:
    """The environments' part of the `Backend`.

    Args:
        root: the data directory.
        publish: receives progress.
        changed: called with the services to plan anew when an environment came or goes.
        stop: stops a service, so that nothing runs from what is removed.
    """

    def __init__(
        self,
        root: Path,
        publish: Callable[[Event], None],
        changed: Callable[[Sequence[str]], None],
        stop: Callable[[str], None],
    ) -> None:
        self._runtime_root = root
        self._runtimes_changed = changed
        self._stop_server = stop
        self._installs = BackgroundTasks(INSTALL, self._install, publish, self._came_or_went)

    def runtimes(self) -> Sequence[RuntimeRecord]:
        running = self._installs.names
        return [
            replace(record, installing=True, reason="", hint="")
            if record.name in running
            else record
            for record in self._shelf().records()
        ]

    def install_runtime(self, name: str) -> None:
        self._installs.start(name)

    def remove_runtime(self, name: str) -> None:
        for service in _SERVICES.get(name, _LANGUAGE):
            self._stop_server(service)
        self._shelf().remove(name)
        self._came_or_went(name)

    def cancel_install(self, task: str) -> None:
        """Cancels the installation reported as `task`."""
        self._installs.cancel(task)

    def cancel_installs(self) -> None:
        """Cancels all installations and waits for their threads."""
        self._installs.close()

    def _shelf(self) -> Shelf:
        return shelf(self._runtime_root)

    def _install(self, name: str, report: Report, cancel: threading.Event) -> None:
        self._shelf().install(name, report, cancel)

    def _came_or_went(self, name: str) -> None:
        self._runtimes_changed(_SERVICES.get(name, _LANGUAGE))
