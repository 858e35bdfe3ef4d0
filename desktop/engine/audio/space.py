"""Tells people about the disk: before it is full, while it is, and when it takes sound again."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.engine.audio.spool import SpoolWriter
from desktop.events import SAMPLE_RATE_HZ, Event, NoticeCleared, NoticeRaised, Severity

_log = logging.getLogger(__name__)

LOW_BYTES = 500 << 20  # about four hours of one track
ENOUGH_BYTES = 600 << 20  # the warning goes only beyond this: no flicker at the limit
FULL = "storage.recording_full"  # a store that is full says so by itself
FAILED = "storage.failed"
LOW = "storage.low"
SLOW = "storage.slow"
LOST = "storage.unkept"
FULL_DEVICE = "The disk is full: sound is kept in memory for a few minutes only."
FULL_FILE = "The disk is full: transcribing the file waits, and nothing of it is left out."
SLOW_S = 5.0  # how long the disk may take to answer before people hear of it
_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class SpaceWatch:
    """Raises and clears the storage notices of a recording.  Recorder thread.

    Args:
        directory: on the disk to watch.
        publish: receives the notices.
        waits: a file, which waits for the disk, and not a device, which does not.
    """

    def __init__(
        self, directory: Path, publish: Callable[[Event], None], *, waits: bool = False
    ) -> None:
        self._waits = waits
        self._directory = directory
        self._publish = publish
        self._raised: set[str] = set()
        self._closed = False

    def check(self, writers: Sequence[SpoolWriter]) -> None:
        """Looks at free space and at how the writers fare."""
        faults = [writer.fault for writer in writers if writer.fault is not None]
        full = any(fault.errno in _FULL_ERRORS for fault in faults)
        broken = next((f for f in faults if f.errno not in _FULL_ERRORS), None)
        self._set(
            FULL,
            full,
            Severity.ERROR,
            FULL_FILE if self._waits else FULL_DEVICE,
            "Free some space; it then goes on by itself.",
        )
        self._set(
            FAILED,
            broken is not None,
            Severity.ERROR,
            f"The disk does not take the recording: {broken.strerror if broken else ''}",
            "Check the disk; recording goes on in memory for a few minutes.",
        )
        self._set(
            SLOW,
            any(writer.sync_held_s > SLOW_S for writer in writers),
            Severity.WARNING,
            "The disk does not answer: what is recorded now is not safe on it yet.",
            "Check the disk and its connection; recording goes on.",
        )
        try:
            free_bytes = shutil.disk_usage(self._directory).free
        except OSError as error:
            _log.warning("free space is unknown: %s", error)
            return
        low = free_bytes < (ENOUGH_BYTES if LOW in self._raised else LOW_BYTES)
        self._set(
            LOW,
            low and not full,
            Severity.WARNING,
            f"Only {free_bytes >> 20} MB are left for the recording.",
            "Free some space or delete old sessions.",
        )

    def close(self, writers: Sequence[SpoolWriter]) -> None:
        """The recording is over: what stood about its disk goes, and what was lost is told.

        Args:
            writers: closed ones.  Idempotent.
        """
        if self._closed:
            return
        self._closed = True
        for code in sorted(self._raised):
            self._publish(NoticeCleared(code))
        self._raised.clear()
        lost_s = max((writer.lost_samples for writer in writers), default=0) / SAMPLE_RATE_HZ
        if lost_s > 0.0:
            self._publish(
                NoticeRaised(
                    Severity.ERROR,
                    LOST,
                    f"The last {lost_s:.0f} s of the recording are not kept: "
                    "the disk did not take them.",
                    "Free some space before you record again.",
                )
            )

    def _set(self, code: str, on: bool, severity: Severity, message: str, hint: str) -> None:
        if on and code not in self._raised:
            self._raised.add(code)
            self._publish(NoticeRaised(severity, code, message, hint))
        elif not on and code in self._raised:
            self._raised.discard(code)
            self._publish(NoticeCleared(code))
