"""`malgeul sessions recover` where only the basic recogniser is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.engine.audio.spool import SpoolWriter
from desktop.engine.store.store import TranscriptStore
from desktop.events import Track
from desktop.records import SessionState, TrackRecord

Run = Callable[..., Any]


def interrupted(home: Path, model: str, language: str) -> str:
    """A session of a second of silence that was cut off."""
    with TranscriptStore.open(home / "transcripts.db") as store:
        track = TrackRecord(Track.MIC, "", "", language, 0.0)
        number = store.create_session(title="", tracks=[track], model=model, started_wall_s=1e9)
    spool = SpoolWriter.create(home / "sessions" / number, Track.MIC, wall_s=0.0)
    spool.append(np.zeros(16_000, dtype=np.float32))
    spool.close()
    return number


def state(home: Path, number: str) -> SessionState:
    with TranscriptStore.open(home / "transcripts.db", read_only=True) as store:
        return store.session(number).state


@pytest.mark.parametrize(("model", "language"), [("turbo", ""), ("/models/mine", "en"), ("", "ko")])
def test_what_a_better_model_began_is_not_ended_in_rough_english(
    malgeul: Run, home: Path, model: str, language: str
) -> None:
    number = interrupted(home, model, language)
    outcome = malgeul("sessions", "recover")
    assert (outcome.code, outcome.out) == (4, "")
    assert f"Error: {number} was begun with " in outcome.err
    assert state(home, number) is SessionState.RECORDING


@pytest.mark.parametrize(("model", "language"), [("basic", "en"), ("auto", ""), ("", "")])
def test_what_it_began_itself_it_may_end(
    malgeul: Run, home: Path, model: str, language: str
) -> None:
    number = interrupted(home, model, language)
    outcome = malgeul("sessions", "recover")
    assert (outcome.code, outcome.out) == (0, f"{number}\n"), outcome.err
    assert state(home, number) is SessionState.RECOVERED
