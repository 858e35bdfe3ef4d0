"""Opening the transcripts, and what to ask when they cannot be opened.  GUI thread.

A damaged or missing file is never replaced without a word: the person chooses a backup, chooses
to begin anew with what can be read, to go on with what is there, or leaves (faults: S43, S45, S46,
S49).
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from enum import Enum, auto

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QPushButton

from desktop import settings as settings_file
from desktop.app.application import Application
from desktop.engine.store import Salvaged, begin_anew
from desktop.engine.store.backup import BackupRecord, list_backups, restore_backup
from desktop.errors import MalgeulError
from desktop.paths import Paths
from desktop.ui.dialogs.boxes import plain_box
from desktop.ui.i18n import Translations
from desktop.ui.messages import Messages
from desktop.ui.theme import Theme

IN_USE = "storage.locked"
DAMAGED = ("storage.corrupt", "storage.lost")
_Role = QMessageBox.ButtonRole


class _Way(Enum):
    """What a person may choose besides a backup."""

    LEAVE = auto()
    GO_ON = auto()
    BEGIN_ANEW = auto()


def open_or_ask(
    paths: Paths,
    loaded: settings_file.Loaded | None = None,
    *,
    called: Callable[[], bool] = lambda: False,
) -> Application | None:
    """The application, or None when the person chose to leave.

    Args:
        loaded: the settings where they were read already.
        called: whether a window that has the transcripts was brought to the front: nothing is
            asked then, and there is no application either.
    """
    loaded = loaded or settings_file.read(paths.settings)
    interface = loaded.settings.interface
    accept_loss = False
    while True:
        try:
            return Application.open(paths, loaded=loaded, accept_loss=accept_loss)
        except MalgeulError as error:
            if error.code == IN_USE and called():
                return None
            print(f"Error: {error.message}\n  {error.hint}", file=sys.stderr)
            with _face(interface) as messages:
                answer = _ask(error, paths, messages)
        if answer is _Way.LEAVE:
            return None
        if answer is _Way.GO_ON:
            accept_loss = True
            continue
        try:
            if isinstance(answer, BackupRecord):
                restore_backup(paths.database, answer.path)
            else:
                made = begin_anew(paths.database, paths.sessions)
                with _face(interface):
                    _tell_salvaged(made)
        except MalgeulError as failure:
            print(f"Error: {failure.message}\n  {failure.hint}", file=sys.stderr)
            with _face(interface) as messages:
                _tell_failure(failure, messages)


@contextlib.contextmanager
def _face(interface: settings_file.InterfaceSettings) -> Iterator[Messages]:
    """Language and look of the settings: the window that brings them is not there yet."""
    translations = Translations()
    translations.install(interface.language)
    theme = Theme(interface.theme)
    theme.apply()
    try:
        yield translations.messages
    finally:
        translations.remove()
        theme.deleteLater()


def _box(text: str, more: str) -> QMessageBox:
    return plain_box(None, "Malgeul", text, more)


def _ask(error: MalgeulError, paths: Paths, messages: Messages) -> BackupRecord | _Way:
    """What to do about transcripts that cannot be opened."""
    say = messages.translate
    backups = list_backups(paths.backups) if error.code in DAMAGED else []
    hint = say(error.hint)
    if error.code == "storage.corrupt" and not backups:
        hint = QCoreApplication.translate(
            "Opening",
            "There is no backup. Malgeul can begin anew with what can be read; the damaged file "
            "is kept.",
        )
    box = _box(say(error.message), hint)
    leave = box.addButton(QCoreApplication.translate("Opening", "Quit"), _Role.RejectRole)
    ways: dict[QPushButton, BackupRecord | _Way] = {}
    if backups:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(backups[0].wall_s))
        text = QCoreApplication.translate("Opening", "Restore the backup of {0}").format(made)
        ways[box.addButton(text, _Role.AcceptRole)] = backups[0]
    if error.code == "storage.lost":
        text = QCoreApplication.translate("Opening", "Go on without them")
        ways[box.addButton(text, _Role.DestructiveRole)] = _Way.GO_ON
    if error.code == "storage.corrupt":
        text = QCoreApplication.translate("Opening", "Begin anew with what can be read")
        ways[box.addButton(text, _Role.DestructiveRole)] = _Way.BEGIN_ANEW
    box.setDefaultButton(next(iter(ways)) if backups else leave)
    box.exec()
    clicked = box.clickedButton()
    return next((way for button, way in ways.items() if button is clicked), _Way.LEAVE)


def _tell_failure(failure: MalgeulError, messages: Messages) -> None:
    say = messages.translate
    box = _box(say(failure.message), say(failure.hint))
    box.addButton(QCoreApplication.translate("Opening", "Close"), _Role.AcceptRole)
    box.exec()


def _tell_salvaged(made: Salvaged) -> None:
    """What came along, and where the damaged file lies."""
    if made.lines or made.sessions:
        text = QCoreApplication.translate(
            "Opening", "Brought along: sessions {sessions}, lines {lines}."
        )
    else:
        text = QCoreApplication.translate(
            "Opening", "No text could be read. Malgeul begins without transcripts."
        )
    said = [text.format(sessions=made.sessions, lines=made.lines)]
    if made.with_sound:
        text = QCoreApplication.translate(
            "Opening",
            "Sessions of which only the sound is left: {count}. Recover them to transcribe it.",
        )
        said.append(text.format(count=made.with_sound))
    kept = QCoreApplication.translate("Opening", "The damaged file is kept as {path}").format(
        path=made.kept
    )
    box = _box("\n".join(said), kept)
    box.addButton(QCoreApplication.translate("Opening", "Open Malgeul"), _Role.AcceptRole)
    box.exec()
