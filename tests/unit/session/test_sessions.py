"""Live, file and recovered sessions with a real model, a real store and sound from files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from session_parts import Home, load_fixture, load_once, until, working

from desktop.engine.asr.recogniser import Recogniser
from desktop.errors import MediaError
from desktop.events import (
    LedgerUpdated,
    NoticeCleared,
    NoticeRaised,
    ProgressReported,
    RecogniserChanged,
    RecogniserState,
    SessionFinished,
    SessionStarted,
    Track,
)
from desktop.records import SessionState, TrackRecord
from desktop.session.spooled import Spooled
from desktop.session.worker import JOB_NOTICE, NOTICE
from tests.speech import SpeechMaker, error_rate, write_wav

ROOT = Path(__file__).resolve().parents[3]


def test_a_live_session_from_sound_to_stored_lines(data: Home, speech: SpeechMaker) -> None:
    mine, theirs = speech.stream("en", 8.0, seed=1), speech.stream("en", 8.0, seed=4)
    session = data.live(mine.samples, system=theirs.samples)
    with working(data) as worker:
        session.start()
        worker.add(session)
        assert session.wait_ended(30)
        session.stop()
        until(lambda: worker.idle)
    record = data.store.session(session.session_id)
    assert record.state is SessionState.FINISHED
    assert [(t.track, t.name, t.language) for t in record.tracks] == [
        (Track.MIC, "Me", "en"),
        (Track.SYSTEM, "Others", "en"),
    ]
    lines = data.store.segments(session.session_id)
    for track, made in ((Track.MIC, mine), (Track.SYSTEM, theirs)):
        heard = " ".join(line.text for line in lines if line.track is track)
        assert error_rate(made.text, heard, "en") <= 0.1
    assert len(data.of(SessionFinished)) == 1


def test_in_the_end_every_sample_is_accounted_for(data: Home, speech: SpeechMaker) -> None:
    made = speech.stream("en", 8.0, seed=1)
    session = data.live(made.samples)
    with working(data) as worker:
        session.start()
        worker.add(session)
        assert session.wait_ended(30)
        session.pause()
        session.resume()
        session.stop()
        until(lambda: worker.idle)
    last: LedgerUpdated = data.of(LedgerUpdated)[-1]
    assert last.captured_samples + last.gap_samples == last.timeline_samples
    assert last.captured_samples >= len(made.samples)
    assert last.transcribed_samples + last.silence_samples == last.timeline_samples
    assert last.pending_samples == 0


def test_closing_while_recording_leaves_a_session_that_can_be_recovered(
    data: Home, speech: SpeechMaker
) -> None:
    made = speech.stream("en", 8.0, seed=1)
    session = data.live(made.samples)
    with working(data) as worker:
        session.start()
        worker.add(session)
        until(lambda: session.elapsed_s > 1.0)
    (record,) = data.store.recoverable_sessions()
    assert record.session_id == session.session_id
    job = data.recovery(record.session_id)
    with working(data) as worker:
        job.start()
        worker.add(job)
        until(lambda: worker.idle)
    assert data.store.session(record.session_id).state is SessionState.RECOVERED
    first = made.words[0].text
    assert data.text(record.session_id).startswith(first)


def test_killed_in_the_middle_and_recovered_is_as_if_nothing_had_been(
    data: Home, speech: SpeechMaker, tmp_path: Path
) -> None:
    """faults: S39"""
    made = speech.stream("en", 14.0, seed=1)
    wav = tmp_path / "made.wav"
    write_wav(wav, made.samples)
    data.store.close()
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("live_program.py")), str(tmp_path), str(wav)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
    )
    assert child.stdout is not None
    try:
        lines = [child.stdout.readline() for _ in range(3)]
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    assert all(lines)
    data.store = type(data.store).open(tmp_path / "transcripts.db")
    try:
        (record,) = data.store.recoverable_sessions()
        kept = data.store.segments(record.session_id)
        job = data.recovery(record.session_id)
        with working(data) as worker:
            job.start()
            captured_s = job.duration_s
            worker.add(job)
            until(lambda: worker.idle)
        assert data.store.segments(record.session_id)[: len(kept)] == kept
        heard = data.text(record.session_id)
        whole = [s for s in made.sentences if s.end_s < captured_s - 1.0]
        spoken = " ".join(s.text for s in made.sentences if s.start_s < captured_s)
        assert len(whole) >= 2
        assert error_rate(spoken[: len(heard) + 1], heard, "en") <= 0.2
        for sentence in whole:
            assert heard.count(sentence.text) == spoken.count(sentence.text)
    finally:
        data.store.close()


def test_a_file_becomes_a_session(data: Home, speech: SpeechMaker, tmp_path: Path) -> None:
    made = speech.stream("en", 8.0, seed=1)
    write_wav(tmp_path / "Talk.wav", made.samples)
    session = data.file(tmp_path / "Talk.wav")
    with working(data) as worker:
        session.start()
        worker.add(session)
        until(lambda: worker.idle)
    record = data.store.session(session.session_id)
    assert (record.title, record.state) == ("Talk", SessionState.FINISHED)
    assert record.duration_s == pytest.approx(8.0, abs=0.01)
    assert error_rate(made.text, data.text(session.session_id), "en") <= 0.05
    assert data.of(ProgressReported)[-1].finished
    assert (data.path / "sessions" / session.session_id).exists()


def test_sound_that_is_not_to_be_kept_goes(data: Home, speech: SpeechMaker, tmp_path: Path) -> None:
    data.settings.audio.keep_audio = False
    write_wav(tmp_path / "a.wav", speech.stream("en", 8.0, seed=1).samples)
    session = data.file(tmp_path / "a.wav")
    with working(data) as worker:
        session.start()
        worker.add(session)
        until(lambda: worker.idle)
    assert data.text(session.session_id)
    assert not (data.path / "sessions" / session.session_id).exists()


def test_a_cancelled_file_keeps_what_is_done(
    data: Home, speech: SpeechMaker, tmp_path: Path
) -> None:
    write_wav(tmp_path / "a.wav", speech.stream("en", 14.0, seed=1).samples)
    session = data.file(tmp_path / "a.wav")
    session.start()
    session.attach(load_fixture())
    while not data.store.segments(session.session_id):
        session.step()
    session.cancel()
    assert not session.step()
    assert session.finished
    session.close()
    session.close()
    assert data.store.session(session.session_id).state is SessionState.FINISHED
    assert len(data.of(SessionFinished)) == 1


def test_what_is_no_media_file_makes_no_session(data: Home, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound", encoding="ascii")
    with pytest.raises(MediaError):
        data.file(tmp_path / "a.wav").start()
    assert data.store.sessions() == []


def test_a_session_without_sound_is_recovered_as_it_is(data: Home, speech: SpeechMaker) -> None:
    session = data.live(speech.stream("en", 8.0, seed=1).samples)
    session.start()
    session.close()
    for path in (data.path / "sessions" / session.session_id).iterdir():
        path.unlink()
    job = data.recovery(session.session_id)
    job.start()
    assert job.finished
    job.close()
    assert data.store.session(session.session_id).state is SessionState.RECOVERED


def test_captions_begin_when_a_model_appears(data: Home, speech: SpeechMaker) -> None:
    """faults: A33"""
    made = speech.stream("en", 8.0, seed=1)
    there = threading.Event()
    session = data.live(made.samples, speed=20.0)
    with working(data, load_once(there)) as worker:
        session.start()
        worker.add(session)
        assert session.wait_ended(30)
        session.stop()
        until(lambda: data.of(NoticeRaised))
        assert data.of(NoticeRaised)[0].code == NOTICE
        assert worker.recogniser is None
        there.set()
        worker.reload()
        until(lambda: worker.idle)
    assert [c.state for c in data.of(RecogniserChanged)] == [
        RecogniserState.FAILED,
        RecogniserState.READY,
    ]
    assert NOTICE in [event.code for event in data.of(NoticeCleared)]
    assert error_rate(made.text, data.text(session.session_id), "en") <= 0.1


def test_another_model_in_the_middle_doubles_and_loses_nothing(
    data: Home, speech: SpeechMaker
) -> None:
    made = speech.stream("en", 8.0, seed=1)
    session = data.live(made.samples, speed=3.0)
    with working(data) as worker:
        session.start()
        worker.add(session)
        until(lambda: data.store.segments(session.session_id))
        worker.reload()
        assert session.wait_ended(30)
        session.stop()
        until(lambda: worker.idle)
    assert error_rate(made.text, data.text(session.session_id), "en") <= 0.15


def test_one_sessions_fault_leaves_the_others_alone(
    data: Home, speech: SpeechMaker, tmp_path: Path
) -> None:
    write_wav(tmp_path / "a.wav", speech.stream("en", 8.0, seed=1).samples)

    class Broken:
        live = False
        recording = False
        finished = False
        closed = False

        def attach(self, recogniser: Recogniser) -> None:
            raise RuntimeError("a bug")

        def step(self) -> bool:
            return False

        def wait(self, timeout_s: float) -> None: ...

        def close(self) -> None:
            self.closed = True

    broken, session = Broken(), data.file(tmp_path / "a.wav")
    with working(data) as worker:
        worker.add(broken)
        session.start()
        worker.add(session)
        until(lambda: worker.idle)
    assert broken.closed
    assert JOB_NOTICE in [notice.code for notice in data.of(NoticeRaised)]
    assert data.text(session.session_id)


def test_started_is_told_before_everything_else(data: Home, speech: SpeechMaker) -> None:
    session = data.live(speech.stream("en", 8.0, seed=1).samples)
    session.start()
    with pytest.raises(RuntimeError):
        data.live(speech.stream("en", 8.0, seed=1).samples).pause()
    assert data.of(SessionStarted)[0].tracks == (Track.MIC,)
    session.pause()
    assert session.paused
    session.resume()
    assert not session.paused
    session.close()


@pytest.mark.parametrize(("seed", "steps"), [(1, 3), (3, 10)])
def test_what_is_recovered_amid_speech_doubles_and_loses_no_word(
    data: Home, speech: SpeechMaker, seed: int, steps: int
) -> None:
    """Left at a moment that a busy computer chose: the text may not depend on it."""
    made = speech.stream("en", 8.0, seed=seed)
    spooled = Spooled.create(
        TrackRecord(Track.MIC, "Me", "", "", 0.0),
        title="left amid speech",
        wall_s=0.0,
        store=data.store,
        directory=data.path / "sessions",
        publish=data.publish,
        settings=data.settings,
        model="fixture",
        live=True,
    )
    spooled.transcription.attach(load_fixture())
    for start in range(0, len(made.samples), 8_000):
        spooled.append(made.samples[start : start + 8_000])
        while steps > 0 and spooled.transcription.step():
            steps -= 1
    spooled.transcription.settle()
    spooled.writer.close()
    spooled.reader.close()
    assert data.text(spooled.session_id)
    job = data.recovery(spooled.session_id)
    job.start()
    job.attach(load_fixture())
    while not job.finished:
        job.step()
    job.close()
    assert error_rate(made.text, data.text(spooled.session_id), "en") <= 0.06


def test_a_stopped_recording_may_be_finished_later(data: Home, speech: SpeechMaker) -> None:
    made = speech.stream("en", 8.0, seed=1)
    there = threading.Event()
    session, after = data.live(made.samples, speed=20.0), data.live(made.samples, speed=20.0)
    with working(data, load_once(there)) as worker:
        session.start()
        worker.add(session)
        assert session.wait_ended(30)
        session.stop()
        assert not worker.idle
        session.set_aside()
        until(lambda: data.of(SessionFinished))
        assert data.store.session(session.session_id).state is SessionState.RECORDING
        there.set()
        worker.reload()
        after.start()
        worker.add(after)
        until(lambda: data.store.segments(after.session_id))
        after.set_aside()  # with a part of it recognised
        until(lambda: len(data.of(SessionFinished)) == 2)
        for each in (session, after):
            job = data.recovery(each.session_id)
            job.start()
            known = len(data.of(SessionFinished))
            worker.add(job)
            until(lambda known=known: len(data.of(SessionFinished)) > known)
            record = data.store.session(each.session_id)
            assert record.state is SessionState.RECOVERED
            # The second may have been set aside before it had heard everything.
            heard_s = record.tracks[0].duration_s
            said = " ".join(word.text for word in made.words if word.end_s <= heard_s)
            assert error_rate(said, data.text(each.session_id), "en") <= 0.15
