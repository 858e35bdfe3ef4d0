"""Ctrl+C before a recording has begun, and a second time while its last words are awaited."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.cli.interrupts import Interrupt
from desktop.cli.listener import Listener
from desktop.cli.options import Shell
from desktop.cli.record import _Recording
from desktop.cli.stopping import StoppableRecogniser
from desktop.engine.asr.recogniser import DecodeRequest, Decoding, Recogniser, RecogniserInfo
from desktop.engine.store.store import TranscriptStore
from desktop.events import Event, NoticeRaised
from desktop.session.worker import RecognitionWorker
from desktop.settings import Settings

LIMIT_S = 20.0
NOTHING = Decoding((), "en", 1.0, -0.1, 0.0)


class Slow:
    """A recogniser that is in the middle of something until it is let go."""

    def __init__(self) -> None:
        self.decoding = threading.Event()
        self.go_on = threading.Event()
        self.decoded = 0
        self.closed = False

    @property
    def info(self) -> RecogniserInfo:
        return RecogniserInfo("slow", "cpu", "int8", ())

    def decode(self, request: DecodeRequest) -> Decoding:
        self.decoding.set()
        assert self.go_on.wait(LIMIT_S)
        self.decoded += 1
        return NOTHING

    def language_probabilities(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        return {}

    def close(self) -> None:
        self.closed = True


class Backlog:
    """A recording that has ended, with much to decode in each step."""

    live = True
    recording = False
    finished = False

    def __init__(self) -> None:
        self.closed = False
        self._recogniser: Recogniser | None = None

    def attach(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    def step(self) -> bool:
        assert self._recogniser is not None
        for _ in range(100):
            self._recogniser.decode(DecodeRequest(np.zeros(1600, np.float32)))
        return True

    def wait(self, timeout_s: float) -> None: ...

    def close(self) -> None:
        self.closed = True


def test_the_decode_in_progress_is_the_last() -> None:
    slow, at_once, stop = Slow(), threading.Event(), threading.Event()
    told: list[Event] = []
    worker = RecognitionWorker(lambda: StoppableRecogniser(slow, at_once), told.append)
    backlog = Backlog()
    worker.add(backlog)

    def work() -> None:
        with contextlib.suppress(SystemExit):  # a thread does so by itself, but pytest tells of it
            worker.run(stop)

    thread = threading.Thread(target=work)
    thread.start()
    assert slow.decoding.wait(LIMIT_S)
    at_once.set()
    stop.set()
    slow.go_on.set()
    thread.join(LIMIT_S)
    assert not thread.is_alive()
    assert slow.decoded == 1
    assert backlog.closed
    assert slow.closed
    assert not any(isinstance(event, NoticeRaised) for event in told)


def test_ctrl_c_before_the_recording_begins_leaves_no_session(home: Path) -> None:
    home.mkdir(parents=True)
    shell, interrupt = Shell(), Interrupt()
    shell.console.quiet = True
    interrupt.by_signal = True
    interrupt.asked.set()
    with TranscriptStore.open(home / "transcripts.db") as store:
        listener = Listener(shell.console, shell.console.progress())
        recording = _Recording(shell, Settings(), store, listener)
        with pytest.raises(KeyboardInterrupt):
            recording.run(interrupt, None)
        assert store.sessions() == []
