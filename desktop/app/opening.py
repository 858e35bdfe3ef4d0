"""Opening the transcripts, and what to ask when they cannot be opened.  GUI thread.

A damaged or missing file is never replaced without a word: the person chooses a backup, chooses
to go on with what is there, or leaves (faults: S43, S45, S46, S49).
"""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QPushButton

from desktop import settings as settings_file
from desktop.app.application import Application
from desktop.engine.store.backup import BackupRecord, list_backups, restore_backup
from desktop.errors import MalgeulError
from desktop.paths import Paths
from desktop.ui.i18n import Translations
from desktop.ui.messages import Messages

DAMAGED = ("storage.corrupt", "storage.lost")


def open_or_ask(paths: Paths, loaded: settings_file.Loaded | None = None) -> Application | None:
    """The application, or None when the person chose to leave.

    Args:
        loaded: the settings where they were read already.
    """
    loaded = loaded or settings_file.read(paths.settings)
    accept_loss = False
    while True:
        try:
            return Application.open(paths, loaded=loaded, accept_loss=accept_loss)
        except MalgeulError as error:
            print(f"Error: {error.message}\n  {error.hint}", file=sys.stderr)
            answer = _ask_in_language(paths, loaded.settings.interface.language, error)
        if answer is None:
            return None
        if isinstance(answer, BackupRecord):
            try:
                restore_backup(paths.database, answer.path)
            except MalgeulError as failure:
                print(f"Error: {failure.message}\n  {failure.hint}", file=sys.stderr)
        else:
            accept_loss = True


def _ask_in_language(
    paths: Paths, language: str, error: MalgeulError
) -> BackupRecord | bool | None:
    """Asks in the language of the settings: the window that does so otherwise is not there yet."""
    translations = Translations()
    translations.install(language)
    try:
        return _ask(error, list_backups(paths.backups), translations.messages)
    finally:
        translations.remove()


def _ask(
    error: MalgeulError, backups: list[BackupRecord], messages: Messages
) -> BackupRecord | bool | None:
    """A backup to restore, True to go on with what is there, None to leave."""
    box = QMessageBox(QMessageBox.Icon.Critical, "Malgeul", messages.translate(error.message))
    box.setInformativeText(messages.translate(error.hint))
    leave = box.addButton(
        QCoreApplication.translate("Opening", "Quit"), QMessageBox.ButtonRole.RejectRole
    )
    restore: QPushButton | None = None
    go_on: QPushButton | None = None
    if error.code in DAMAGED and backups:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(backups[0].wall_s))
        restore = box.addButton(
            QCoreApplication.translate("Opening", "Restore the backup of {0}").format(made),
            QMessageBox.ButtonRole.AcceptRole,
        )
    if error.code == "storage.lost":
        go_on = box.addButton(
            QCoreApplication.translate("Opening", "Go on without them"),
            QMessageBox.ButtonRole.DestructiveRole,
        )
    box.setDefaultButton(restore or leave)
    box.exec()
    clicked = box.clickedButton()
    if restore is not None and clicked is restore:
        return backups[0]
    return True if go_on is not None and clicked is go_on else None
