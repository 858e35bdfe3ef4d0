"""Korean and English: finds, compiles and installs the translations.  GUI thread only.

Source strings are English.  ``malgeul_ko.ts`` holds Korean, ``malgeul_en.ts`` only the plural
forms of English.  The compiled ``.qm`` files lie beside them.
"""

from __future__ import annotations

import logging
from typing import Any

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QCoreApplication,
    QEvent,
    QLibraryInfo,
    QLocale,
    QTranslator,
)

from desktop.paths import RESOURCES
from desktop.ui.messages import Messages

_log = logging.getLogger(__name__)
LANGUAGES = ("ko", "en")
MISSING_IN_QT = (
    QT_TRANSLATE_NOOP("QFileDialog", "&Look in:"),
    QT_TRANSLATE_NOOP("QFileDialog", "Files of &type:"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "Alias"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "Drive"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "File"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "File Folder"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "Folder"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "Shortcut"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "Unknown"),
    QT_TRANSLATE_NOOP(
        "QFileSystemModel",
        '<b>The name "%1" can not be used.</b><p>Try using another name, with fewer characters'
        " or no punctuations marks.",
    ),
)
"""What Qt's own dialogs show and Qt's Korean lacks: it is in ``malgeul_ko.ts``."""


def choose_language(setting: str, locale: QLocale | None = None) -> str:
    """ "ko" or "en": the setting, or for "auto" what the system speaks."""
    if setting in LANGUAGES:
        return setting
    languages = (locale or QLocale.system()).uiLanguages()
    first = languages[0] if languages else ""
    return "ko" if first.startswith("ko") else "en"


class Translations:
    """The translators that are installed, so that they can be changed while running.

    `messages` translates what comes from below the interface, in the same language.
    """

    def __init__(self) -> None:
        self._installed: list[QTranslator] = []
        self.language = "en"
        self.messages = Messages()

    def install(self, setting: str) -> str:
        """Switches the interface's language; returns the one now in force.

        Open windows hear of it through ``QEvent.LanguageChange``.
        """
        language = choose_language(setting)
        self.remove()
        qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for name, folder in (
            (f"qtbase_{language}", qt),
            (f"malgeul_{language}", str(RESOURCES / "translations")),
        ):
            translator = QTranslator()
            if translator.load(name, folder):
                QCoreApplication.installTranslator(translator)
                self._installed.append(translator)
            elif name.startswith("malgeul"):
                _log.warning("no translation %s in %s", name, folder)
        self.language = language
        self.messages.language = language
        return language

    def remove(self) -> None:
        """Takes the translators out again; texts to come are in the language of the source."""
        for translator in self._installed:
            QCoreApplication.removeTranslator(translator)
        self._installed = []


class Retranslated:
    """Mixed into widgets: calls `retranslate` when the language changes.

    Must stand before the widget class in the bases.
    """

    def retranslate(self) -> None:
        """Sets every text again."""
        raise NotImplementedError

    def changeEvent(self, event: Any) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)  # type: ignore[misc]  # a mixin: the widget has it
