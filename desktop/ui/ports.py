"""What the window may ask of the application, as one protocol.

`desktop.app.Application` implements it.  Views receive it (or the few callables they need) and
never import the engine.  What a backend does not offer (`isinstance` tells) has no place in the
window.  Every method returns quickly; slow work reports through events, or is
called through the task runner (`desktop.ui.bridge`) where noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from desktop.events import Document, Passage, ServiceStatus, Track
from desktop.records import (
    DeviceRecord,
    DocumentsStatus,
    GapRecord,
    KeywordDecision,
    MemoryPlanRecord,
    MirrorRecord,
    ModelRecord,
    NetworkRecord,
    PassageView,
    RuntimeRecord,
    SearchHit,
    SegmentRecord,
    SessionKeywords,
    SessionRecord,
    SuppressedRecord,
)
from desktop.settings import Settings


@runtime_checkable
class MachineRoomBackend(Protocol):
    """The local servers and the machine (call through the task runner where it says so).

    Changes arrive as `ServiceChanged`, loads as `MachineMeasured`, installations as
    `ProgressReported` with task ``runtime:<name>``.
    """

    def services(self) -> Sequence[ServiceStatus]: ...

    def start_service(self, name: str) -> None: ...

    def stop_service(self, name: str) -> None:
        """May take seconds: through the task runner."""

    def restart_service(self, name: str) -> None: ...

    def service_log(self, name: str, count: int = 200) -> Sequence[str]:
        """The last lines it printed, secrets left out."""

    def keep_service_key(self, name: str, key: str) -> None:
        """The key of an external server, "" to forget it; raises StorageError."""

    def runtimes(self) -> Sequence[RuntimeRecord]:
        """Through the task runner."""

    def install_runtime(self, name: str) -> None: ...

    def remove_runtime(self, name: str) -> None:
        """Through the task runner."""

    def memory_plan(self) -> MemoryPlanRecord:
        """Who gets the graphics memory; through the task runner."""

    def measure_machine(self, every_s: float) -> None:
        """How often `MachineMeasured` is wanted, in seconds; 0 for not at all."""


class MirrorBackend(Protocol):
    """The browser mirror; `desktop.app.web_mirror.WebMirror` fits."""

    def status(self) -> MirrorRecord: ...

    def networks(self) -> Sequence[NetworkRecord]:
        """This machine's addresses on its networks."""

    def apply(self) -> None:
        """Brings the settings into force; takes a moment: through the task runner."""


@runtime_checkable
class KeywordsBackend(Protocol):
    """Keywords of sessions (call through the task runner); new ones come as `KeywordsFound`."""

    def session_keywords(self, session_id: str) -> SessionKeywords: ...

    def decide_keyword(self, session_id: str, decision: KeywordDecision) -> None:
        """Keeps what a person decided (pinned, hidden, category)."""

    def clear_keywords(self, session_id: str) -> None:
        """Forgets what was found so far; decisions stay."""


class Backend(MachineRoomBackend, KeywordsBackend, Protocol):
    """The application as the window sees it."""

    @property
    def settings(self) -> Settings: ...

    def save_settings(self) -> None:
        """Brings the (mutated) settings into force and writes them, without waiting for the disk.

        One that refuses is told of by a notice; the settings are tried again at the end.
        """

    # capture -------------------------------------------------------------------------------
    def start_capture(self) -> None:
        """Starts a live session with the settings in force.  Progress arrives as events."""

    def pause_capture(self) -> None: ...

    def resume_capture(self) -> None: ...

    def stop_capture(self) -> None:
        """Stops capture; `SessionFinished` follows when everything is transcribed."""

    def finish_later(self) -> None:
        """Ends the stopped session now; what is not transcribed stays recoverable."""

    def works_on(self, session_id: str) -> bool:
        """Whether the session is being recorded or recognised, or waits for that."""

    def transcribe_file(self, path: Path) -> None:
        """Transcribes a media file into a new session; `ProgressReported` tells how far."""

    def cancel_task(self, task: str) -> None:
        """Cancels the long task named in `ProgressReported.task`."""

    @property
    def live_session_id(self) -> str | None: ...

    # devices and models (call through the task runner) ----------------------------------------
    def devices(self) -> Sequence[DeviceRecord]: ...

    def models(self) -> Sequence[ModelRecord]: ...

    def download_model(self, name: str) -> None:
        """Downloads in the background; `ProgressReported` with task ``model:<name>`` follows."""

    def import_model(self, folder: Path) -> ModelRecord: ...

    def remove_model(self, name: str) -> None: ...

    # transcripts (call through the task runner) -----------------------------------------------
    def sessions(self) -> Sequence[SessionRecord]: ...

    def segments(self, session_id: str) -> Sequence[SegmentRecord]: ...

    def suppressed(self, session_id: str) -> Sequence[SuppressedRecord]: ...

    def gaps(self, session_id: str) -> Sequence[GapRecord]: ...

    def search(self, text: str, session_id: str | None = None) -> Sequence[SearchHit]: ...

    def rename_session(self, session_id: str, title: str) -> None: ...

    def delete_session(self, session_id: str) -> None:
        """Deletes transcript and audio for good."""

    def recover_session(self, session_id: str) -> None:
        """Transcribes what an interrupted session had captured but not yet transcribed."""

    def edit_segment(self, segment_id: int, text: str) -> None: ...

    def bookmark_segment(self, segment_id: int, on: bool) -> None: ...

    def rename_track(self, session_id: str, track: Track, name: str) -> None: ...

    def restore_suppressed(self, suppressed_id: int) -> None: ...

    def export_session(self, session_id: str, target: Path, format_name: str) -> Path:
        """Writes txt, srt, vtt, md, json or docx; returns the file written."""

    def session_audio(
        self, session_id: str, track: Track, start_s: float, duration_s: float
    ) -> NDArray[np.float32]:
        """Recorded 16 kHz mono sound for playback; empty when none was kept."""


@runtime_checkable
class DocumentsBackend(Protocol):
    """Documents and answers.  Everything here is a request over a local socket: through the task
    runner.  States arrive as `DocumentChanged` and `IngestProgressed`, answers as `AnswerStarted`,
    `AnswerExtended` and `AnswerFinished` or `AnswerFailed`, passages while people speak as
    `PassagesFound`.  Raises ServiceError while the server is not there.
    """

    def documents(self) -> Sequence[Document]: ...

    def documents_status(self) -> DocumentsStatus: ...

    def add_documents(self, paths: Sequence[Path]) -> int:
        """Files and folders; returns how many files were queued."""

    def reindex_document(self, document_id: str) -> None: ...

    def remove_document(self, document_id: str) -> None: ...

    def watch_folder(self, folder: Path, on: bool) -> None: ...

    def pause_ingest(self, on: bool) -> None: ...

    def cancel_ingest(self) -> None:
        """Forgets what waits; what is indexed stays."""

    def search_passages(self, query: str, count: int = 10) -> Sequence[Passage]: ...

    def ask(self, question: str, conversation_id: str = "", session_id: str = "") -> str:
        """Asks; returns the answer's id at once.

        Args:
            conversation_id: follow-ups of one conversation share it; empty begins a new one.
            session_id: the meeting whose keywords and transcript matter most.
        """

    def stop_answer(self, answer_id: str) -> None: ...

    def view_passage(self, passage: Passage, page: int = 0) -> PassageView:
        """The page or text around a passage, or another page of its document, from 1."""
