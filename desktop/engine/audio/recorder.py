"""The ear: all sources of a session onto one timeline, onto disk.  One thread, plus one for sync.

``recorder`` drains every source's ring about 20 times a second, ``spool-sync`` puts the spools on
the disk twice a second (a slow disk holds up nobody), and every source has its keeper.  Paused
time stays on the timeline as a gap named ``paused``: a time in the transcript is always the time
on the wall since the start, and all tracks stay together.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from desktop.engine.audio.clock import SessionClock, SystemClock
from desktop.engine.audio.keeper import SourceKeeper
from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.audio.placement import TrackPlacer
from desktop.engine.audio.reserve import DiskReserve
from desktop.engine.audio.source import Block, Source
from desktop.engine.audio.space import SpaceWatch
from desktop.engine.audio.spool import BACKLOG_SAMPLES, SpoolWriter
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.engine.audio.track_recorder import TrackRecorder
from desktop.errors import MalgeulError, StorageError
from desktop.events import Event, NoticeRaised, Severity, Track

_log = logging.getLogger(__name__)

TICK_S = 0.05
SYNC_S = 0.5
LEDGER_S = 1.0
IDLE_S = 0.5  # a loopback that sends nothing for so long is silent
MUTE_S = 1.0  # at the end: what is on its way is younger
LATE_TICK_S = 0.15  # we were held up ourselves: what seems idle may just be waiting for us
OPEN_GRACE_S = 2.0  # opening may take so long before the time counts as a gap
SUSPEND_S = 0.5
RESERVE_BYTES = 2 * BACKLOG_SAMPLES + (1 << 20)  # a track's, with what its frames need besides
FAULTS_LOGGED = 400  # one line in so many: a lasting fault would fill the log


class _Line:
    """One track's parts and what the recorder remembers about it."""

    def __init__(self, keeper: SourceKeeper, recorder: TrackRecorder) -> None:
        self.keeper = keeper
        self.recorder = recorder
        self.interruptions = 0
        self.unwanted_before_s = 0.0  # sound from a pause is never kept
        self.faulted = False
        self._opening_cause = ""
        self._opening_until_s = 0.0
        self._delivered = False  # since it was asked to open

    def opening(self, cause: str, now_s: float) -> None:
        """The device is asked to open now; until it delivers, what is missing has this cause."""
        self._opening_cause = cause
        self._opening_until_s = now_s + OPEN_GRACE_S
        self._delivered = False

    def absence(self, now_s: float) -> str:
        """Why there is no sound while the source is not live."""
        if self.keeper.lost or (self._delivered and now_s >= self._opening_until_s):
            return "unplugged"
        if now_s < self._opening_until_s:
            return self._opening_cause
        return self._opening_cause or "starting"  # a busy computer opens devices slowly

    def mute(self, now_s: float) -> bool:
        """Nothing has come for longer than sound takes to come."""
        placer = self.recorder.placer
        return placer is not None and now_s - placer.last_arrival_s > MUTE_S

    def drain(self) -> None:
        """Takes everything the source has."""
        source = self.keeper.source
        blocks = []
        while (block := source.read()) is not None:
            if source.exact or block.arrival_s - block.duration_s >= self.unwanted_before_s:
                blocks.append(block)
        if blocks:
            self._delivered = True
            self.recorder.take(blocks, source.device)


