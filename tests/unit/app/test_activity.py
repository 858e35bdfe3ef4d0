"""What is done with each session: told by the application of its own work, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.app.activity import activities
from desktop.app.application import Application
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.spool import SpoolWriter
from desktop.events import SAMPLE_RATE_HZ, Event, ProgressReported, Track
from desktop.paths import Paths
from desktop.records import SessionActivity, SessionState, TrackRecord
from tests.speech import write_wav

WaitUntil = Callable[..., None]
SILENCE = np.zeros(10 * SAMPLE_RATE_HZ, dtype=np.float32)


@pytest.fixture
def application(home: Path) -> Iterator[Application]:
    """Nobody recognises in it."""
    opened = Application.open(
        Paths(home),
        sources=lambda _: {
            Track.MIC: FileSource(SILENCE, SystemClock(), track=Track.MIC, name="mute")
        },
    )
    try:
        yield opened
    finally:
        works = opened.works()
        opened.close()
        for work in works:
            work.close()
        opened.close_store()


def stored(application: Application, state: SessionState = SessionState.RECORDING) -> str:
    """A session that an earlier run left."""
    track = TrackRecord(Track.MIC, "", "", "en", 0.0)
    number = application._store.create_session(
        title="left", tracks=[track], model="", started_wall_s=1.0
    )
    spool = SpoolWriter.create(application._paths.sessions / number, Track.MIC, wall_s=0.0)
    spool.append(SILENCE)
    spool.close()
    if state is not SessionState.RECORDING:
        application._store.finish_session(number, 10.0, state)
    return number


def told(application: Application) -> dict[str, str]:
    return {record.session_id: activity for record, activity in application.activities()}


def recording(application: Application, wait_until: WaitUntil) -> str:
    """Starts one; its id."""
    application.start_capture()
    wait_until(lambda: application.live_session_id)
    number = application.live_session_id
    assert number is not None
    return number


def test_recordings_are_live_then_transcribed(
    application: Application, wait_until: WaitUntil
) -> None:
    number = recording(application, wait_until)
    assert told(application) == {number: SessionActivity.LIVE}
    application.stop_capture()
    wait_until(lambda: application.live_session_id is None)
    assert told(application) == {number: SessionActivity.TRANSCRIBING}


def test_a_recording_that_stops_is_worked_on_all_the_while(
    application: Application, wait_until: WaitUntil
) -> None:
    number = recording(application, wait_until)
    seen: list[bool] = []

    class Ending(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            seen.append(application.works_on(number))
            super().__setitem__(key, value)

    application._ending = Ending()
    application.stop_capture()
    wait_until(lambda: application.live_session_id is None)
    assert seen == [True]


def test_what_an_earlier_run_left_is_interrupted_until_it_is_recovered(
    application: Application, wait_until: WaitUntil
) -> None:
    left, whole = stored(application), stored(application, SessionState.RECOVERED)
    assert told(application) == {
        left: SessionActivity.INTERRUPTED,
        whole: SessionActivity.FINISHED,
    }
    application.recover_session(left)
    wait_until(application.works)
    assert told(application)[left] == SessionActivity.RECOVERING


def test_a_file_is_transcribed_from_the_moment_it_is_stored(
    application: Application, tmp_path: Path, wait_until: WaitUntil
) -> None:
    write_wav(tmp_path / "one.wav", SILENCE)
    at_first: list[dict[str, str]] = []

    def look(event: Event) -> None:
        if isinstance(event, ProgressReported):
            at_first.append(told(application))

    application.bus.subscribe(look)
    application.transcribe_file(tmp_path / "one.wav")
    wait_until(lambda: application._tasks)
    (number,) = told(application)
    assert at_first[0] == {number: SessionActivity.TRANSCRIBING}
    assert told(application) == {number: SessionActivity.TRANSCRIBING}


def test_a_file_that_cannot_be_read_leaves_no_work(
    application: Application, tmp_path: Path, wait_until: WaitUntil
) -> None:
    (tmp_path / "one.wav").write_bytes(b"no sound")
    failed: list[Event] = []
    application.bus.subscribe(failed.append)
    application.transcribe_file(tmp_path / "one.wav")
    wait_until(lambda: failed)
    wait_until(lambda: not application.works())


def test_a_guest_is_live_then_transcribed(application: Application) -> None:
    speaker = application.guests.open_speaker(lambda _: None)
    assert told(application) == {speaker.session_id: SessionActivity.LIVE}
    speaker.end()
    assert told(application) == {speaker.session_id: SessionActivity.TRANSCRIBING}


def test_what_ends_or_begins_while_the_list_is_read_is_not_taken_for_interrupted(
    application: Application, wait_until: WaitUntil
) -> None:
    application.start_capture()
    wait_until(lambda: application.live_session_id)
    records, works = application.sessions(), application.works()
    assert [doing for _, doing in activities(records, works, [])] == [SessionActivity.LIVE]
    assert [doing for _, doing in activities(records, [], works)] == [SessionActivity.LIVE]
    assert [doing for _, doing in activities(records, [], [])] == [SessionActivity.INTERRUPTED]
