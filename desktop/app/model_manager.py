"""Models for the front end: list, download in the background, import, remove."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.app.byte_reporter import ByteReporter
from desktop.engine.asr.modelstore import ModelStore
from desktop.errors import MalgeulError
from desktop.events import Event, NoticeRaised, Severity
from desktop.records import ModelRecord

_log = logging.getLogger(__name__)

TASK = "model:"
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
        reporter = ByteReporter(f"{TASK}{name}", name, self._publish)
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
