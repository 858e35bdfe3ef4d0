"""What the stages of indexing have in common: tasks for the store's thread, whom they tell."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from desktop.errors import DocumentError, StorageError
from desktop.events import DocumentState

_log = logging.getLogger(__name__)

UNDER_WAY = (DocumentState.QUEUED, DocumentState.PARSING, DocumentState.INDEXING)
TRY_AGAIN = "The log has the details; try it again."


@dataclass
class Task:
    """Something to be done on the write thread."""

    call: Callable[[], Any]
    done: Future[Any] = field(default_factory=Future)


@dataclass
class Written:
    """What this run has written of one version."""

    chunks: int = 0
    embedded: bool = True


class Listener(Protocol):
    """What the pipeline tells; called on its threads."""

    def changed(self, document_id: str, progress: float = 0.0) -> None:
        """A document's state changed."""

    def wrote(self, chunks: int) -> None:
        """So many chunks were written."""

    def flipped(self, document_id: str, version: int) -> None:
        """A version is live."""

    def idle(self) -> None:
        """Something came to its end; perhaps all."""


def closed() -> StorageError:
    return StorageError(
        "The documents are closed.", hint="Start Malgeul again.", code="storage.closed"
    )


def perform(task: Task) -> None:
    try:
        task.done.set_result(task.call())
    except BaseException as error:  # noqa: BLE001 - it belongs to who asked
        task.done.set_exception(error)


def unexpected(error: Exception) -> DocumentError:
    text = f"It could not be indexed: {type(error).__name__}."
    return DocumentError(text, hint=TRY_AGAIN, code="document.unexpected")


def log_unexpected(error: Exception) -> None:
    if not isinstance(error, DocumentError):
        _log.error("a document could not be indexed", exc_info=error)
