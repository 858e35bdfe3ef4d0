"""Models for the front end: list, download in the background, import, remove."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.engine.asr.modelstore import ModelStore
from desktop.errors import MalgeulError
from desktop.events import Event, NoticeRaised, ProgressReported, Severity
from desktop.records import ModelRecord

_log = logging.getLogger(__name__)

TASK = "model:"
REPORT_PERIOD_S = 0.1
CLOSE_S = 5.0


class ModelManager:
    """The model half of the `Backend`.

    Args:
        models: the models on disk and on the hub.
        publish: receives progress.
        changed: called when a model came or went.
    """

    def __init__(
        self, models: ModelStore, publish: Callable[[Event], None], changed: Callable[[], None]
    ) -> None:
        self._models = models
        self._publish = publish
        self._models_changed = changed
        self._downloads_lock = threading.Lock()
        self._downloads: dict[str, tuple[threading.Thread, threading.Event]] = {}

    def models(self) -> Sequence[ModelRecord]:
        return self._models.list()

    def import_model(self, folder: Path) -> ModelRecord:
        record = self._models.import_folder(folder)
        self._models_changed()
        return record

    def remove_model(self, name: str) -> None:
        self._models.remove(name)
        self._models_changed()

    def download_model(self, name: str) -> None:
        with self._downloads_lock:
            if name in self._downloads:
                return
            cancel = threading.Event()
            thread = threading.Thread(
                target=self._download, args=(name, cancel), name=f"download-{name}", daemon=True
            )
            self._downloads[name] = (thread, cancel)
            thread.start()

    def cancel_download(self, task: str) -> None:
        """Cancels the download reported as `task`; what came so far is kept for the next try."""
        with self._downloads_lock:
            running = self._downloads.get(task.removeprefix(TASK))
        if running is not None:
            running[1].set()

    def cancel_downloads(self) -> None:
        """Cancels all downloads and waits for their threads."""
        with self._downloads_lock:
            running = list(self._downloads.values())
        for thread, cancel in running:
            cancel.set()
            thread.join(CLOSE_S)

    def _download(self, name: str, cancel: threading.Event) -> None:
        reporter = _Reporter(f"{TASK}{name}", name, self._publish)
        try:
            self._models.download(name, reporter.report, cancel)
        except MalgeulError as error:
            cancelled = cancel.is_set()
            reporter.finish(error="" if cancelled else error.message)
            if not cancelled:
                self._publish(
                    NoticeRaised(
                        Severity.ERROR, "model.download", error.message, error.hint, "models"
                    )
                )
        else:
            reporter.finish()
            self._models_changed()
        finally:
            with self._downloads_lock:
                self._downloads.pop(name, None)


class _Reporter:
    """Turns byte counts into events, ten a second at most."""

    def __init__(self, task: str, title: str, publish: Callable[[Event], None]) -> None:
        self._task = task
        self._title = title
        self._publish = publish
        self._done = 0
        self._total = 0
        self._due = 0.0

    def report(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        now = time.monotonic()
        if now >= self._due:
            self._due = now + REPORT_PERIOD_S
            self._send(finished=False, error="")

    def finish(self, error: str = "") -> None:
        self._send(finished=True, error=error)

    def _send(self, *, finished: bool, error: str) -> None:
        self._publish(
            ProgressReported(self._task, self._title, self._done, self._total, "B", finished, error)
        )
