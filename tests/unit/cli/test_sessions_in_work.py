"""The list of sessions beside a Malgeul that runs: what it records is not called interrupted."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.engine.store.lock import WriterLock
from desktop.engine.store.store import TranscriptStore
from desktop.events import Track
from desktop.records import SessionState, TrackRecord

Run = Callable[..., Any]


@pytest.fixture
def store(home: Path) -> Any:
    """Of the Malgeul that runs."""
    with TranscriptStore.open(home / "transcripts.db") as store:
        yield store


def begun(store: TranscriptStore, track: Track = Track.MIC, *, sound_s: float = 0.0) -> str:
    """A session that is not finished, whose sound came last `sound_s` seconds ago."""
    number = store.create_session(
        title="Budget", tracks=[TrackRecord(track, "", "", "", 0.0)], model="", started_wall_s=1e9
    )
    spool = store.path.parent / "sessions" / number / f"{track}.spool"
    spool.parent.mkdir(parents=True)
    spool.write_bytes(b"sound")
    os.utime(spool, (time.time() - sound_s,) * 2)
    return number


def told(malgeul: Run) -> dict[str, str]:
    shown = malgeul("sessions", "list").out.splitlines()[1:]
    found = json.loads(malgeul("sessions", "list", "--json").out)
    said = {record["session_id"]: record["activity"] for record in found}
    states = {record["session_id"]: record["state"] for record in found}
    for row in shown:
        number, state = row.split()[0], row.split()[5]
        assert state == (said[number] if states[number] == "recording" else states[number])
    return said


def test_what_grows_is_live(malgeul: Run, store: TranscriptStore) -> None:
    live, file = begun(store), begun(store, Track.FILE)
    left, whole = begun(store, sound_s=60.0), begun(store)
    store.finish_session(whole, 5.0, SessionState.RECOVERED)
    assert told(malgeul) == {
        live: "live",
        file: "transcribing",
        left: "unfinished",  # the other one may transcribe it just now
        whole: "finished",
    }


def test_what_nobody_works_on_is_interrupted(malgeul: Run, home: Path) -> None:
    with TranscriptStore.open(home / "transcripts.db") as store:
        just_now = begun(store)
    assert told(malgeul) == {just_now: "interrupted"}


@pytest.mark.parametrize("command", ["show", "export"])
def test_a_part_is_not_taken_for_the_whole(malgeul: Run, home: Path, command: str) -> None:
    with TranscriptStore.open(home / "transcripts.db") as store:
        number = begun(store)
        assert "not finished" in malgeul("sessions", command, number).err
    interrupted = malgeul("sessions", command, number)
    assert f"malgeul sessions recover {number}" in interrupted.err
    assert malgeul("sessions", command, number, "-q").err == ""
    with TranscriptStore.open(home / "transcripts.db") as store:
        store.finish_session(number, 5.0)
    assert "Warning" not in malgeul("sessions", command, number).err


def test_looking_at_the_lock_keeps_nobody_out(home: Path) -> None:
    home.mkdir(parents=True)
    lock = WriterLock(home / "transcripts.db")
    assert not lock.held()
    assert not (home / "transcripts.db.lock").exists()
    lock.acquire()
    assert WriterLock(home / "transcripts.db").held()
    lock.release()
    assert not lock.held()
    lock.acquire()
    lock.release()
