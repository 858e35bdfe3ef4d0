"""Progress of long work, and what a person must know."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.events.vocabulary import Severity


@dataclass(frozen=True, slots=True)
class ProgressReported:
    """Progress of one long task (a download, a file transcription).  Latest wins per task."""

    task: str
    title: str
    done: float
    total: float
    unit: str
    finished: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRaised:
    """Something a person must know.  `action` names a command the interface can offer.

    The same `code` raised again replaces the earlier notice; `NoticeCleared` removes it.
    """

    severity: Severity
    code: str
    message: str
    hint: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class NoticeCleared:
    code: str
