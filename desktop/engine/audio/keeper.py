"""Keeps one source open: opens it, watches it, reopens it after a loss.  One thread a source.

Opening a device or asking the sound server may take long; here it holds up nobody.  The recorder's
thread only looks at `live`, `interruptions` and reads blocks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from desktop.engine.audio.source import Source
from desktop.errors import AudioError
from desktop.events import (
    Event,
    NoticeCleared,
    NoticeRaised,
    Severity,
    SourceChanged,
    SourceState,
)

_log = logging.getLogger(__name__)

RETRY_S = 0.5
WATCH_S = 0.1
GOES_ON = "Recording goes on by itself as soon as it is there."
NOTICE_AFTER_S = 3.0  # a short loss heals itself; a longer one is for people to know


class SourceKeeper:
    """Holds a source open while it is wanted.

    Args:
        source: what to keep open; this thread is the only one to open, watch and close it.
        publish: receives SourceChanged and notices, on the keeper's thread.
    """

    def __init__(self, source: Source, publish: Callable[[Event], None]) -> None:
        self.source = source
        self._publish = publish
        self._wake = threading.Event()
        self._wanted = False
        self._stopping = False
        self._live = False
        self._interruptions = 0
        self._lost_since_s: float | None = None
        self._notified = False
        self._thread = threading.Thread(
            target=self._run, name=f"keeper-{source.track.value}", daemon=True
        )

    @property
    def live(self) -> bool:
        """The source is open and delivers."""
        return self._live

    @property
    def lost(self) -> bool:
        """The source is not there, or failed."""
        return self._lost_since_s is not None

    @property
    def interruptions(self) -> int:
        """How often the source stopped delivering so far."""
        return self._interruptions

    def start(self) -> None:
        """Opens the source as soon as possible and keeps it open from then on."""
        self._wanted = True
        self._thread.start()

    def want(self, wanted: bool) -> None:
        """Whether the source shall be open."""
        self._wanted = wanted
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Closes the source and ends the thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            _log.error("%s: the device does not close", self.source.track)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._step()
            except Exception:  # noqa: BLE001 - a fault here must cost a retry, never the track
                _log.exception("%s: the source failed", self.source.track)
                self._give_up("an internal error")
                self._rest(RETRY_S)
        self._close(SourceState.CLOSED, "")
        if self._notified:
            self._publish(NoticeCleared(self._notice_code))

    def _step(self) -> None:
        if not self._wanted:
            if self._live:
                self._close(SourceState.CLOSED, "")
            self._rest(RETRY_S)
        elif self._live:
            device = self.source.device
            trouble = self.source.watch(WATCH_S)
            if trouble:
                self._lose(trouble)
            elif self._lost_since_s is not None:
                self._await_sound()
            elif self.source.device != device:
                self._changed(SourceState.LIVE, f"changed from {device}")
        else:
            self._open()

    def _open(self) -> None:
        if self._lost_since_s is None:
            self._changed(SourceState.OPENING, "")
        try:
            self.source.open()
        except AudioError as error:
            if self._lost_since_s is None:
                self._lose(error.message)
            self._remind(error)
            self._rest(RETRY_S)
            return
        self._live = True
        if self._lost_since_s is None:
            self._changed(SourceState.LIVE, "")
        else:
            self._await_sound()

    def _await_sound(self) -> None:
        """A device that was lost is there again once it delivers: some open and stay mute."""
        if not self.source.delivers:
            self._remind(
                AudioError(
                    "The sound device delivers nothing.",
                    hint="Check its connection, or choose another device.",
                    code="audio.mute",
                )
            )
            return
        self._lost_since_s = None
        if self._notified:
            self._notified = False
            self._publish(NoticeCleared(self._notice_code))
        self._changed(SourceState.LIVE, "")

    def _lose(self, reason: str) -> None:
        told = self._lost_since_s is not None  # it was opened again, and nothing came
        if not told:
            self._lost_since_s = time.monotonic()
        self._close(SourceState.LOST, reason, told=told)

    def _give_up(self, reason: str) -> None:
        """`_lose` for a source that may not even close."""
        try:
            self._lose(reason)
        except Exception:  # noqa: BLE001 - see `_run`; it is opened afresh
            _log.exception("%s: the source does not close", self.source.track)

    def _close(self, state: SourceState, detail: str, *, told: bool = False) -> None:
        device = self.source.device
        was_live, self._live = self._live, False
        if was_live:
            self._interruptions += 1
        lost = state is SourceState.LOST
        if not lost:
            self.source.close()
        if not told:
            level = logging.WARNING if lost else logging.INFO
            _log.log(level, "%s: %s %s (%s)", self.source.track, device, state, detail)
            self._publish(
                SourceChanged(self.source.track, state, device, detail, wall_s=time.time())
            )
        if lost:
            # Closing a device that hangs may take long: people hear of it first.
            self.source.close()

    def _changed(self, state: SourceState, detail: str) -> None:
        device = self.source.device
        _log.info("%s: %s %s %s", self.source.track, device, state, detail)
        self._publish(SourceChanged(self.source.track, state, device, detail, wall_s=time.time()))

    def _remind(self, error: AudioError) -> None:
        lost_s = time.monotonic() - (self._lost_since_s or 0.0)
        if not self._notified and lost_s >= NOTICE_AFTER_S:
            self._notified = True
            hint = f"{error.hint} {GOES_ON}".strip()
            self._publish(NoticeRaised(Severity.WARNING, self._notice_code, error.message, hint))

    def _rest(self, timeout_s: float) -> None:
        self._wake.wait(timeout_s)
        self._wake.clear()

    @property
    def _notice_code(self) -> str:
        return f"audio.lost.{self.source.track.value}"
