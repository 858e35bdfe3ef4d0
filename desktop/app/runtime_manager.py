"""Separate environments for the front end: list, install in the background, remove."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from desktop.app.byte_reporter import ByteReporter
from desktop.errors import MalgeulError
from desktop.events import Event, NoticeRaised, Severity
from desktop.records import RuntimeRecord
from desktop.services.runtimes.shelf import Shelf, shelf

_log = logging.getLogger(__name__)

TASK = "runtime:"
NOTICE = "runtime.install"
_CLOSE_S = 5.0
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
        self._runtime_publish = publish
        self._runtimes_changed = changed
        self._stop_server = stop
        self._installs_lock = threading.Lock()
        self._installs: dict[str, tuple[threading.Thread, threading.Event]] = {}

    def runtimes(self) -> Sequence[RuntimeRecord]:
        running = set(self._installs)
        return [
            replace(record, installing=True, reason="", hint="")
            if record.name in running
            else record
            for record in self._shelf().records()
        ]

    def install_runtime(self, name: str) -> None:
        with self._installs_lock:
            if name in self._installs:
                return
            cancel = threading.Event()
            thread = threading.Thread(
                target=self._install, args=(name, cancel), name=f"install-{name}", daemon=True
            )
            self._installs[name] = (thread, cancel)
            thread.start()

    def remove_runtime(self, name: str) -> None:
        for service in _SERVICES.get(name, _LANGUAGE):
            self._stop_server(service)
        self._shelf().remove(name)
        self._runtimes_changed(_SERVICES.get(name, _LANGUAGE))

    def cancel_install(self, task: str) -> None:
        """Cancels the installation reported as `task`."""
        with self._installs_lock:
            running = self._installs.get(task.removeprefix(TASK))
        if running is not None:
            running[1].set()

    def cancel_installs(self) -> None:
        """Cancels all installations and waits for their threads."""
        with self._installs_lock:
            running = list(self._installs.values())
        for _, cancel in running:
            cancel.set()
        for thread, _ in running:
            thread.join(_CLOSE_S)

    def _shelf(self) -> Shelf:
        return shelf(self._runtime_root)

    def _install(self, name: str, cancel: threading.Event) -> None:
        reporter = ByteReporter(f"{TASK}{name}", name, self._runtime_publish)
        try:
            self._shelf().install(name, reporter.report, cancel)
        except MalgeulError as error:
            _log.warning("%s was not installed: %s", name, error)
            cancelled = cancel.is_set()
            reporter.finish(error="" if cancelled else error.message)
            if not cancelled:
                self._runtime_publish(
                    NoticeRaised(Severity.ERROR, NOTICE, error.message, error.hint, "services")
                )
        else:
            reporter.finish()
            self._runtimes_changed(_SERVICES.get(name, _LANGUAGE))
        finally:
            with self._installs_lock:
                self._installs.pop(name, None)
