"""A file whose transcription was interrupted: its rest is transcribed, or said to be missing."""

from __future__ import annotations

import errno
import functools
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from session_parts import Home, load_fixture

from desktop.engine.audio.spool import SpoolWriter, spool_path
from desktop.engine.audio.spool_file import SpoolFile
from desktop.engine.audio.spool_reader import SpoolReader
from desktop.events import NoticeCleared, NoticeRaised, Track
from desktop.records import SessionState
from desktop.session import files
from desktop.session.recovery import RecoverySession
from desktop.session.rest import NOTE
from tests.speech import SpeechMaker, error_rate, write_wav


def interrupted(data: Home, path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Transcribes until a line is stored, then the program ends; decoded is a part of the file."""
    monkeypatch.setattr(files, "AHEAD_S", 6.0)
    job = data.file(path)
    job.start()
    recogniser = load_fixture()
    job.attach(recogniser)
    while not data.store.segments(job.session_id):
        job.step()
    assert not job.finished
    job.close()
    recogniser.close()
    assert data.store.session(job.session_id).state is SessionState.RECORDING
    return job.session_id


def work(job: RecoverySession, until: Callable[[], bool]) -> None:
    job.start()
    recogniser = load_fixture()
    job.attach(recogniser)
    while not job.finished and not until():
        job.step()
    job.close()
    recogniser.close()


def test_the_rest_of_an_unchanged_file_is_transcribed(
    data: Home, speech: SpeechMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = speech.stream("en", 24.0, seed=1)
    write_wav(tmp_path / "a.wav", made.samples)
    session_id = interrupted(data, tmp_path / "a.wav", monkeypatch)
    job = data.recovery(session_id)
    lines = len(data.store.segments(session_id))
    # The program ends once more in the middle, and nothing is lost or doubled all the same.
    work(job, lambda: len(data.store.segments(session_id)) > lines)
    assert data.store.session(session_id).state is SessionState.RECORDING
    work(data.recovery(session_id), lambda: False)
    record = data.store.session(session_id)
    assert record.state is SessionState.RECOVERED
    assert record.duration_s == pytest.approx(len(made.samples) / 16_000, abs=0.1)
    assert error_rate(made.text, data.text(session_id), "en") <= 0.15
    assert not (data.path / "sessions" / session_id / NOTE).exists()
    assert "media.rest" not in [notice.code for notice in data.of(NoticeRaised)]


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_rest_that_cannot_be_had_is_told(
    data: Home, speech: SpeechMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, speech.stream("en", 24.0, seed=1).samples)
    session_id = interrupted(data, path, monkeypatch)
    if how == "gone":
        path.unlink()
    else:
        os.utime(path, ns=(1, 1))
    work(data.recovery(session_id), lambda: False)
    record = data.store.session(session_id)
    assert record.state is SessionState.RECOVERED
    told = [notice for notice in data.of(NoticeRaised) if notice.code == "media.rest"]
    assert len(told) == 1
    assert "“a.wav” ends at 0:" in told[0].message
    assert 0.0 < record.duration_s < 24.0
    assert [part.track for part in record.tracks] == [Track.FILE]


def test_a_full_disk_holds_a_file_up_and_loses_nothing_of_it(
    data: Home, speech: SpeechMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S40"""
    made = speech.stream("en", 16.0, seed=1)
    write_wav(tmp_path / "a.wav", made.samples)
    small = functools.partial(SpoolWriter.create, backlog_samples=32_000)
    monkeypatch.setattr(SpoolWriter, "create", small)
    full = [True]
    write_at = SpoolFile.write_at

    def refuse(file: SpoolFile, offset: int, content: bytes) -> None:
        if full[0] and offset > 100_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_at(file, offset, content)

    monkeypatch.setattr(SpoolFile, "write_at", refuse)
    job = data.file(tmp_path / "a.wav")
    job.start()
    recogniser = load_fixture()
    job.attach(recogniser)

    def notices() -> list[NoticeRaised]:
        return [n for n in data.of(NoticeRaised) if n.code == "storage.recording_full"]

    until_s = time.monotonic() + 60.0
    while not notices() and time.monotonic() < until_s:  # the disk is looked at now and then
        job.step()
    for _ in range(200):
        job.step()
    assert not job.finished
    told = notices()
    assert ["transcribing the file waits" in notice.message for notice in told] == [True]
    full[0] = False
    while not job.finished:
        job.step()
    job.close()
    recogniser.close()
    assert error_rate(made.text, data.text(job.session_id), "en") <= 0.15
    assert "storage.recording_full" in [notice.code for notice in data.of(NoticeCleared)]
    assert "storage.unkept" not in [notice.code for notice in data.of(NoticeRaised)]
    with SpoolReader.open(spool_path(data.path / "sessions" / job.session_id, Track.FILE)) as sound:
        assert sound.available() == len(made.samples)
        assert sound.gaps() == ()
