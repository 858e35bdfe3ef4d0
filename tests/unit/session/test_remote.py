"""Speakers from outside: their sound on disk first, each a session, several at once."""

from __future__ import annotations

import numpy as np
from session_parts import Home, until, working

from desktop.events import LedgerUpdated, SegmentCommitted, SessionFinished, SessionStarted
from desktop.records import SessionState
from desktop.session.remote import RemoteSession
from tests.speech import SpeechMaker, error_rate


def remote(data: Home, name: str = "Browser") -> RemoteSession:
    return RemoteSession(
        name,
        store=data.store,
        directory=data.path / "sessions",
        publish=data.publish,
        settings=data.settings,
        model="fixture",
    )


def send(session: RemoteSession, samples: np.ndarray, block: int = 1_600) -> None:
    for start in range(0, len(samples), block):
        session.append(samples[start : start + block])


def test_two_speakers_at_once_each_get_their_own_words(data: Home, speech: SpeechMaker) -> None:
    said = {name: speech.stream("en", 6.0, seed=seed) for name, seed in (("a", 1), ("b", 4))}
    sessions = {name: remote(data, name) for name in said}
    with working(data) as worker:
        for session in sessions.values():
            session.start()
            worker.add(session)
        for start in range(0, 6 * 16_000, 1_600):
            for name, session in sessions.items():
                session.append(said[name].samples[start : start + 1_600])
        for session in sessions.values():
            session.end()
        until(lambda: len(data.of(SessionFinished)) == 2)
    for name, session in sessions.items():
        record = data.store.session(session.session_id)
        assert record.state is SessionState.FINISHED
        assert error_rate(said[name].text, data.text(session.session_id), "en") < 0.35
    assert len(data.of(SessionStarted)) == 2
    assert data.of(SegmentCommitted)


def test_a_silent_speaker_does_not_hold_up_another(data: Home, speech: SpeechMaker) -> None:
    silent, talking = remote(data, "silent"), remote(data, "talking")
    said = speech.stream("en", 6.0, seed=1)
    with working(data) as worker:
        for session in (silent, talking):
            session.start()
            worker.add(session)
        send(talking, said.samples)
        talking.end()
        until(lambda: data.of(SessionFinished))
        assert data.of(SessionFinished)[0].session_id == talking.session_id
        assert worker.captioning_live
        silent.end()
        until(lambda: len(data.of(SessionFinished)) == 2)
    assert {record.session_id for record in data.store.sessions()} == {talking.session_id}


def test_what_arrived_before_the_end_can_be_recovered(data: Home, speech: SpeechMaker) -> None:
    """The application ends in the middle: the sound is there, and so are the accounts."""
    session = remote(data)
    session.start()
    send(session, speech.stream("en", 4.0, seed=1).samples)
    session.close()
    record = data.store.session(session.session_id)
    assert record.state is SessionState.RECORDING
    accounts = data.of(LedgerUpdated)[-1]
    assert accounts.captured_samples == accounts.timeline_samples == 4 * 16_000
    session.append(np.zeros(100, dtype=np.float32))  # too late: nothing happens
    session.end()


def test_sound_that_comes_after_the_end_is_left_out(data: Home) -> None:
    session = remote(data)
    session.start()
    send(session, np.full(16_000, 0.1, np.float32))
    session.end()
    send(session, np.full(16_000, 0.1, np.float32))
    session.end()
    assert session.elapsed_s == 1.0
    session.close()
