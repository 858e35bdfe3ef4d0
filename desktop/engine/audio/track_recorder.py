"""One track from blocks to spool: place, clean, resample, keep, account.  Recorder thread."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from desktop.engine.audio.feed import Samples
from desktop.engine.audio.ledger import TrackLedger
from desktop.engine.audio.placement import Action, Fill, Sound, TrackPlacer
from desktop.engine.audio.resampling import CleanBlock, StreamResampler, clean
from desktop.engine.audio.source import Block
from desktop.engine.audio.spool import SpoolWriter
from desktop.events import (
    SAMPLE_RATE_HZ,
    Event,
    GapDeclared,
    LevelMeasured,
    NoticeCleared,
    NoticeRaised,
    Severity,
    SourceChanged,
    SourceState,
    Track,
)

LEVEL_SAMPLES = SAMPLE_RATE_HZ // 20
FLOOR_DBFS = -96.0
OVERFLOW_TOLD_S = 1.0  # between two notices
NO_SIGNAL_S = 4.0  # of exact zeros before a microphone is called silent
_LONG_SILENCE = SAMPLE_RATE_HZ  # a longer fill is one level, not hundreds


class LevelMeter:
    """Loudness of every 50 ms."""

    def __init__(self, track: Track, publish: Callable[[Event], None]) -> None:
        self._track = track
        self._publish = publish
        self._squares = 0.0
        self._peak = 0.0
        self._count = 0
        self._clipped = False

    def clipped(self) -> None:
        """The device delivered full scale just now."""
        self._clipped = True

    def add(self, samples: Samples) -> None:
        """Measures sound; publishes a level for every 50 ms completed."""
        while len(samples):
            piece = samples[: LEVEL_SAMPLES - self._count]
            samples = samples[len(piece) :]
            self._squares += float(np.dot(piece, piece))
            self._peak = max(self._peak, float(np.abs(piece).max()))
            self._advance(len(piece))

    def add_silence(self, count: int) -> None:
        """The same for `count` zeros."""
        count = min(count, LEVEL_SAMPLES if count > _LONG_SILENCE else count)
        while count > 0:
            step = min(count, LEVEL_SAMPLES - self._count)
            count -= step
            self._advance(step)

    def _advance(self, count: int) -> None:
        self._count += count
        if self._count < LEVEL_SAMPLES:
            return
        rms = math.sqrt(self._squares / self._count)
        self._publish(LevelMeasured(self._track, _dbfs(rms), _dbfs(self._peak), self._clipped))
        self._squares = self._peak = 0.0
        self._count = 0
        self._clipped = False


class TrackRecorder:
    """Writes one track.

    Args:
        placer: where blocks belong; None for an exact source, whose samples simply follow.
        writer: the track's spool.
        ledger: the track's accounts.
        publish: receives levels, gaps and notices.
    """

    def __init__(
        self,
        placer: TrackPlacer | None,
        writer: SpoolWriter,
        ledger: TrackLedger,
        publish: Callable[[Event], None],
    ) -> None:
        self.writer = writer
        self.ledger = ledger
        self.placer = placer
        self.bad_samples = 0
        self.overflows = 0
        self._overflow_told_s = -math.inf
        self._publish = publish
        self._track = writer.track
        self._resampler: StreamResampler | None = None
        self._meter = LevelMeter(writer.track, publish)
        self._gap: tuple[int, int, str] | None = None
        self._zero_s = 0.0
        self._silent = False

    def take(self, blocks: Sequence[Block], device: str) -> None:
        """Takes the next blocks of the source."""
        actions: list[Action] = []
        for block in blocks:
            if block.overflow or block.lost_frames:
                self._count_overflow()
            if self.placer is None:
                actions.append(Sound(block, 0.0))
            else:
                actions += self.placer.place(block)
        self._act(actions, device)

    def interrupt(self, cause: str, now_s: float) -> None:
        """The stream broke off for this reason."""
        self._zero_s = 0.0
        if self._silent:
            self._silent = False
            self._publish(NoticeCleared(self._no_signal_code))
        if self.placer is not None:
            self._act(self.placer.interrupt(cause, now_s), "")

    def fill(self, now_s: float, cause: str, *, margin_s: float | None = None) -> None:
        """Nothing came up to now; an empty cause means silence by nature."""
        if self.placer is None:
            return
        if margin_s is None:
            self._act(self.placer.fill(now_s, cause), "")
        else:
            self._act(self.placer.fill(now_s, cause, margin_s=margin_s), "")

    def finish(self) -> None:
        """Writes what is still held back and closes the spool."""
        try:
            if self.placer is not None:
                self._act(self.placer.settle(), "")
            self._flush_resampler()
            self._close_gap()
        finally:
            self.writer.close()

    def _act(self, actions: list[Action], device: str) -> None:
        for action, group in itertools.groupby(actions, key=_alike):
            if isinstance(action, Fill):
                self._add_fill(action)
            else:
                # Neighbours go through together: numpy's price is by the call.
                blocks = [sound.block.samples for sound in group if isinstance(sound, Sound)]
                samples = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
                self._add_sound(samples, action[0], action[1], device)

    def _add_sound(
        self, samples: NDArray[np.float32], rate_hz: int, correction: float, device: str
    ) -> None:
        cleaned = clean(samples)
        self._look_at(cleaned, len(samples) / rate_hz, device)
        resampler = self._resampler
        if resampler is None or resampler.rate_hz != rate_hz:
            self._flush_resampler()
            resampler = StreamResampler(rate_hz, vary=self.placer is not None)
            self._resampler = resampler
        resampler.set_correction(correction)
        self._keep(resampler.process(cleaned.samples))

    def _add_fill(self, fill: Fill) -> None:
        self._flush_resampler()
        count = fill.until - self.writer.samples
        if count <= 0:
            return
        self._meter.add_silence(count)
        if fill.cause:
            self._extend_gap(count, fill.cause)
            self.writer.append_gap(count, fill.cause)
            self.ledger.gap(count)
        else:
            self._close_gap()
            self.writer.append_silence(count)
            self.ledger.captured(count)

    def _keep(self, samples: Samples) -> None:
        if not len(samples):
            return
        self._meter.add(samples)
        start = self.writer.samples
        if self.writer.append(samples):
            self._close_gap()
            self.ledger.captured(len(samples))
        else:
            self._extend_gap(len(samples), "storage", start=start)
            self.ledger.gap(len(samples))

    def _flush_resampler(self) -> None:
        if self._resampler is not None:
            self._keep(self._resampler.flush())

    def _extend_gap(self, count: int, cause: str, *, start: int | None = None) -> None:
        """Called before the writer is told, or with `start` after it was."""
        start = self.writer.samples if start is None else start
        if self._gap is not None and self._gap[2] != cause:
            self._close_gap()
        self._gap = (self._gap[0] if self._gap else start, start + count, cause)

    def _close_gap(self) -> None:
        if self._gap is not None:
            start, end, cause = self._gap
            self._gap = None
            self._publish(
                GapDeclared(
                    self._track,
                    start / SAMPLE_RATE_HZ,
                    end / SAMPLE_RATE_HZ,
                    cause,
                    wall_s=time.time(),
                )
            )

    def _count_overflow(self) -> None:
        self.overflows += 1
        now_s = time.monotonic()
        if now_s < self._overflow_told_s + OVERFLOW_TOLD_S:
            return  # a machine that is too busy is not helped by fifty notices a second
        self._overflow_told_s = now_s
        self._publish(
            NoticeRaised(
                Severity.WARNING,
                f"audio.overflow.{self._track.value}",
                f"The computer was too busy to take all sound ({self.overflows} times so far).",
                "Close other programs, or choose a smaller recognition model.",
            )
        )

    def _look_at(self, block: CleanBlock, duration_s: float, device: str) -> None:
        """Flags what is wrong with the device's sound (A31, A32)."""
        if block.clipped:
            self._meter.clipped()
        if block.bad:
            if not self.bad_samples:
                self._publish(
                    NoticeRaised(
                        Severity.WARNING,
                        f"audio.bad_samples.{self._track.value}",
                        "The sound device delivers damaged values; they are left out.",
                        "Choose another device or update its driver.",
                    )
                )
            self.bad_samples += block.bad
        if self._track is Track.MIC:
            self._watch_signal(block.zero, duration_s, device)

    def _watch_signal(self, zero: bool, duration_s: float, device: str) -> None:
        self._zero_s = self._zero_s + duration_s if zero else 0.0
        if not self._silent and self._zero_s >= NO_SIGNAL_S:
            self._silent = True
            self._state(SourceState.SILENT, device, "the microphone delivers no signal")
            self._publish(
                NoticeRaised(
                    Severity.WARNING,
                    self._no_signal_code,
                    "The microphone delivers no signal.",
                    "Check its mute switch and the system's sound settings.",
                )
            )
        elif self._silent and not zero:
            self._silent = False
            self._state(SourceState.LIVE, device, "the microphone has a signal again")
            self._publish(NoticeCleared(self._no_signal_code))

    @property
    def _no_signal_code(self) -> str:
        return f"audio.no_signal.{self._track.value}"

    def _state(self, state: SourceState, device: str, detail: str) -> None:
        self._publish(SourceChanged(self._track, state, device, detail, wall_s=time.time()))


def _alike(action: Action) -> Fill | tuple[int, float, int]:
    """Sounds with equal keys may be processed as one; a fill stands for itself."""
    if isinstance(action, Fill):
        return action
    return action.block.rate_hz, action.correction, action.block.samples.shape[1]


def _dbfs(value: float) -> float:
    return max(FLOOR_DBFS, 20.0 * math.log10(value)) if value > 0.0 else FLOOR_DBFS
