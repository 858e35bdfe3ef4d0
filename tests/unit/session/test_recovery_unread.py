"""One damaged or unreadable recording holds up neither the other tracks nor the other sessions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from session_parts import Home, load_fixture, until, working

from desktop.engine.audio.feed import Samples
from desktop.engine.audio.spool import SpoolWriter, spool_path
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.errors import StorageError
from desktop.events import NoticeRaised, SessionFinished, Track
from desktop.records import SessionState, TrackRecord
from tests.speech import SpeechMaker, error_rate

NAMES = {Track.MIC: "Me", Track.SYSTEM: "Others"}


def interrupted(data: Home, *tracks: tuple[Track, np.ndarray]) -> str:
    """A session that was recorded and never recognised."""
    session_id = data.store.create_session(
        title="Weekly",
        tracks=[TrackRecord(track, NAMES[track], "", "", 0.0) for track, _ in tracks],
        model="",
        started_wall_s=0.0,
    )
    for track, samples in tracks:
        writer = SpoolWriter.create(data.path / "sessions" / session_id, track, wall_s=0.0)
        for start in range(0, len(samples), 16_000):  # in pieces, as a device delivers it
            assert writer.append(samples[start : start + 16_000])
            writer.flush()
        writer.close()
    return session_id


def unread(data: Home) -> list[NoticeRaised]:
    return [n for n in data.of(NoticeRaised) if n.code.startswith("session.unread")]


def make_unreadable(data: Home, session_id: str, track: Track) -> Callable[[], object]:
    """Not even the superuser reads a folder as a file; returns what makes it readable again."""
    path = spool_path(data.path / "sessions" / session_id, track)
    aside = path.with_name("aside")
    path.rename(aside)
    path.mkdir()

    def again() -> None:
        path.rmdir()
        aside.rename(path)

    return again


def test_the_other_track_is_recovered_and_the_session_can_be_tried_again(
    data: Home, speech: SpeechMaker
) -> None:
    """faults: S44"""
    mine, theirs = speech.stream("en", 8.0, seed=1), speech.stream("en", 8.0, seed=4)
    session_id = interrupted(data, (Track.MIC, mine.samples), (Track.SYSTEM, theirs.samples))
    again = make_unreadable(data, session_id, Track.MIC)
    for run in range(2):
        if run == 1:
            again()
        job = data.recovery(session_id)
        job.start()
        with working(data) as worker:
            worker.add(job)
            until(lambda: worker.idle)
        lines = data.store.segments(session_id)
        heard = " ".join(line.text for line in lines if line.track is Track.SYSTEM)
        assert error_rate(theirs.text, heard, "en") <= 0.1  # not doubled by the second try
        if run == 0:
            assert data.store.session(session_id).state is SessionState.RECORDING
            (told,) = unread(data)
            assert "Weekly" in told.message
            assert "“Me”" in told.message
            assert "mic.spool" in told.message
    lines = data.store.segments(session_id)
    heard = " ".join(line.text for line in lines if line.track is Track.MIC)
    assert error_rate(mine.text, heard, "en") <= 0.1
    assert data.store.session(session_id).state is SessionState.RECOVERED
    assert len(unread(data)) == 1
    assert len(data.of(SessionFinished)) == 2


def test_a_session_without_any_readable_sound_says_so(data: Home) -> None:
    session_id = interrupted(data, (Track.MIC, np.zeros(16_000, np.float32)))
    make_unreadable(data, session_id, Track.MIC)
    with pytest.raises(StorageError, match=r"mic\.spool"):
        data.recovery(session_id).start()
    assert data.store.session(session_id).state is SessionState.RECORDING


def test_a_recording_that_was_deleted_is_told_and_the_rest_is_recovered(
    data: Home, speech: SpeechMaker
) -> None:
    """faults: S44"""
    theirs = speech.stream("en", 4.0, seed=4)
    session_id = interrupted(data, (Track.MIC, theirs.samples), (Track.SYSTEM, theirs.samples))
    spool_path(data.path / "sessions" / session_id, Track.MIC).unlink()
    job = data.recovery(session_id)
    job.start()
    with working(data) as worker:
        worker.add(job)
        until(lambda: worker.idle)
    (told,) = data.of(NoticeRaised)
    assert told.message == "“Weekly”: the recording of the track “Me” is not there any more."
    assert {line.track for line in data.store.segments(session_id)} == {Track.SYSTEM}
    assert data.store.session(session_id).state is SessionState.RECOVERED


def test_a_track_that_breaks_in_the_middle_is_left_out_from_there(
    data: Home, speech: SpeechMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = speech.stream("en", 8.0, seed=1), speech.stream("en", 8.0, seed=4)
    silence = np.zeros(16_000 * 120, np.float32)
    session_id = interrupted(
        data,
        (Track.MIC, np.concatenate([mine.samples, silence])),
        (Track.SYSTEM, theirs.samples),
    )
    read = SpoolReader.read

    def broken(reader: SpoolReader, start: int, count: int) -> Samples:
        if reader.path.name == "mic.spool" and start > 16_000 * 90:
            raise StorageError(f"The recording {reader.path} cannot be read: a bad sector")
        return read(reader, start, count)

    monkeypatch.setattr(SpoolReader, "read", broken)
    job = data.recovery(session_id)
    job.start()
    recogniser = load_fixture()
    job.attach(recogniser)
    while not job.finished:
        job.step()
    job.close()
    recogniser.close()
    lines = data.store.segments(session_id)
    for track, made in ((Track.MIC, mine), (Track.SYSTEM, theirs)):
        heard = " ".join(line.text for line in lines if line.track is track)
        assert error_rate(made.text, heard, "en") <= 0.1
    assert len(unread(data)) == 1
    assert data.store.session(session_id).state is SessionState.RECORDING
