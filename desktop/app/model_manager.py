"""Models for the front end: list, download in the background, import, remove."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.app.background import BackgroundTasks, Kind
from desktop.engine.asr.catalogue import find_spec
from desktop.engine.asr.modelstore import ModelStore
from desktop.errors import NotFoundError
from desktop.events import Event
from desktop.records import ModelRecord


def _title(name: str) -> str:
    try:
        return find_spec(name).label
    except NotFoundError:  # the download says so
        return name


def _failure(title: str, why: str) -> str:
    return f"“{title}” could not be downloaded. {why}"


DOWNLOAD = Kind("model:", "download-", "model.download", "models", _failure, title=_title)


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
        self._models_changed = changed
        self._downloads = BackgroundTasks(DOWNLOAD, models.download, publish, lambda _: changed())

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
        self._downloads.start(name)

    def cancel_download(self, task: str) -> None:
        """Cancels the download reported as `task`; what came so far is kept for the next try."""
        self._downloads.cancel(task)

    def cancel_downloads(self) -> None:
        """Cancels all downloads and waits for their threads."""
        self._downloads.close()
