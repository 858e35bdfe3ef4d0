"""Where a block of sound belongs on the session's timeline.  Pure arithmetic, no thread, no I/O.

A block's own count of samples says how long it is; the clock says when it came.  Blocks may come
late (a busy machine) but never early, so the smallest lateness over a while is the truth:

- it stays near zero: everything is there; a slow creep is the difference between the device's
  clock and ours and is taken out by resampling a few hundred parts per million faster or slower;
- it jumps and stays: that much sound is missing.  Blocks are held back for `HOLD_S` until this is
  certain, so that the gap lies before them and never where sound is;
- it falls below zero: silence was filled in for a loopback that was not silent but stuck, and now
  delivers what it had kept.  Nothing is thrown away but exact silence, until time is right again.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.engine.audio.source import Block
from desktop.events import SAMPLE_RATE_HZ

ALIGN_S = 0.06  # blocks looked at before the first one is placed
HOLD_S = 0.4  # how long lateness must last to be a loss
LOSS_S = 0.06  # lateness beyond it is looked into
LOSS_AFTER_OVERFLOW_S = 0.005  # the driver said that it lost something
FILL_MARGIN_S = 0.25  # filling stays this far behind the clock: sound may still be on its way
AHEAD_S = 0.05  # a timeline that is so far ahead of the clock leaves out silence
WINDOW_S = 4.0
_GAIN = 1 / 20  # of the drift controller, 1/s; critically damped with the integral below
_GAIN_INTEGRAL = _GAIN * _GAIN / 4
_MAX_CORRECTION = 0.006
_CALM_S = 0.003  # smaller errors are the clock's noise: no need to bend the sound for them


@dataclass(frozen=True, slots=True)
class Sound:
    """Put this block next, resampled with `correction` (0.001 = 0.1 % more samples)."""

    block: Block
    correction: float


@dataclass(frozen=True, slots=True)
class Fill:
    """Fill the timeline up to sample `until`; an empty cause is silence by nature, not a gap."""

    until: int
    cause: str


Action = Sound | Fill


@dataclass(slots=True)
class _Held:
    block: Block
    lateness: float  # in samples, if nothing were missing


class TrackPlacer:
    """Places one track's blocks.

    Args:
        origin_s: session clock at sample 0 of the timeline.
    """

    def __init__(self, origin_s: float) -> None:
        self._origin_s = origin_s
        self._position = 0.0  # where the next sample belongs
        self._cause = ""
        self._aligning = True
        self._held: list[_Held] = []
        self._held_samples = 0.0
        self._held_overflow = False
        self._correction = 0.0
        self._integral = 0.0
        self._window_start_s = 0.0
        self._window_lateness: float | None = None
        self._last_arrival_s = origin_s

    @property
    def correction(self) -> float:
        """How much faster (+) or slower (-) than its name the device is taken to run."""
        return self._correction

    @property
    def last_arrival_s(self) -> float:
        """Clock at the last block, or at the last interruption."""
        return self._last_arrival_s

    def place(self, block: Block) -> list[Action]:
        """Takes the next block; returns what to do now, which may be nothing yet."""
        actions: list[Action] = []
        self._last_arrival_s = block.arrival_s
        if block.lost_frames:
            actions += self.settle()
            self._position += block.lost_frames / block.rate_hz * SAMPLE_RATE_HZ
            actions.append(Fill(round(self._position), "overflow"))
        lateness = self._lateness(block)
        late = lateness > LOSS_S * SAMPLE_RATE_HZ
        if not (self._held or self._aligning or late or block.overflow):
            if lateness < -AHEAD_S * SAMPLE_RATE_HZ and not block.samples.any():
                return actions
            self._follow_drift(block.arrival_s, lateness)
            actions.append(self._sound(block))
            return actions
        self._held.append(_Held(block, lateness))
        self._held_samples += self._samples(block)
        self._held_overflow |= block.overflow
        patience_s = ALIGN_S if self._aligning else HOLD_S
        waited_s = block.arrival_s - self._held[0].block.arrival_s
        caught_up = not (late or self._aligning or self._held_overflow)
        if caught_up or waited_s >= patience_s:
            actions += self.settle()
        return actions

    def settle(self) -> list[Action]:
        """Decides about the blocks held back with what is known now."""
        if not self._held:
            return []
        lateness = min(held.lateness for held in self._held)
        if self._aligning:
            limit_s, cause = 0.0, self._cause
        elif self._held_overflow:
            limit_s, cause = LOSS_AFTER_OVERFLOW_S, "overflow"
        else:
            limit_s, cause = LOSS_S, "stall"
        actions: list[Action] = []
        if lateness > limit_s * SAMPLE_RATE_HZ:
            self._position += lateness
            actions.append(Fill(round(self._position), cause))
        surplus = -lateness - AHEAD_S * SAMPLE_RATE_HZ
        for held in self._held:
            samples = self._samples(held.block)
            if surplus >= samples and not held.block.samples.any():
                surplus -= samples
            else:
                actions.append(self._sound(held.block))
        self._held = []
        self._held_samples = 0.0
        self._held_overflow = False
        self._aligning = False
        self._window_lateness = None
        return actions

    def interrupt(self, cause: str, now_s: float) -> list[Action]:
        """The stream stops here; what follows is placed anew, with a gap of this cause before."""
        actions = self.settle()
        self._cause = cause
        self._aligning = True
        self._last_arrival_s = max(self._last_arrival_s, now_s)
        return actions

    def fill(self, now_s: float, cause: str, *, margin_s: float = FILL_MARGIN_S) -> list[Action]:
        """Nothing came up to now: extends the timeline to just behind the clock."""
        actions = self.settle()
        self._aligning = True
        self._cause = cause
        until = int((now_s - margin_s - self._origin_s) * SAMPLE_RATE_HZ)
        if until > self._position:
            self._position = float(until)
            actions.append(Fill(until, cause))
        return actions

    def _samples(self, block: Block) -> float:
        return block.duration_s * SAMPLE_RATE_HZ * (1.0 + self._correction)

    def _lateness(self, block: Block) -> float:
        """How much later than its sample count says the block came, in samples."""
        expected = (block.arrival_s - self._origin_s) * SAMPLE_RATE_HZ
        return expected - (self._position + self._held_samples + self._samples(block))

    def _sound(self, block: Block) -> Sound:
        self._position += self._samples(block)
        return Sound(block, self._correction)

    def _follow_drift(self, arrival_s: float, lateness: float) -> None:
        """A slow PI controller on the smallest lateness of every window."""
        if self._window_lateness is None:
            self._window_start_s = arrival_s
            self._window_lateness = lateness
            return
        self._window_lateness = min(self._window_lateness, lateness)
        if arrival_s - self._window_start_s < WINDOW_S:
            return
        error_s = self._window_lateness / SAMPLE_RATE_HZ
        error_s -= max(-_CALM_S, min(_CALM_S, error_s))
        self._window_lateness = None
        self._integral = _clamp(self._integral + _GAIN_INTEGRAL * error_s * WINDOW_S)
        self._correction = _clamp(_GAIN * error_s + self._integral)


def _clamp(value: float) -> float:
    return max(-_MAX_CORRECTION, min(_MAX_CORRECTION, value))
