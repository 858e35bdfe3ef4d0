"""What the window may ask of the application, as one protocol.

`desktop.app.Application` implements it.  Views receive it (or the few callables they need) and
never import the engine.  Every method returns quickly; slow work reports through events, or is
called through the task runner (`desktop.ui.bridge`) where noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.events import Track
from desktop.records import (
    DeviceRecord,
    GapRecord,
    ModelRecord,
    SearchHit,
    SegmentRecord,
    SessionRecord,
    SuppressedRecord,
)
from desktop.settings import Settings


class Backend(Protocol):
    """The application as the window sees it."""

    @property
    def settings(self) -> Settings: ...

    def save_settings(self) -> None:
        """Writes the (mutated) settings; raises StorageError."""

    # capture -------------------------------------------------------------------------------
    def start_capture(self) -> None:
        """Starts a live session with the settings in force.  Progress arrives as events."""

    def pause_capture(self) -> None: ...

    def resume_capture(self) -> None: ...

    def stop_capture(self) -> None:
        """Stops capture; `SessionFinished` follows when everything is transcribed."""

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
