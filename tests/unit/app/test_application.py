"""The application without a face, with a real model and sound from files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from desktop.app.application import (
    CAPTURE_NOTICE,
    FILE_NOTICE,
    RECOVERY_NOTICE,
    Application,
)
from desktop.app.settings_keeper import RECOVERED_NOTICE
from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.source import Source
from desktop.engine.audio.spool import SpoolWriter
from desktop.errors import AudioError, StorageError
from desktop.events import (
    Event,
    HypothesisUpdated,
    LagMeasured,
    NoticeCleared,
    NoticeRaised,
    ProgressReported,
    SegmentChanged,
    SegmentCommitted,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    Track,
)
from desktop.paths import Paths
from desktop.records import SessionState, TrackRecord
from desktop.settings import Settings
from tests.speech import SpeechMaker, error_rate, write_wav

WaitUntil = Callable[..., None]


class Running:
    """An open application, its worker's thread, and what it published."""

    def __init__(self, root: Path, sources: Callable[[Settings], dict[Track, Source]]) -> None:
        self.application = Application.open(Paths(root), sources=sources)
        self.events: list[Event] = []
        self.application.bus.subscribe(self.events.append)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.application.worker.run, args=(self._stop,))

    def start(self) -> None:
        self.application.start()
        self._thread.start()

    def end(self) -> None:
        """As the window does."""
        self.application.close()
        self._stop.set()
        self.application.worker.wake()
        self._thread.join()
        self.application.close_store()

    def of(self, kind: type) -> list:
        return [event for event in list(self.events) if isinstance(event, kind)]

    def notices(self) -> list[str]:
        return [notice.code for notice in self.of(NoticeRaised)]


def playing(samples: np.ndarray, speed: float = 4.0) -> Callable[[Settings], dict[Track, Source]]:
    def sources(_: Settings) -> dict[Track, Source]:
        clock = SystemClock()
        return {Track.MIC: FileSource(samples, clock, track=Track.MIC, name="file", speed=speed)}

    return sources


@contextmanager
def opened(
    root: Path, sources: Callable[[Settings], dict[Track, Source]] | None = None
) -> Iterator[Running]:
    """An application in which nobody recognises; what it has in work is left as it stands."""
    app = Running(root, sources or playing(np.zeros(16_000, dtype=np.float32)))
    try:
        yield app
    finally:
        for task in list(app.application._tasks.values()):
            task.cancel()
            task.close()
        app.application.close()
        for job in list(app.application._ending.values()):
            job.close()
        app.application.close_store()


@contextmanager
def running(
    root: Path, model: Path, sources: Callable[[Settings], dict[Track, Source]]
) -> Iterator[Running]:
    app = Running(root, sources)
    recognition = app.application.settings.recognition
    recognition.model, recognition.language, recognition.threads = str(model), "en", 1
    recognition.short_windows = "off"
    app.start()
    try:
        yield app
    finally:
        app.end()


def test_a_meeting_from_start_to_export(
    home: Path, whisper_fixture_path: Path, speech: SpeechMaker, wait_until: WaitUntil
) -> None:
    made = speech.stream("en", 8.0, seed=1)
    with running(home, whisper_fixture_path, playing(made.samples)) as app:
        backend = app.application
        backend.start_capture()
        backend.start_capture()  # a second click changes nothing
        wait_until(lambda: app.of(SegmentCommitted), 40)
        key = backend.live_session_id
        assert key is not None
        with pytest.raises(StorageError) as caught:
            backend.delete_session(key)
        assert caught.value.code == "storage.in_use"
        backend.recover_session(key)  # nothing to recover while it is recorded
        backend.pause_capture()
        wait_until(lambda: app.of(SessionPaused))
        assert backend.paused
        backend.resume_capture()
        wait_until(lambda: app.of(SessionResumed))
        wait_until(lambda: len(app.of(SegmentCommitted)) >= len(made.sentences) - 1, 40)
        backend.stop_capture()
        wait_until(lambda: app.of(SessionFinished), 40)
        (record,) = backend.sessions()
        assert record.state is SessionState.FINISHED
        line = backend.segments(key)[0]
        backend.edit_segment(line.segment_id, "Edited.")
        backend.bookmark_segment(line.segment_id, True)
        assert [event.change for event in app.of(SegmentChanged)] == ["edited", "bookmarked"]
        backend.rename_session(key, "Weekly")
        backend.rename_track(key, Track.MIC, "Anna")
        assert backend.search("Edited")[0].session_title == "Weekly"
        target = backend.export_session(key, home / "out.txt", "txt")
        assert "Edited." in target.read_text(encoding="utf-8")
        assert len(backend.session_audio(key, Track.MIC, 0.0, 1.0)) == 16_000
        assert len(backend.session_audio(key, Track.SYSTEM, 0.0, 1.0)) == 0
        backend.delete_session(key)
        assert backend.sessions() == []
        assert not (home / "sessions" / key).exists()


