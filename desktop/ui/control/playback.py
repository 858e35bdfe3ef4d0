"""Plays the recording of a stored session and follows it in the transcript.

Sound is fetched in pieces of half a minute, so a long meeting never lies in memory.
GUI thread; positions may be reported from any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal, Slot

from desktop.errors import MalgeulError
from desktop.events import SAMPLE_RATE_HZ, Track
from desktop.ui.bridge.task_runner import TaskRunner
from desktop.ui.control.library import LibraryController
from desktop.ui.models.transcript_line import TranscriptLine
from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.ports import Backend
from desktop.ui.views.transcript_page import TranscriptPage

PIECE_S = 30.0
END_S = 0.02
MIX_PEAK = 1.0


class Playback(Protocol):
    """A loudspeaker."""

    def play(
        self,
        samples: NDArray[np.float32],
        on_position: Callable[[float], None],
        on_failure: Callable[[MalgeulError], None],
    ) -> None:
        """Plays 16 kHz mono `samples`, replacing what was played; returns at once.

        `on_position` is called from any thread some ten times a second with the seconds played,
        the last time with the full length; `on_failure` instead where nothing can be played.
        """

    def stop(self) -> None:
        """Returns at once, too."""


class PlaybackController(QObject):
    """Play from a line, pause, seek, word by word in the transcript."""

    _position = Signal(int, float)
    _failed = Signal(int, object)

    def __init__(  # noqa: PLR0917 - the parts it connects
        self,
        backend: Backend,
        runner: TaskRunner,
        library: LibraryController,
        page: TranscriptPage,
        playback: Playback | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._runner = runner
        self._library = library
        self._page = page
        self._playback = playback
        self._run = 0
        self._start_s = 0.0
        self._now_s = 0.0
        self._piece_s = 0.0
        self._playing = False
        self._row = -1
        self._model: TranscriptModel | None = None
        self._position.connect(self._on_position, Qt.ConnectionType.QueuedConnection)
        self._failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        page.view.play_requested.connect(self._on_play_requested)
        page.player.toggle_requested.connect(self.toggle)
        page.player.seek_requested.connect(self.play_from)
        page.player.close_requested.connect(self.stop)
        library.shown_changed.connect(self.stop)

    @property
    def playing(self) -> bool:
        return self._playing

    def play_from(self, seconds: float) -> None:
        """Plays the session on the page from a place."""
        record = self._library.shown_record
        if self._playback is None or record is None or not record.has_audio:
            return
        self._run += 1
        run, session_id, backend = self._run, record.session_id, self._backend
        tracks = tuple(track.track for track in record.tracks)
        self._model = self._library.model
        self._start_s = self._now_s = max(0.0, seconds)
        self._playing = True
        self._page.player.set_duration(record.duration_s)
        self._page.player.set_playing(True)
        self._page.player.show()
        self._follow()

        def load() -> NDArray[np.float32]:
            return _mixed(backend, session_id, tracks, seconds)

        self._runner.run(load, lambda samples: self._on_loaded(run, samples))

    def toggle(self) -> None:
        """Pauses, or goes on where it was paused."""
        if self._playing:
            self._halt()
        elif self._page.player.isVisible():
            self.play_from(self._now_s)

    def stop(self) -> None:
        """Stops and takes the player away."""
        self._halt()
        self._mark(-1, -1)
        self._page.player.hide()

    def _halt(self) -> None:
        self._run += 1
        self._playing = False
        if self._playback is not None:
            self._playback.stop()
        self._page.player.set_playing(False)
        self._page.view.set_playing(None)

    def _on_play_requested(self, line: TranscriptLine) -> None:
        if self._playing and self._row >= 0 and self._library.model.line(self._row) is line:
            self._halt()
        else:
            self.play_from(line.start_s)

    def _on_loaded(self, run: int, samples: NDArray[np.float32]) -> None:
        if run != self._run or self._playback is None:
            return
        if not len(samples):
            self.stop()
            return
        self._piece_s = len(samples) / SAMPLE_RATE_HZ
        self._playback.play(
            samples,
            lambda seconds: self._position.emit(run, seconds),
            lambda error: self._failed.emit(run, error),
        )

    @Slot(int, object)
    def _on_failed(self, run: int, error: MalgeulError) -> None:
        """There is nothing to play on."""
        if run == self._run:
            self.stop()
            self._runner.failed.emit(error)

    @Slot(int, float)
    def _on_position(self, run: int, seconds: float) -> None:
        if run != self._run:
            return
        self._now_s = self._start_s + seconds
        self._follow()
        if seconds >= self._piece_s - END_S:
            if self._piece_s < PIECE_S - END_S:
                self.stop()
            else:
                self.play_from(self._start_s + self._piece_s)

    def _follow(self) -> None:
        """Marks the word at the present place."""
        if self._model is None:
            return
        row = self._model.row_at_time(self._now_s)
        word = -1
        text = ""
        if row >= 0:
            line = self._model.line(row)
            text = line.text
            spans = line.word_spans()
            for number, (_, _, spoken) in enumerate(spans):
                if spoken.start_s <= self._now_s < spoken.end_s + 0.15:
                    word = number
            self._page.view.set_playing(line if self._playing else None)
        self._mark(row, word)
        self._page.player.set_position(self._now_s, text)

    def _mark(self, row: int, word: int) -> None:
        model = self._model
        if model is None:
            return
        if self._row not in (-1, row) and self._row < model.rowCount():
            model.set_playing(self._row, -1)
        if row >= 0:
            model.set_playing(row, word)
            if row != self._row:
                self._page.view.scrollTo(model.index(row))
        self._row = row


def _mixed(
    backend: Backend, session_id: str, tracks: tuple[Track, ...], start_s: float
) -> NDArray[np.float32]:
    """All tracks of a piece in one, not louder than full scale."""
    parts = [backend.session_audio(session_id, track, start_s, PIECE_S) for track in tracks]
    parts = [part for part in parts if len(part)]
    mixed = np.zeros(max((len(part) for part in parts), default=0), dtype=np.float32)
    for part in parts:
        mixed[: len(part)] += part
    peak = float(np.abs(mixed).max()) if len(mixed) else 0.0
    return mixed / peak if peak > MIX_PEAK else mixed
