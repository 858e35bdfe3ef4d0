"""The application without a face: what the window asks for, done by the engine.  No Qt.

`desktop.ui.ports.Backend` is the contract.  Starting and stopping runs on one thread (``control``)
so that orders never overtake each other and the caller never waits; results arrive as events.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from desktop import settings as settings_file
from desktop.app.activity import Work
from desktop.app.documents import DocumentRoom
from desktop.app.failed_files import FILE_NOTICE, FailedFiles
from desktop.app.guests import Guests
from desktop.app.housekeeping import Housekeeping
from desktop.app.keywords import KeywordRoom
from desktop.app.library import Library
from desktop.app.live_sources import device_sources
from desktop.app.machine_room import MachineRoom
from desktop.app.model_manager import ModelManager
from desktop.app.runtime_manager import RuntimeManager
from desktop.app.settings_keeper import SettingsKeeper, recovered_notice
from desktop.bus import EventBus
from desktop.engine.asr.loading import Loader
from desktop.engine.asr.modelstore import ModelStore
from desktop.engine.asr.recogniser import Recogniser
from desktop.engine.audio import portaudio
from desktop.engine.audio.devices import list_devices
from desktop.engine.audio.source import Source
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError, StorageError
from desktop.events import (
    Event,
    NoticeCleared,
    NoticeRaised,
    ProgressReported,
    SegmentCommitted,
    SessionFinished,
    Severity,
    Track,
)
from desktop.paths import Paths
from desktop.records import DeviceRecord
from desktop.session.files import FileSession
from desktop.session.live import LiveSession
from desktop.session.names import model_name
from desktop.session.recovery import RecoverySession
from desktop.session.worker import RecognitionWorker
from desktop.settings import Settings
from desktop.ui.messages import Messages

_log = logging.getLogger(__name__)

CAPTURE_NOTICE = "capture.failed"
RECOVERY_NOTICE = "session.recovery"
FINISH_ON_EXIT_S = 6.0
RECOVERED_EVENTS = (NoticeRaised, NoticeCleared, ProgressReported, SessionFinished)

SourceFactory = Callable[[Settings], dict[Track, Source]]


class Application(Library, ModelManager, MachineRoom, RuntimeManager, DocumentRoom, KeywordRoom):
    """Everything a front end needs.  Made by `open`, ended by `close`.

    Args:
        paths: the data directory.
        settings: the settings in force; mutated by the window, saved by `save_settings`.
        store: the open transcripts.
        sources: makes the live sources.
        told: what people must know at the start.
    """

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        store: TranscriptStore,
        *,
        sources: SourceFactory = device_sources,
        told: NoticeRaised | None = None,
    ) -> None:
        self.bus = EventBus()
        models = ModelStore(paths.models)
        Library.__init__(self, store, paths, settings)
        ModelManager.__init__(self, models, self.bus.publish, self.reload_recogniser)
        MachineRoom.__init__(self, paths, settings, self.bus.publish)
        RuntimeManager.__init__(
            self, paths.root, self.bus.publish, self.replan, self.stop_if_running
        )
        DocumentRoom.__init__(
            self, store, settings, self.bus, self.endpoint, self.need_documents, root=paths.root
        )
        KeywordRoom.__init__(self, store, settings, self.bus, self.language_model)
        self._make_sources = sources
        self._told = told
        self._loader = Loader(models, paths.root / "calibration.json", self.bus.publish)
        self.worker = RecognitionWorker(self._load, self.bus.publish)
        self.guests = Guests(store, paths.sessions, self.worker, lambda: self._settings)
        self._control = ThreadPoolExecutor(max_workers=1, thread_name_prefix="control")
        self._housekeeping = Housekeeping(store)
        self._keeper = SettingsKeeper(paths.settings, self.bus.publish)
        self._live: LiveSession | None = None
        self._ending: dict[str, LiveSession] = {}  # stopped, and not recognised to their end yet
        self._starting: FileSession | None = None
        self._tasks: dict[str, FileSession | RecoverySession] = {}
        self._failed_files = FailedFiles()
        self._known_recognition = settings.recognition.model_copy()
        self._unsubscribe = self.bus.subscribe(self._on_event)
        self.settings_saved: Callable[[], None] | None = None

    @classmethod
    def open(
        cls,
        paths: Paths,
        *,
        loaded: settings_file.Loaded | None = None,
        sources: SourceFactory = device_sources,
        accept_loss: bool = False,
    ) -> Application:
        """Opens the transcripts.

        Args:
            loaded: the settings where they were read already.
            accept_loss: go on where transcripts that were there are gone (faults: S46).

        Raises:
            StorageError: the data directory cannot be used, or another Malgeul uses it.
        """
        loaded = loaded or settings_file.read(paths.settings)
        store = TranscriptStore.open(
            paths.database,
            accept_loss=accept_loss,
            sessions_directory=paths.sessions,
            backups_directory=paths.backups,
        )
        told = recovered_notice(paths, loaded) if loaded.problem else None
        return cls(paths, loaded.settings, store, sources=sources, told=told)

    def start(self) -> None:
        """Begins what goes on in the background; to be called once a front end listens."""
        if self._told is not None:
            self.bus.publish(self._told)
        self._control.submit(portaudio.prepare)  # or the first capture waits for it
        self._housekeeping.start()
        self.open_keywords()
        self.open_documents()
        self.open_machine_room()

    def close(self) -> None:
        """Stops capture and work in order; what is not transcribed stays recoverable."""
        with contextlib.ExitStack() as down:  # in reverse, whatever one of the steps may raise
            down.callback(self._keeper.close)
            down.callback(self._housekeeping.stop)
            down.callback(self.close_machine_room)
            down.callback(self.close_documents)
            down.callback(self.cancel_installs)
            down.callback(self.cancel_downloads)
            down.callback(self.close_keywords)
            down.callback(self._control.shutdown, wait=True)
            down.callback(self._finish_live)
            down.callback(lambda: self._control.submit(self._stop_live).result())
            down.callback(self.guests.end_speaking)

    def close_store(self) -> None:
        """After the recogniser's thread has ended."""
        self.guests.close()
        self._unsubscribe()
        self.close_audio()
        self._store.close()

    # settings ------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self._settings

    def save_settings(self) -> None:
        self._keeper.keep(self._settings)
        if self._settings.recognition != self._known_recognition:
            self.reload_recogniser()
        self.servers_changed()
        self.follow_keyword_settings()
        if self.settings_saved is not None:
            self.settings_saved()

    def say(self, text: str, language: str) -> str:
        """A message in another language, for those who read it in a browser."""
        return Messages(language).translate(text)

    def reload_recogniser(self) -> None:
        """Loads the model of the settings in force; sessions go on with it."""
        self._known_recognition = self._settings.recognition.model_copy()
        self.worker.reload()

    def rename_session(self, session_id: str, title: str) -> None:
        super().rename_session(session_id, title)
        self.hand_over(session_id)

    def rename_track(self, session_id: str, track: Track, name: str) -> None:
        super().rename_track(session_id, track, name)
        self.hand_over(session_id)

    def delete_session(self, session_id: str) -> None:
        if session_id != self.live_session_id and self.works_on(session_id):
            raise StorageError(
                "This session is still being transcribed.",
                hint="Wait until it is finished, or cancel it, then delete it.",
                code="storage.in_use",
            )
        try:
            super().delete_session(session_id)
        finally:
            if not self._exists(session_id):
                self.forget_transcript(session_id)

    # capture -------------------------------------------------------------------------------------

    @property
    def live_session_id(self) -> str | None:
        live = self._live
        return (live.session_id or None) if live is not None else None

    @property
    def paused(self) -> bool:
        """The live session is paused."""
        return self._live is not None and self._live.paused

    def works(self) -> Sequence[Work]:
        own = [self._live, self._starting, *self._ending.copy().values()]
        works = (*own, *self._tasks.copy().values(), *self.guests.sessions())
        return [work for work in works if work is not None]

    def start_capture(self) -> None:
        self._order(self._start_live, CAPTURE_NOTICE)

    def pause_capture(self) -> None:
        self._order(lambda: self._live.pause() if self._live else None, CAPTURE_NOTICE)

    def resume_capture(self) -> None:
        self._order(lambda: self._live.resume() if self._live else None, CAPTURE_NOTICE)

    def stop_capture(self) -> None:
        self._order(self._stop_live, CAPTURE_NOTICE)

    def finish_later(self) -> None:
        for ending in list(self._ending.values()):
            ending.set_aside()
        self.worker.wake()

    def transcribe_file(self, path: Path) -> None:
        self._order(lambda: self._start_file(path), FILE_NOTICE)

    def recover_session(self, session_id: str) -> None:
        self._order(lambda: self._start_recovery(session_id), RECOVERY_NOTICE)

    def cancel_task(self, task: str) -> None:
        work = self._tasks.get(task)
        if work is not None:
            work.cancel()
            self.worker.wake()
        else:
            self.cancel_download(task)
            self.cancel_install(task)

    def devices(self) -> Sequence[DeviceRecord]:
        return list_devices()

    # on the control thread -----------------------------------------------------------------------

    def _order(self, action: Callable[[], object], code: str) -> Future[None]:
        def refused(message: str, hint: str) -> None:
            click = "retry" if code == CAPTURE_NOTICE else ""
            self.bus.publish(NoticeRaised(Severity.ERROR, code, message, hint, click))

        def run() -> None:
            try:
                action()
            except MalgeulError as error:
                _log.warning("%s: %s", code, error)
                refused(error.message, error.hint)
            except Exception as error:
                _log.exception("an order failed")
                refused(f"Something unexpected went wrong: {error}", "The log holds the details.")
                raise

        return self._control.submit(run)

    def _start_live(self) -> None:
        if self._live is not None:
            return
        self.bus.publish(NoticeCleared(CAPTURE_NOTICE))
        live = LiveSession(
            self._make_sources(self._settings),
            store=self._store,
            directory=self._paths.sessions,
            publish=self.bus.publish,
            settings=self._settings.model_copy(deep=True),
            model=model_name(self.worker.recogniser, self._settings.recognition.model),
        )
        self._live = live  # before its start is told: who hears of it looks here
        try:
            live.start()
        except BaseException:
            self._live = None
            raise
        self.worker.add(live)

    def _stop_live(self) -> None:
        if (live := self._live) is not None:
            self._ending[live.session_id] = live  # before the stop: its end may come at once
            self._live = None
            live.stop()

    def _finish_live(self) -> None:
        """Gives the recogniser a moment for the last words."""
        waited = threading.Event()
        for _ in range(round(FINISH_ON_EXIT_S / 0.05)):
            if not self._ending or self.worker.recogniser is None:
                return  # its end has been published, or nobody works on it
            waited.wait(0.05)

    def _start_file(self, path: Path) -> None:
        if self._failed_files.forget(path):
            self.bus.publish(NoticeCleared(FILE_NOTICE))
        session = FileSession(
            path,
            store=self._store,
            directory=self._paths.sessions,
            publish=self.bus.publish,
            settings=self._settings.model_copy(deep=True),
            model=model_name(self.worker.recogniser, self._settings.recognition.model),
        )
        self._starting = session  # before it is stored: who sees it there looks here
        try:
            session.start()
            self._tasks[session.task] = session
        except MalgeulError as error:
            _log.warning("%s: %s", FILE_NOTICE, error)
            self.bus.publish(self._failed_files.add(path, error))
            return
        finally:
            self._starting = None
        self.worker.add(session)

    def _start_recovery(self, session_id: str) -> None:
        if self.works_on(session_id):
            return
        self.forget_reader(session_id)  # the sound may be replaced by more of it
        session = RecoverySession(
            session_id,
            store=self._store,
            directory=self._paths.sessions,
            publish=self._hear_recovered,
            settings=self._settings.model_copy(deep=True),
        )
        session.start()
        self._tasks[session.task] = session
        self.worker.add(session)

    # on any thread -------------------------------------------------------------------------------

    def _hear_recovered(self, event: Event) -> None:
        """What an old session says would mix with the meeting that is going on (as of guests')."""
        if isinstance(event, RECOVERED_EVENTS):
            self.bus.publish(event)
        elif isinstance(event, SegmentCommitted):
            self.gather_from(event)

    def _on_event(self, event: Event) -> None:
        self.heard(event)
        self.hear_of_documents(event)
        if isinstance(event, SessionFinished):
            self.forget_reader(event.session_id)
            for task, work in list(self._tasks.items()):
                if work.session_id == event.session_id:
                    del self._tasks[task]
            self._ending.pop(event.session_id, None)
            self._housekeeping.session_finished()

    def _load(self) -> Recogniser:
        return self._loader.load(self._settings.recognition)