def test_leaving_while_recording_loses_nothing(
    home: Path, whisper_fixture_path: Path, speech: SpeechMaker, wait_until: WaitUntil
) -> None:
    """The end of the program ends the recording in order; no thread is left (see conftest)."""
    made = speech.stream("en", 8.0, seed=1)
    with running(home, whisper_fixture_path, playing(made.samples)) as app:
        app.application.start_capture()
        wait_until(lambda: app.application.live_session_id, 20)
        wait_until(lambda: app.of(SegmentCommitted), 40)
    with running(home, whisper_fixture_path, playing(made.samples)) as app:
        (record,) = app.application.sessions()
        if record.state is SessionState.RECORDING:
            app.application.recover_session(record.session_id)
            wait_until(lambda: app.of(SessionFinished), 40)
        heard = " ".join(line.text for line in app.application.segments(record.session_id))
        assert heard.startswith(made.sentences[0].text)


def test_files_take_their_turn_and_can_be_cancelled(
    home: Path, whisper_fixture_path: Path, speech: SpeechMaker, wait_until: WaitUntil
) -> None:
    made = speech.stream("en", 8.0, seed=1)
    home.mkdir(parents=True)
    write_wav(home / "one.wav", made.samples)
    write_wav(home / "two.wav", speech.stream("en", 14.0, seed=1).samples)
    with running(home, whisper_fixture_path, playing(made.samples)) as app:
        backend = app.application
        backend.transcribe_file(home / "one.wav")
        backend.transcribe_file(home / "two.wav")
        backend.transcribe_file(home / "none.wav")
        wait_until(lambda: FILE_NOTICE in app.notices(), 20)
        wait_until(lambda: len(backend.sessions()) == 2)
        second = next(s for s in backend.sessions() if s.title == "two")
        backend.cancel_task(f"file:{second.session_id}")
        wait_until(lambda: len(app.of(SessionFinished)) == 2, 40)
        first = next(s for s in backend.sessions() if s.title == "one")
        heard = " ".join(line.text for line in backend.segments(first.session_id))
        assert error_rate(made.text, heard, "en") <= 0.1


def test_a_good_file_does_not_hide_the_broken_one_before_it(
    home: Path, whisper_fixture_path: Path, speech: SpeechMaker, wait_until: WaitUntil
) -> None:
    made = speech.stream("en", 3.0, seed=1)
    home.mkdir(parents=True)
    write_wav(home / "good.wav", made.samples)
    (home / "broken.mp3").write_text("This is text.")
    with running(home, whisper_fixture_path, playing(made.samples)) as app:
        app.application.transcribe_file(home / "broken.mp3")
        app.application.transcribe_file(home / "good.wav")
        wait_until(lambda: app.of(SessionFinished), 40)
        told = [event for event in app.of(NoticeRaised) if event.code == FILE_NOTICE]
        assert ["broken.mp3" in event.message for event in told] == [True]
        assert not [event for event in app.of(NoticeCleared) if event.code == FILE_NOTICE]


def test_a_session_in_work_is_not_deleted(
    home: Path, speech: SpeechMaker, tmp_path: Path, wait_until: WaitUntil
) -> None:
    write_wav(tmp_path / "one.wav", speech.stream("en", 8.0, seed=1).samples)
    with opened(home) as app:
        app.application.transcribe_file(tmp_path / "one.wav")
        wait_until(app.application.sessions)
        (record,) = app.application.sessions()
        wait_until(lambda: app.application._tasks)
        with pytest.raises(StorageError):
            app.application.delete_session(record.session_id)


def test_orders_that_fail_are_told(home: Path, wait_until: WaitUntil) -> None:
    """faults: A36"""

    def sources(_: Settings) -> dict[Track, Source]:
        raise AudioError("There is no microphone.", hint="Plug one in.")

    with opened(home, sources) as app:
        app.application.start_capture()
        app.application.recover_session("nothing")
        wait_until(lambda: len(app.notices()) == 2)
        assert app.notices() == [CAPTURE_NOTICE, RECOVERY_NOTICE]
        assert app.of(NoticeRaised)[0].action == "retry"
        assert app.application.live_session_id is None


def test_orders_that_fail_for_a_reason_nobody_foresaw_are_told_too(
    home: Path, wait_until: WaitUntil
) -> None:
    def sources(_: Settings) -> dict[Track, Source]:
        raise OSError("a driver's fault")

    with opened(home, sources) as app:
        app.application.start_capture()
        wait_until(lambda: app.notices() == [CAPTURE_NOTICE])
        notice = app.of(NoticeRaised)[0]
        assert "a driver's fault" in notice.message
        assert notice.action == "retry"
        assert app.application.live_session_id is None


