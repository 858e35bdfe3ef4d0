"""Plays recorded 16 kHz sound through the default output.  A thread a piece, ``player``.

Opening an output may take long: it happens on the piece's thread, so that nobody waits for it.
PortAudio calls back on a thread of its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from desktop.engine.audio import portaudio
from desktop.engine.audio.feed import Samples
from desktop.errors import AudioError
from desktop.events import SAMPLE_RATE_HZ

_log = logging.getLogger(__name__)

_LATENCY_S = 0.1
REPORT_S = 0.1
CLOSE_S = 5.0

OnPosition = Callable[[float | None], None]
OnFailure = Callable[[AudioError], None]


class Player:
    """Plays one piece of sound at a time, the latest.  `play`, `stop` and `close`: one thread."""

    def __init__(self) -> None:
        self._piece: _Piece | None = None

    @property
    def playing(self) -> bool:
        return self._piece is not None and self._piece.thread.is_alive()

    @property
    def position_s(self) -> float:
        """How far into the current piece the output is."""
        return self._piece.position_s if self._piece is not None else 0.0

    def play(
        self,
        samples: Samples,
        on_position: OnPosition | None = None,
        on_failure: OnFailure | None = None,
    ) -> None:
        """Stops what plays and plays `samples` (float32 mono 16 kHz).  Returns at once.

        Args:
            on_position: called about ten times a second with the seconds played, and with None at
                the end; on the piece's thread, and never once it was stopped.
            on_failure: called there instead when there is no output device.
        """
        self.stop()
        self._piece = _Piece(samples, on_position, on_failure, before=self._piece)
        self._piece.thread.start()

    def stop(self) -> None:
        """What plays falls silent within a moment.  Returns at once.  Idempotent."""
        if self._piece is not None:
            self._piece.stopped.set()

    def close(self) -> None:
        """Stops and waits until the output is closed.  Idempotent."""
        self.stop()
        piece, self._piece = self._piece, None
        if piece is not None:
            piece.thread.join(CLOSE_S)
            if piece.thread.is_alive():
                _log.error("the loudspeaker does not close")


class _Piece:
    """One piece from the opening of the output to its end.  What two threads share is its own."""

    def __init__(
        self,
        samples: Samples,
        on_position: OnPosition | None,
        on_failure: OnFailure | None,
        *,
        before: _Piece | None,
    ) -> None:
        self._samples = np.ascontiguousarray(samples, dtype=np.float32)
        self._on_position = on_position
        self._on_failure = on_failure
        self._before = before
        self._position = 0
        self._done = threading.Event()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, name="player", daemon=True)

    @property
    def position_s(self) -> float:
        return self._position / SAMPLE_RATE_HZ

    def _run(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.thread.join()  # one output at a time
        if self.stopped.is_set():
            return
        try:
            stream = portaudio.open_output(
                SAMPLE_RATE_HZ, _LATENCY_S, self._on_block, self._done.set
            )
        except AudioError as error:
            if self._on_failure is not None and not self.stopped.is_set():
                self._on_failure(error)
            return
        try:
            while not self._done.wait(REPORT_S) and not self.stopped.is_set():
                self._report(self.position_s)
        finally:
            portaudio.close_output(stream)
        self._report(None)

    def _report(self, position_s: float | None) -> None:
        if self._on_position is not None and not self.stopped.is_set():
            self._on_position(position_s)

    def _on_block(self, outdata: Any, frames: int, _time: Any, _status: Any) -> None:
        start = self._position
        piece = self._samples[start : start + frames]
        outdata[: len(piece), 0] = piece
        outdata[len(piece) :] = 0.0
        self._position = start + len(piece)
        if not len(piece) or self.stopped.is_set():
            raise portaudio.library().CallbackStop
