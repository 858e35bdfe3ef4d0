"""Answers under way: how many at a time, told as events, stopped by their id.  Any thread."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable

from desktop.errors import MalgeulError, ServiceError
from desktop.events import (
    Answer,
    AnswerExtended,
    AnswerFailed,
    AnswerFinished,
    AnswerStarted,
)
from desktop.services.rag.answering import Answering, Question
from desktop.services.rag.generation import Stop

_log = logging.getLogger(__name__)

MAX_ANSWERS = 16  # the language model has a queue of its own

Told = AnswerStarted | AnswerExtended | AnswerFinished | AnswerFailed


class AnswerDesk:
    """Runs answers on their callers' threads.

    Args:
        answering: makes them.
    """

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._lock = threading.Lock()
        self._running: dict[str, Stop] = {}
        self._closed = False

    @property
    def running(self) -> int:
        return len(self._running)

    def begin(self, answer_id: str = "") -> tuple[str, Stop]:
        """A place for one answer.

        Raises:
            ServiceError: too many answers are under way, or this one is.
        """
        answer_id = answer_id or uuid.uuid4().hex
        with self._lock:
            if self._closed or len(self._running) >= MAX_ANSWERS or answer_id in self._running:
                raise ServiceError(
                    "Too many questions are being answered.",
                    hint="Wait for one of the answers, or stop it.",
                    code="service.busy",
                )
            stop = self._running[answer_id] = Stop()
        return answer_id, stop

    def answer(self, question: Question) -> Answer:
        """A whole answer."""
        answer_id, stop = self.begin()
        try:
            return self._answering.answer(question, stop=stop)
        finally:
            self.end(answer_id)

    def tell(self, question: Question, answer_id: str, stop: Stop, told: Callable[[Told], None]
             ) -> None:  # fmt: skip
        """Answers in events; the place that `begin` gave is free afterwards."""
        parts: list[str] = []

        def extended(text: str) -> None:
            parts.append(text)
            told(AnswerExtended(answer_id, text))

        told(AnswerStarted(answer_id, question.conversation_id, question.text, time.time()))
        try:
            answer = self._answering.answer(question, extended, stop)
        except MalgeulError as error:
            told(AnswerFailed(answer_id, error.message, error.hint, "".join(parts)))
        except Exception:  # noqa: BLE001 - whoever asked must hear of the end
            _log.exception("an answer failed")
            told(
                AnswerFailed(
                    answer_id,
                    "The answer failed for an unexpected reason.",
                    "The log has the details.",
                    "".join(parts),
                )
            )
        else:
            told(AnswerFinished(answer_id, answer, time.time()))
        finally:
            self.end(answer_id)

    def stop(self, answer_id: str) -> bool:
        """Ends an answer; whether there was one."""
        with self._lock:
            stop = self._running.get(answer_id)
        if stop is not None:
            stop.ask()
        return stop is not None

    def end(self, answer_id: str) -> None:
        with self._lock:
            self._running.pop(answer_id, None)

    def close(self) -> None:
        """Stops all answers and takes no more."""
        with self._lock:
            self._closed = True
            running = list(self._running.values())
        for stop in running:
            stop.ask()
