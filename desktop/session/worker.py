"""The recogniser's loop: loads the model, works on sessions, live ones first.

The window runs `run` in its QThread, the headless application and the command line in a plain one.
Jobs may be added before a model is there: their sound is being spooled meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from desktop.engine.asr.recogniser import Recogniser
from desktop.errors import MalgeulError, ModelError
from desktop.events import (
    NoticeCleared,
    NoticeRaised,
    RecogniserChanged,
    RecogniserState,
    Severity,
)
from desktop.session.sink import Publish
from desktop.session.transcription import Job

_log = logging.getLogger(__name__)

WAIT_S = 0.05
RETRY_S = 1.0
TRIES_AFTER_END = 10  # of a recording that has ended; then the rest is left to recovery
NOTICE = "recogniser.failed"
JOB_NOTICE = "recogniser.session"

Load = Callable[[], Recogniser]


class RecognitionWorker:
    """Owns the recogniser and works off jobs.

    Args:
        load: makes the recogniser for the settings in force; slow, may raise MalgeulError.
        publish: receives `RecogniserChanged` and notices.
    """

    def __init__(self, load: Load, publish: Publish) -> None:
        self._load = load
        self._publish = publish
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self._attached: set[int] = set()
        self._troubled: dict[int, int] = {}  # how often a recording that has ended was tried
        self._wake = threading.Event()
        self._reload = threading.Event()
        self._reload.set()
        self._recogniser: Recogniser | None = None
        self._current: Job | None = None

    @property
    def recogniser(self) -> Recogniser | None:
        """The loaded recogniser."""
        return self._recogniser

    @property
    def idle(self) -> bool:
        """No job is open."""
        with self._lock:
            return not self._jobs

    def add(self, job: Job) -> None:
        """Takes a started job."""
        with self._lock:
            self._jobs.append(job)
        self._wake.set()

    def reload(self) -> None:
        """The settings changed: loads the recogniser afresh, open jobs go on with it."""
        self._reload.set()
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Works until `stop` is set.  Open jobs are closed then; what is missing is recoverable."""
        try:
            while not stop.is_set():
                if self._reload.is_set():
                    self._reload.clear()
                    self._load_recogniser()
                if not self._work():
                    self._idle()
        finally:
            self._close()

    def wake(self) -> None:
        """Ends a wait (after `stop` was set)."""
        self._wake.set()

    @property
    def captioning_live(self) -> bool:
        """Somebody is speaking now: other work waits."""
        with self._lock:
            return any(job.live for job in self._jobs)

    def _work(self) -> bool:
        """One step of every live job, or of the oldest other one; whether there was work."""
        worked = False
        for job in self._next():
            worked = self._step(job) or worked
        return worked

    def _step(self, job: Job) -> bool:
        recogniser = self._recogniser
        if recogniser is None:
            if job.finished:  # it was given up while no model was there
                self._done(job)
            return False
        try:
            if id(job) not in self._attached:
                job.attach(recogniser)
                self._attached.add(id(job))
            worked = job.step()
            finished = job.finished
        except Exception as error:  # noqa: BLE001 - one session's fault must not end all captions
            self._faulted(job, error)
            return False
        self._recovered(job)
        if finished:
            self._done(job)
            return True
        return worked

    def _faulted(self, job: Job, error: Exception) -> None:
        """A recording goes on and is tried again; anything else is put away, recoverable.

        One that has ended is tried some times more, then it is put away too.
        """
        if id(job) not in self._troubled:  # once, however often it is tried again
            _log.error("a session could not be recognised", exc_info=error)
            message = error.message if isinstance(error, MalgeulError) else "Recognition failed."
            hint = error.hint if isinstance(error, MalgeulError) else "The log says more."
            self._publish(NoticeRaised(Severity.ERROR, JOB_NOTICE, message, hint))
        tries = self._troubled.get(id(job), 0) + (not job.recording)
        if job.live and tries < TRIES_AFTER_END:
            self._troubled[id(job)] = tries
            self._wake.wait(RETRY_S)
        else:
            self._done(job)

    def _recovered(self, job: Job) -> None:
        """A recording that was in trouble is recognised again."""
        if id(job) in self._troubled:
            del self._troubled[id(job)]
            if not self._troubled:
                self._publish(NoticeCleared(JOB_NOTICE))

    def _next(self) -> list[Job]:
        """Every live job in turn, so that no speaker waits for another's silence."""
        with self._lock:
            return [job for job in self._jobs if job.live] or self._jobs[:1]

    def _done(self, job: Job) -> None:
        with self._lock:
            self._jobs.remove(job)
        self._attached.discard(id(job))
        self._troubled.pop(id(job), None)
        self._end(job)

    @staticmethod
    def _end(job: Job) -> None:
        try:
            job.close()
        except Exception:  # noqa: BLE001 - one session's end must not end all captions
            _log.exception("a session could not be closed, it stays recoverable")

    def _idle(self) -> None:
        jobs = self._next()
        if not jobs or self._recogniser is None:
            self._wake.wait(WAIT_S * 4)
        else:
            jobs[0].wait(WAIT_S / len(jobs))
        self._wake.clear()

    def _load_recogniser(self) -> None:
        try:
            recogniser = self._load()
        except MalgeulError as error:
            self._not_loaded(error)
            return
        except Exception:  # noqa: BLE001 - what no library should raise must not end this thread
            _log.exception("no recogniser")
            self._not_loaded(
                ModelError("The recogniser could not be loaded.", hint="The log says more.")
            )
            return
        before, self._recogniser = self._recogniser, recogniser
        self._attached.clear()
        if before is not None:
            before.close()
        info = recogniser.info
        self._publish(NoticeCleared(NOTICE))
        self._publish(
            RecogniserChanged(
                RecogniserState.READY, info.model, info.device, info.compute_type, "", info.basic
            )
        )

    def _not_loaded(self, error: MalgeulError) -> None:
        _log.error("no recogniser: %s", error)
        self._publish(RecogniserChanged(RecogniserState.FAILED, "", "", "", error.message))
        self._publish(NoticeRaised(Severity.ERROR, NOTICE, error.message, error.hint, "models"))

    def _close(self) -> None:
        with self._lock:
            jobs, self._jobs = self._jobs, []
        for job in jobs:
            self._end(job)
        if self._recogniser is not None:
            self._recogniser.close()
            self._recogniser = None
