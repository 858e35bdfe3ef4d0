"""The recogniser's loop outlives whatever a model or a session does."""

from __future__ import annotations

import pytest
from session_parts import Home, load_fixture, until, working

from desktop.engine.asr.recogniser import Recogniser
from desktop.events import (
    NoticeCleared,
    NoticeRaised,
    RecogniserChanged,
    RecogniserState,
    SessionFinished,
)
from desktop.session import worker as worker_module
from desktop.session.worker import JOB_NOTICE, NOTICE


class Work:
    """A job of one step, which may fail a few times, and whose end may fail too."""

    def __init__(
        self, *, live: bool = False, failures: int = 0, end: Exception | None = None
    ) -> None:
        self.live = live
        self.recording = live
        self.finished = False
        self.closed = 0
        self._failures = failures
        self.tries = 0
        self._end = end

    def attach(self, recogniser: Recogniser) -> None: ...

    def step(self) -> bool:
        self.tries += 1
        if self._failures:
            self._failures -= 1
            raise RuntimeError("a bug")
        self.finished = True
        return True

    def wait(self, timeout_s: float) -> None: ...

    def close(self) -> None:
        self.closed += 1
        if self._end is not None:
            raise self._end


def test_a_session_that_cannot_be_closed_leaves_the_others_alone(data: Home) -> None:
    broken, sound, left_open = (
        Work(end=OSError("no disk")),
        Work(),
        Work(live=True, failures=10_000, end=OSError("no disk")),
    )
    with working(data) as worker:
        worker.add(broken)
        worker.add(sound)
        until(lambda: worker.idle)
        assert sound.closed == 1
        worker.add(left_open)
        until(lambda: JOB_NOTICE in [notice.code for notice in data.of(NoticeRaised)])
    assert broken.closed == left_open.closed == 1
    assert worker.recogniser is None  # the model was closed all the same


def test_trouble_with_a_recording_is_told_once_and_taken_back(data: Home) -> None:
    recording = Work(live=True, failures=2)
    with working(data) as worker:
        worker.add(recording)
        until(lambda: worker.idle)
    assert [n.code for n in data.of(NoticeRaised)].count(JOB_NOTICE) == 1
    assert [n.code for n in data.of(NoticeCleared)].count(JOB_NOTICE) == 1


def test_a_model_that_fails_in_an_unexpected_way_is_told_and_may_be_tried_again(
    data: Home,
) -> None:
    tries: list[int] = []

    def load() -> Recogniser:
        tries.append(1)
        if len(tries) == 1:
            raise MemoryError("no library should do this")
        return load_fixture()

    with working(data, load) as worker:
        until(lambda: data.of(RecogniserChanged))
        worker.reload()
        until(lambda: worker.recogniser)
    assert [change.state for change in data.of(RecogniserChanged)] == [
        RecogniserState.FAILED,
        RecogniserState.READY,
    ]
    assert data.of(NoticeRaised)[0].code == NOTICE


def test_a_session_deleted_while_it_is_brought_back_ends_quietly(data: Home) -> None:
    session_id = data.store.create_session(title="t", tracks=[], model="", started_wall_s=0.0)
    job = data.recovery(session_id)
    job.start()
    data.store.delete_session(session_id)
    job.close()
    assert len(data.of(SessionFinished)) == 1


def test_a_recording_that_has_ended_is_not_tried_for_ever(
    data: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "RETRY_S", 0.01)
    monkeypatch.setattr(worker_module, "TRIES_AFTER_END", 3)
    job = Work(live=True, failures=10_000)
    with working(data) as worker:
        worker.add(job)
        until(lambda: job.tries > 5)  # as long as people speak, it is tried
        assert not job.closed
        job.recording = False
        until(lambda: worker.idle)
        assert job.closed == 1
