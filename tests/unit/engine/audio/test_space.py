"""What people hear about the disk under a recording."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from desktop.engine.audio import space
from desktop.engine.audio.space import FAILED, FULL, LOST, SLOW, SpaceWatch
from desktop.events import Event, NoticeCleared, NoticeRaised


def disk(**how: Any) -> Any:
    """A writer as the watch sees it."""
    well = {"fault": None, "sync_held_s": 0.0, "lost_samples": 0}
    return SimpleNamespace(**{**well, **how})


def codes(events: list[Event], kind: type) -> list[str]:
    return [event.code for event in events if isinstance(event, kind)]  # type: ignore[union-attr]


def test_a_disk_that_does_not_answer_is_told_until_it_does(tmp_path: Path) -> None:
    events: list[Event] = []
    watch = SpaceWatch(tmp_path, events.append)
    watch.check([disk(), disk(sync_held_s=space.SLOW_S - 1.0)])
    assert SLOW not in codes(events, NoticeRaised)
    for _ in range(2):
        watch.check([disk(), disk(sync_held_s=space.SLOW_S + 1.0)])
    assert codes(events, NoticeRaised).count(SLOW) == 1
    watch.check([disk(), disk()])
    assert SLOW in codes(events, NoticeCleared)


def test_what_stood_about_the_disk_goes_with_the_recording(tmp_path: Path) -> None:
    """faults: S40, S42"""
    events: list[Event] = []
    watch = SpaceWatch(tmp_path, events.append)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    broken = OSError(errno.EIO, os.strerror(errno.EIO))
    watch.check([disk(fault=full), disk(fault=broken)])
    assert {FULL, FAILED} <= set(codes(events, NoticeRaised))
    for _ in range(2):
        watch.close([disk(lost_samples=32_000), disk()])
    assert {FULL, FAILED} <= set(codes(events, NoticeCleared))
    (lost,) = [e for e in events if isinstance(e, NoticeRaised) and e.code == LOST]
    assert "2 s" in lost.message
