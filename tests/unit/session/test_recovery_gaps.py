"""What was missing when a session broke off is in its transcript afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from session_parts import Home

from desktop.engine.audio.spool import SpoolWriter
from desktop.events import GapDeclared, Track
from desktop.records import GapRecord, TrackRecord


def test_gaps_nobody_could_tell_any_more(data: Home) -> None:
    """faults: A24, S44, S45"""
    session_id = data.store.create_session(
        title="t",
        tracks=[TrackRecord(Track.MIC, "Me", "", "", 0.0)],
        model="",
        started_wall_s=0.0,
    )
    writer = SpoolWriter.create(data.path / "sessions" / session_id, Track.MIC, wall_s=0.0)
    sound = np.full(16_000, 0.1, np.float32)
    writer.append(sound)
    writer.append_gap(32_000, "paused")  # this one was told
    data.store.record_gap(session_id, GapDeclared(Track.MIC, 1.0, 3.0, "paused", wall_s=0.0))
    writer.append(sound)
    writer.append_gap(16_000, "unplugged")  # and then the machine lost its power
    writer.close()
    job = data.recovery(session_id)
    job.start()
    job.cancel()
    job.close()
    assert data.store.gaps(session_id) == [
        GapRecord(Track.MIC, 1.0, 3.0, "paused"),
        GapRecord(Track.MIC, pytest.approx(4.0), pytest.approx(5.0), "unplugged"),
    ]
