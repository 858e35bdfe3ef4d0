"""Capture and file transcription: commands to the backend, live events into transcripts.

Events carry a track, not a session: sound from devices belongs to the captured session, the file
track to the file being transcribed.  Both may run at once.  GUI thread only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from desktop import events as ev
from desktop.errors import MalgeulError
from desktop.ui.bridge.event_bridge import EventBridge
from desktop.ui.control.session_clock import SessionClock
from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.ports import Backend
from desktop.ui.views.capture_bar import CaptureBar, CaptureState

ELAPSED_INTERVAL_MS = 250
LATE_AFTER_MS = 3_000  # most recordings are finished by then


@dataclass(slots=True)
class LiveSession:
    """A session that is growing."""

    session_id: str
    title: str
    is_file: bool
    model: TranscriptModel
    suppressed: int = 0
    tracks: tuple[ev.Track, ...] = field(default=())


class LiveController(QObject):
    """Owns the growing sessions."""

    started = Signal(object)  # LiveSession
    finished = Signal(object)  # LiveSession
    grown = Signal(object)  # LiveSession
    paused_changed = Signal(bool)  # of the capture
    stopping = Signal()  # the capture takes in nothing more
    recovered = Signal(str)  # id of a session that was worked on without being shown
    failed = Signal(object)  # MalgeulError

    def __init__(
        self, backend: Backend, bridge: EventBridge, bar: CaptureBar, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._bar = bar
        self._capture: LiveSession | None = None
        self._file: LiveSession | None = None
        self._clock = SessionClock()
        self._timer = QTimer(self)
        self._timer.setInterval(ELAPSED_INTERVAL_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._late_timer = QTimer(self)
        self._late_timer.setSingleShot(True)
        self._late_timer.timeout.connect(self._on_late_timer_timeout)
        self._connect(bridge)

    def _connect(self, bridge: EventBridge) -> None:
        bridge.session_started.connect(self._on_session_started)
        bridge.session_paused.connect(self._on_session_paused)
        bridge.session_resumed.connect(self._on_session_resumed)
        bridge.session_finished.connect(self._on_session_finished)
        bridge.words_committed.connect(self._on_words_committed)
        bridge.hypothesis_updated.connect(self._on_hypothesis_updated)
        bridge.segment_committed.connect(self._on_segment_committed)
        bridge.segment_suppressed.connect(self._on_segment_suppressed)
        bridge.gap_declared.connect(self._on_gap_declared)
        bridge.level_measured.connect(self._bar.show_level)
        bridge.source_changed.connect(self._bar.show_source)
        self._bar.start_requested.connect(self.start)
        self._bar.stop_requested.connect(self.stop)
        self._bar.later_requested.connect(self.finish_later)
        self._bar.pause_requested.connect(self.pause)
        self._bar.resume_requested.connect(self.resume)

    @property
    def capture(self) -> LiveSession | None:
        """The session being captured."""
        return self._capture

    @property
    def paused(self) -> bool:
        """Whether the capture takes a break."""
        return self._bar.state is CaptureState.PAUSED

    @property
    def _listens(self) -> bool:
        return self._bar.state in (CaptureState.RUNNING, CaptureState.PAUSED)

    def growing(self, session_id: str) -> LiveSession | None:
        """The growing session of this id."""
        for session in (self._capture, self._file):
            if session is not None and session.session_id == session_id:
                return session
        return None

    def works_on(self, session_id: str) -> bool:
        """It grows here, waits for its turn, or somebody speaks in it through a browser."""
        return self.growing(session_id) is not None or self._backend.works_on(session_id)

    def of_track(self, track: ev.Track) -> LiveSession | None:
        """The growing session that this track belongs to."""
        return self._file if track is ev.Track.FILE else self._capture

    # commands --------------------------------------------------------------------------------
    def start(self) -> None:
        if self._bar.state is not CaptureState.IDLE:
            return
        self._bar.set_state(CaptureState.STARTING)
        try:
            self._backend.start_capture()
        except MalgeulError as error:
            self._bar.set_state(CaptureState.IDLE)
            self.failed.emit(error)

    def stop(self) -> None:
        """Of its own, or for the tray and the hotkeys, whatever the state."""
        if self._listens:
            self._begin_end()
        self._command(self._backend.stop_capture)

    def finish_later(self) -> None:
        """The stopped recording's rest is left to recovery, so that a new one can start."""
        self._bar.set_state(CaptureState.STOPPING)
        self._command(self._backend.finish_later)

    def pause(self) -> None:
        self._command(self._backend.pause_capture)

    def resume(self) -> None:
        self._command(self._backend.resume_capture)

    def transcribe(self, path: Path) -> None:
        try:
            self._backend.transcribe_file(path)
        except MalgeulError as error:
            self.failed.emit(error)

    def close(self) -> None:
        self._timer.stop()
        self._late_timer.stop()

    def start_failed(self) -> None:
        """An error notice came while starting: the button becomes usable again."""
        if self._bar.state is CaptureState.STARTING and self._backend.live_session_id is None:
            self._bar.set_state(CaptureState.IDLE)

    def _command(self, command: object) -> None:
        assert callable(command)
        try:
            command()
        except MalgeulError as error:
            self.failed.emit(error)

    # events ----------------------------------------------------------------------------------
    def _on_session_started(self, event: ev.SessionStarted) -> None:
        is_file = event.tracks == (ev.Track.FILE,)
        session = LiveSession(
            event.session_id, event.title, is_file, TranscriptModel(self), tracks=event.tracks
        )
        if is_file:
            self._file = session
        else:
            self._capture = session
            self._run_clock(0.0, event.wall_s)
            self._bar.set_state(CaptureState.RUNNING)
        self.started.emit(session)

    def _on_session_paused(self, event: ev.SessionPaused) -> None:
        if self._listens:  # not where it was stopped in the meantime
            self._run_clock(event.audio_s, event.wall_s)  # a line after the pause counts it too
            self._bar.set_state(CaptureState.PAUSED)
            self.paused_changed.emit(True)

    def _on_session_resumed(self, event: ev.SessionResumed) -> None:
        if self._listens:
            self._run_clock(event.audio_s, event.wall_s)
            self._bar.set_state(CaptureState.RUNNING)
            self.paused_changed.emit(False)

    def _on_session_finished(self, event: ev.SessionFinished) -> None:
        session = self.growing(event.session_id)
        if session is None:
            self.recovered.emit(event.session_id)
            return
        session.model.finish_live()
        if session.is_file:
            self._file = None
        else:
            self._capture = None
            self._hold_clock()
            self._late_timer.stop()
            self._bar.set_state(CaptureState.IDLE)
        self.finished.emit(session)

    def _on_words_committed(self, event: ev.WordsCommitted) -> None:
        if (session := self.of_track(event.track)) is not None:
            session.model.add_words(event)

    def _on_hypothesis_updated(self, event: ev.HypothesisUpdated) -> None:
        if (session := self.of_track(event.track)) is not None:
            session.model.set_hypothesis(event)

    def _on_segment_committed(self, event: ev.SegmentCommitted) -> None:
        if (session := self.of_track(event.track)) is not None:
            session.model.add_segment(event)
            self.grown.emit(session)

    def _on_segment_suppressed(self, event: ev.SegmentSuppressed) -> None:
        if (session := self.of_track(event.track)) is not None:
            session.model.add_suppressed(event)
            session.suppressed += 1
            self.grown.emit(session)

    def _on_gap_declared(self, event: ev.GapDeclared) -> None:
        if (session := self.of_track(event.track)) is not None:
            session.model.add_gap(event)

    def _run_clock(self, audio_s: float, wall_s: float) -> None:
        self._clock.set(audio_s, wall_s)
        self._timer.start()
        self._bar.set_elapsed(self._clock.now_s)

    def _hold_clock(self) -> None:
        self._clock.hold()
        self._timer.stop()

    def _begin_end(self) -> None:
        """No sound comes any more; what came is being transcribed."""
        self._bar.set_state(CaptureState.STOPPING)
        self._hold_clock()
        self._late_timer.start(LATE_AFTER_MS)
        self.stopping.emit()

    def _on_timer_timeout(self) -> None:
        self._bar.set_elapsed(self._clock.now_s)
        if self._backend.live_session_id is None:  # stopped from a browser
            self._begin_end()

    def _on_late_timer_timeout(self) -> None:
        if self._bar.state is CaptureState.STOPPING:
            self._bar.set_state(CaptureState.LATE)