class Recorder:
    """Records sources side by side.

    Args:
        sources: what to record, one source a track.
        directory: the session's folder, created when missing; one ``<track>.spool`` each.
        publish: receives events on the recorder's and the keepers' threads; must be quick.
        clock: the session's clock; sources must use the same one.
    """

    def __init__(
        self,
        sources: Mapping[Track, Source],
        directory: Path,
        publish: Callable[[Event], None],
        clock: SessionClock | None = None,
    ) -> None:
        self._sources = dict(sources)
        self._directory = directory
        self._publish = publish
        self._clock = clock if clock is not None else SystemClock()
        self._lines: dict[Track, _Line] = {}
        self._readers: dict[Track, SpoolReader] = {}
        self._lock = threading.Lock()  # ticks against pause, resume and stop
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._sync_thread = threading.Thread(target=self._run_sync, name="spool-sync", daemon=True)
        self._space = SpaceWatch(directory, publish)
        self._reserve = DiskReserve(directory, len(self._sources) * RESERVE_BYTES)
        self._origin_s = 0.0
        self._stopped_at_s: float | None = None
        self._paused = False
        self._last_tick_s = 0.0
        self._polling_since_s = 0.0
        self._suspended_s = 0.0
        self._ledger_due_s = 0.0
        self._faults = 0

    def start(self) -> None:
        """Creates the spools and begins; devices are opened in the background.

        Raises:
            StorageError: the folder cannot be written.
        """
        now_s = self._clock.now_s()
        self._origin_s = self._last_tick_s = self._polling_since_s = now_s
        self._suspended_s = self._clock.suspended_s()
        writers: list[SpoolWriter] = []
        try:
            for track in self._sources:
                writers.append(SpoolWriter.create(self._directory, track, wall_s=time.time()))
        except StorageError:
            for writer in writers:
                writer.close()
            raise
        for writer in writers:
            source = self._sources[writer.track]
            placer = None if source.exact else TrackPlacer(now_s)
            recorder = TrackRecorder(placer, writer, TrackLedger(writer.track), self._publish)
            self._lines[writer.track] = _Line(SourceKeeper(source, self._publish), recorder)
            self._readers[writer.track] = SpoolReader(writer.path, writer.index)
        for line in self._lines.values():
            line.opening("", now_s)
            line.keeper.start()
        self._thread.start()
        self._sync_thread.start()

    def feed(self, track: Track) -> SpoolReader:
        """The track's timeline for readers; stays readable after `stop` until `close`."""
        return self._readers[track]

    def ledger(self, track: Track) -> TrackLedger:
        """The track's accounts."""
        return self._lines[track].recorder.ledger

    @property
    def tracks(self) -> tuple[Track, ...]:
        """What is recorded."""
        return tuple(self._sources)

    @property
    def elapsed_s(self) -> float:
        """Length of the session so far, pauses included."""
        end_s = self._stopped_at_s if self._stopped_at_s is not None else self._clock.now_s()
        return end_s - self._origin_s if self._origin_s else 0.0

    @property
    def paused(self) -> bool:
        return self._paused

    def pause(self) -> None:
        """Closes the devices; the time until `resume` becomes a gap named ``paused``."""
        with self._lock:
            if self._paused:
                return
            self._drain()
            self._paused = True
            for line in self._lines.values():
                line.keeper.want(False)
                line.recorder.fill(self._clock.now_s(), "paused", margin_s=0.0)

    def resume(self) -> None:
        """Opens the devices again."""
        with self._lock:
            if not self._paused:
                return
            self._paused = False
            for line in self._lines.values():
                line.unwanted_before_s = self._clock.now_s()
                line.recorder.fill(line.unwanted_before_s, "paused", margin_s=0.0)
                line.opening("paused", line.unwanted_before_s)
                line.keeper.want(True)

    def wait_ended(self, timeout_s: float) -> bool:
        """Waits until every source has ended (files); False on time-out."""
        return self._ended.wait(timeout_s)

    def stop(self) -> None:
        """Ends the recording: everything that came is on disk afterwards.  Idempotent.

        On a full disk it takes the space that was kept aside for this.
        """
        if self._stop.is_set() or not self._lines:
            return
        self._stop.set()
        self._thread.join()
        with self._lock:
            self._drain()
            missing = {track: self._missing(line) for track, line in self._lines.items()}
        for line in self._lines.values():
            line.keeper.want(False)
        for line in self._lines.values():
            line.keeper.stop()
        self._sync_thread.join()
        self._reserve.release()
        now_s = self._stopped_at_s = self._clock.now_s()
        for track, line in self._lines.items():
            if (cause := missing[track]) is not None:
                line.recorder.fill(now_s, cause, margin_s=0.0)
            try:
                line.recorder.finish()
            except Exception as error:  # noqa: BLE001 - the other tracks must be closed too
                self._track_faulted(track, error)
            self._publish(line.recorder.ledger.snapshot())
        self._space.close([line.recorder.writer for line in self._lines.values()])

    def close(self) -> None:
        """Closes the readers' files; `stop` comes first."""
        for reader in self._readers.values():
            reader.close()

    def _missing(self, line: _Line) -> str | None:
        """Why a track lacks its end; empty for silence by nature, None where all has come."""
        now_s, keeper = self._clock.now_s(), line.keeper
        if self._paused:
            return "paused"
        if not keeper.live or keeper.lost:
            return line.absence(now_s)
        if not line.mute(now_s):
            return None
        return "" if keeper.source.idle_is_silence else "stall"

    # the recorder's thread -------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.wait(TICK_S):
            try:
                with self._lock:
                    self._tick()
            except Exception:  # noqa: BLE001 - the recording must outlive any single fault
                self._faulted("all")

    def _faulted(self, where: str) -> None:
        """Called while an exception is handled."""
        if self._faults % FAULTS_LOGGED == 0:
            _log.exception("a step of the recording failed (%s, %d before)", where, self._faults)
        self._faults += 1

    def _track_faulted(self, track: Track, error: Exception) -> None:
        """Called while the exception is handled; people hear of a track's first fault."""
        self._faulted(track.value)
        line = self._lines[track]
        if line.faulted:
            return
        line.faulted = True
        message, hint = "Some of the sound could not be recorded.", "The log says more."
        if isinstance(error, MalgeulError):
            message, hint = error.message, error.hint
        code = f"audio.fault.{track.value}"
        self._publish(NoticeRaised(Severity.WARNING, code, message, hint))

    def _tick(self) -> None:
        now_s = self._clock.now_s()
        if now_s - self._last_tick_s > LATE_TICK_S:
            self._polling_since_s = now_s
        self._notice_suspend(now_s)
        self._last_tick_s = now_s
        for track, line in self._lines.items():
            try:
                self._tick_line(line, now_s)
            except Exception as error:  # noqa: BLE001 - the other tracks' sound must not suffer
                self._track_faulted(track, error)
        if now_s >= self._ledger_due_s:
            self._ledger_due_s = now_s + LEDGER_S
            for line in self._lines.values():
                self._publish(line.recorder.ledger.snapshot())
            self._space.check([line.recorder.writer for line in self._lines.values()])
        if all(line.keeper.source.ended() for line in self._lines.values()):
            self._ended.set()

    def _tick_line(self, line: _Line, now_s: float) -> None:
        keeper, recorder = line.keeper, line.recorder
        if self._paused:
            recorder.fill(now_s, "paused", margin_s=0.0)
            line.interruptions = keeper.interruptions
            return
        live = keeper.live
        if line.interruptions != keeper.interruptions:
            line.interruptions = keeper.interruptions
            recorder.interrupt(line.absence(now_s), now_s)
        if not live:
            cause = line.absence(now_s)
            if cause:
                recorder.fill(now_s, cause)
            return
        line.drain()
        if keeper.source.idle_is_silence and recorder.placer is not None:
            idle_since_s = max(recorder.placer.last_arrival_s, self._polling_since_s)
            if now_s - idle_since_s > IDLE_S:
                recorder.fill(now_s, "")

    def _notice_suspend(self, now_s: float) -> None:
        """After the machine slept: what came before goes first, then the gap (A27)."""
        suspended_s = self._clock.suspended_s()
        slept_s = suspended_s - self._suspended_s
        self._suspended_s = suspended_s
        if slept_s < SUSPEND_S:
            return
        _log.info("the machine was suspended for %.0f s", slept_s)
        self._polling_since_s = now_s
        for line in self._lines.values():
            recorder, source = line.recorder, line.keeper.source
            earlier: list[Block] = []
            later: list[Block] = []
            while (block := source.read()) is not None:
                (earlier if block.arrival_s < now_s - slept_s / 2 else later).append(block)
            recorder.take(earlier, source.device)
            recorder.fill(now_s, "paused" if self._paused else "suspended")
            recorder.take(later, source.device)

    def _drain(self) -> None:
        for track, line in self._lines.items():
            try:
                line.drain()
            except Exception as error:  # noqa: BLE001 - as in `_tick`
                self._track_faulted(track, error)

    # the sync thread ---------------------------------------------------------------------------

    def _run_sync(self) -> None:
        self._reserve.take()
        while not self._stop.wait(SYNC_S):
            for line in self._lines.values():
                line.recorder.writer.sync()