def test_a_backup_that_refuses_to_forget_keeps_no_sound_behind(home: Path) -> None:
    """What was deleted is gone from the transcripts and from the disk, and the rest is told."""
    with opened(home) as app:
        paths, store = Paths(home), app.application._store
        session_id = store.create_session(title="t", tracks=[], model="", started_wall_s=0.0)
        sound = paths.sessions / session_id
        sound.mkdir(parents=True)
        (sound / "mic.spool").write_bytes(b"what was said")
        paths.backups.mkdir()
        (paths.backups / "transcripts-1.db").write_bytes(b"damaged beyond reading" * 100)
        with pytest.raises(StorageError):
            app.application.delete_session(session_id)
        assert not sound.exists()
        assert app.application.sessions() == []


def test_a_step_that_fails_on_leaving_does_not_leave_the_others_undone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Running(home, playing(np.zeros(16_000, dtype=np.float32)))
    app.application.start()

    def broken() -> None:
        raise OSError("a driver's fault")

    monkeypatch.setattr(app.application, "_stop_live", broken)
    with pytest.raises(OSError, match="a driver"):
        app.application.close()
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"keywords", "documents-feed", "passages", "housekeeping"}
    app.application.close_store()


def test_what_is_worked_on_is_known(
    home: Path, speech: SpeechMaker, tmp_path: Path, wait_until: WaitUntil
) -> None:
    write_wav(tmp_path / "one.wav", speech.stream("en", 8.0, seed=1).samples)
    with opened(home) as app:
        app.application.transcribe_file(tmp_path / "one.wav")
        wait_until(lambda: app.application._tasks)
        (record,) = app.application.sessions()
        assert record.state is SessionState.RECORDING
        assert app.application.works_on(record.session_id)
        assert not app.application.works_on("another")


def test_a_strange_answer_does_not_end_the_documents_feed(
    home: Path, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    with opened(home) as app:
        tries: list[int] = []

        def strange() -> None:
            tries.append(1)
            raise KeyError("a field of another version")

        monkeypatch.setattr(app.application, "_rag_there", lambda: True)
        monkeypatch.setattr(app.application._handover, "catch_up", strange)
        app.application.start()
        wait_until(lambda: len(tries) > 1, timeout_s=30.0)


def test_settings_that_were_recovered_are_told_at_the_start(
    home: Path, wait_until: WaitUntil
) -> None:
    """faults: S50"""
    home.mkdir(parents=True)
    paths = Paths(home)
    paths.settings.write_text('{"audio": {"sour', encoding="utf-8")
    with opened(home) as app:
        app.application.start()
        (told,) = [n for n in app.of(NoticeRaised) if n.code == RECOVERED_NOTICE]
        assert "damaged" in told.message
        assert str(paths.settings.with_suffix(".json.bad")) in told.hint
        assert told.action == "open_folder"


def test_what_an_old_session_says_does_not_mix_with_the_meeting(
    home: Path, whisper_fixture_path: Path, speech: SpeechMaker, wait_until: WaitUntil
) -> None:
    made = speech.stream("en", 8.0, seed=1)
    sources = playing(np.zeros(16_000, dtype=np.float32))
    with running(home, whisper_fixture_path, sources) as app:
        backend, store = app.application, app.application._store
        old = store.create_session(
            title="old",
            tracks=[TrackRecord(Track.MIC, "Me", "", "", 0.0)],
            model="",
            started_wall_s=0.0,
        )
        writer = SpoolWriter.create(home / "sessions" / old, Track.MIC, wall_s=0.0)
        writer.append(made.samples)
        writer.close()
        backend.recover_session(old)
        wait_until(lambda: app.of(SessionFinished), 40)
        assert store.session(old).state is SessionState.RECOVERED
        heard = " ".join(line.text for line in backend.segments(old))
        assert error_rate(made.text, heard, "en") <= 0.1
        kinds = {type(event) for event in app.events}
        assert not kinds & {SessionStarted, SegmentCommitted, LagMeasured, HypothesisUpdated}
        assert [p.finished for p in app.of(ProgressReported)][-1]
        wait_until(lambda: backend.session_keywords(old).keywords, 40)


def test_who_hears_of_a_start_finds_the_session(home: Path, wait_until: WaitUntil) -> None:
    with opened(home) as app:
        seen: list[tuple[str, str | None]] = []

        def look(event: Event) -> None:
            if isinstance(event, SessionStarted):
                seen.append((event.session_id, app.application.live_session_id))

        app.application.bus.subscribe(look)
        app.application.start_capture()
        wait_until(lambda: seen)
        assert seen[0][0] == seen[0][1]


def test_recordings_that_end_one_after_the_other_are_all_worked_on(
    home: Path, wait_until: WaitUntil
) -> None:
    with opened(home, playing(np.zeros(160_000, dtype=np.float32))) as app:
        backend, ids = app.application, []
        for _ in range(2):
            backend.start_capture()
            wait_until(lambda: backend.live_session_id)
            ids.append(backend.live_session_id)
            backend.stop_capture()
            wait_until(lambda: backend.live_session_id is None)
        assert [backend.works_on(session_id) for session_id in ids] == [True, True]
        backend.finish_later()
        for job in list(backend._ending.values()):
            assert job.finished
            job.close()
        assert [backend.works_on(session_id) for session_id in ids] == [False, False]
