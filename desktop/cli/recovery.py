"""Finishing interrupted sessions from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from desktop.cli import library
from desktop.cli.exit_codes import ExitCode, exit_code_for
from desktop.cli.interrupts import Interrupt, interruptible
from desktop.cli.listener import Listener
from desktop.cli.options import Shell
from desktop.errors import MalgeulError, ModelError
from desktop.records import SessionRecord

if TYPE_CHECKING:
    from desktop.engine.asr.recogniser import Recogniser
    from desktop.engine.store.store import TranscriptStore
    from desktop.settings import Settings

_POLL_S = 0.05
_NOTHING = "No session was interrupted."


def recover(shell: Shell, wanted: str | None) -> int:
    """Transcribes what interrupted sessions still hold; all of them, or the one wanted.

    Prints the id of each session that is whole again.
    """
    from desktop import settings as settings_file

    if not library.any_yet(shell.paths) and wanted is None:
        shell.console.note(_NOTHING)
        return ExitCode.OK
    with library.open_for_writing(shell.paths) as store:
        chosen = _choose(store, wanted)
        if not chosen:
            shell.console.note(_NOTHING)
            return ExitCode.OK
        settings = settings_file.load(shell.paths.settings)
        with interruptible(shell.console) as interrupt, shell.console.progress() as progress:
            listener = Listener(shell.console, progress)
            return _Recovery(shell, store, settings, listener, interrupt).run(chosen)


def _choose(store: TranscriptStore, wanted: str | None) -> list[SessionRecord]:
    interrupted = store.recoverable_sessions()
    if wanted is None:
        return interrupted
    found = library.find_session(store.sessions(), wanted)
    return [record for record in interrupted if record.session_id == found.session_id]


class _Recovery:
    """Finishes sessions one after the other with one recogniser."""

    def __init__(
        self,
        shell: Shell,
        store: TranscriptStore,
        settings: Settings,
        listener: Listener,
        interrupt: Interrupt,
    ) -> None:
        self._shell = shell
        self._store = store
        self._settings = settings
        self._listener = listener
        self._interrupt = interrupt

    def run(self, chosen: list[SessionRecord]) -> int:
        """Every session, also after one that fails; the first failure gives the exit code."""
        from desktop.engine.asr.loading import Loader
        from desktop.engine.asr.modelstore import ModelStore

        paths = self._shell.paths
        models = ModelStore(paths.models)
        loader = Loader(models, paths.root / "calibration.json", self._listener)
        recogniser = loader.load(self._settings.recognition)
        code = ExitCode.OK
        try:
            for record in chosen:
                try:
                    _require_fitting(recogniser, record)
                    self._one(record.session_id, recogniser)
                except MalgeulError as error:
                    self._shell.console.error(error)
                    code = code or exit_code_for(error)
                if self._interrupt.asked.is_set():
                    break
        finally:
            recogniser.close()
        return ExitCode.INTERRUPTED if self._interrupt.by_signal else code

    def _one(self, session_id: str, recogniser: Recogniser) -> None:
        from desktop.session.recovery import RecoverySession

        session = RecoverySession(
            session_id,
            store=self._store,
            directory=self._shell.paths.sessions,
            publish=self._listener,
            settings=self._settings,
        )
        session.start()
        try:
            session.attach(recogniser)
            while not session.finished:
                if self._interrupt.asked.is_set():
                    session.cancel()
                elif not session.step():
                    session.wait(_POLL_S)
        except BaseException:
            session.cancel()  # stays recoverable
            raise
        finally:
            session.close()
        if not self._interrupt.asked.is_set():
            self._shell.console.report(session_id)


def _require_fitting(recogniser: Recogniser, record: SessionRecord) -> None:
    """The basic recogniser would write rough English for whatever was said, and for good.

    Raises:
        ModelError: the session was begun with a better one, or not in English.
    """
    from desktop.engine.asr.basic import BASIC_MODEL_NAME
    from desktop.engine.asr.loading import AUTO

    languages = {track.language for track in record.tracks} - {"", "en"}
    better = record.model not in ("", AUTO, BASIC_MODEL_NAME)
    if not recogniser.info.basic or not (better or languages):
        return
    model = Path(record.model).name if better else "a better model"
    raise ModelError(
        f"{record.session_id} was begun with {model}, which cannot be used now; "
        "the basic recogniser would write rough English for the rest.",
        hint="`malgeul models list` shows what there is, `malgeul models get` fetches one. "
        "Until then the sound is kept.",
        code="model.basic_only",
    )
