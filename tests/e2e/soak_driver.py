"""The program with a hand inside that does at random what people do, and more than they would.

    python -P tests/e2e/soak_driver.py MINUTES SEED REPORT [FILE...]

runs the real window (`MALGEUL_HOME`, a display and a sound server come from the environment), drops
the files on it now and then, and ends it after so many minutes.  What went wrong is written to
REPORT, a line each; a crash leaves the stacks of all threads beside it.
"""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QMimeData,
    QObject,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QtMsgType,
    QUrl,
    qInstallMessageHandler,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QInputMethodEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from desktop import logs
from desktop.app import window as program
from desktop.paths import Paths
from desktop.ui.main_window import MainWindow
from desktop.ui.views.navigation import PAGES

EVERY_MS = 150
MAX_DROPS = 40
KEPT_SESSIONS = 6
KEYS = (
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_F2, Qt.Key.Key_Delete),
)
LETTERS = "RPFEL,M\\IK1234AC"
TEXTS = ("회의", "예산", "gpu", "a b", '"x', "x" * 40)
INSTALLS = ("Install", "설치")  # minutes of downloads are another test's business
_NONE, _LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


class Hand(QObject):
    """Does one thing every `EVERY_MS`, in the loops of modal dialogs too."""

    def __init__(
        self, window: MainWindow, rng: random.Random, minutes: float, files: list[Path]
    ) -> None:
        super().__init__(window)
        self._window, self._rng, self._files = window, rng, files
        self._drops, self._over = 0, False
        self.last = "nothing"
        self._deeds: list[tuple[int, Callable[[], None]]] = [
            (14, self.click),
            (8, self.key),
            (6, self.touch_a_list),
            (3, self.page),
            (2, self.wheel),
            (2, self.session),
            (2, self.hover),
            (2, self.escape),
            (1, self.drop),
            (1, self.toggle),
            (1, self.pause),
            (1, self.overlay),
            (1, self.look),
            (1, self.type),
            (1, self.play),
            (1, self.menu),
            (1, self.delete),
            (1, self.resize),
            (1, self.settings),
            (1, self.models),
        ]
        QTimer.singleShot(round(minutes * 60_000), self, self._end)
        QTimer.singleShot(EVERY_MS, self, self._step)

    def _end(self) -> None:
        self._over = True
        os.kill(os.getpid(), signal.SIGTERM)

    def _step(self) -> None:
        if self._over:
            return
        QTimer.singleShot(EVERY_MS, self, self._step)
        if _modal() is not None and self._rng.random() < 0.35:
            deed: Callable[[], None] = self.leave
        else:
            weights = [weight for weight, _ in self._deeds]
            deed = self._rng.choices([deed for _, deed in self._deeds], weights)[0]
        self.last = deed.__name__
        deed()

    # what a pointer does ---------------------------------------------------------------------
    def click(self) -> None:
        top = self._top()
        kinds = (QAbstractButton, QComboBox)
        found = [w for w in _within(top, kinds) if w.isEnabled() and not _installs(w)]
        if found:
            target = self._rng.choice(found)
            self.last = f"click {type(target).__name__} {target.accessibleName()!r}"
            place = QPoint(min(10, target.width() // 2), target.height() // 2)
            QTest.mouseClick(target, _LEFT, _NONE, place)

    def touch_a_list(self) -> None:
        found = _within(self._top(), QAbstractScrollArea)
        if not found:
            return
        view = self._rng.choice(found)
        port = view.viewport()
        place = QPoint(
            self._rng.randrange(max(1, port.width())), self._rng.randrange(max(1, port.height()))
        )
        kind = self._rng.random()
        self.last = f"touch {type(view).__name__} {kind:.2f}"
        if kind < 0.5:
            QTest.mouseClick(port, _LEFT, _NONE, place)
        elif kind < 0.7:
            QTest.mouseDClick(port, _LEFT, _NONE, place)
        elif kind < 0.85:
            QTest.mouseMove(port, place)
        else:
            reason = QContextMenuEvent.Reason.Mouse
            QApplication.sendEvent(
                port, QContextMenuEvent(reason, place, port.mapToGlobal(place), _NONE)
            )

    def hover(self) -> None:
        QTest.mouseMove(self._rng.choice(_within(self._window, QWidget)))

    def wheel(self) -> None:
        found = _within(self._window, QAbstractScrollArea)
        if not found:
            return
        port = self._rng.choice(found).viewport()
        place, turn = QPointF(port.rect().center()), self._rng.choice((-240, -120, 120, 240))
        event = QWheelEvent(
            *(place, port.mapToGlobal(place), QPoint(), QPoint(0, turn)),
            *(Qt.MouseButton.NoButton, _NONE, Qt.ScrollPhase.NoScrollPhase, False),
        )
        QApplication.sendEvent(port, event)

    def drop(self) -> None:
        if self._drops >= MAX_DROPS:
            return
        self._drops += 1
        data = QMimeData()
        chosen = self._rng.sample(self._files, self._rng.choice((1, 1, 2)))
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in chosen])
        place, action = QPointF(200, 200), Qt.DropAction.CopyAction
        entered = QDragEnterEvent(place.toPoint(), action, data, _LEFT, _NONE)
        self._window.dragEnterEvent(entered)
        self._window.dropEvent(QDropEvent(place, action, data, _LEFT, _NONE))

    # what keys do ----------------------------------------------------------------------------
    def key(self) -> None:
        target = QApplication.focusWidget() or self._window
        if self._rng.random() < 0.4:
            letter = self._rng.choice(LETTERS)
            self.last = f"Ctrl+{letter}"
            code = Qt.Key(ord(letter))
            QTest.keyClick(target, code, Qt.KeyboardModifier.ControlModifier)
        else:
            code = self._rng.choice(KEYS)
            self.last = f"{code.name} on {type(target).__name__}"
            QTest.keyClick(target, code)

    def type(self) -> None:
        target = QApplication.focusWidget()
        if isinstance(target, QLineEdit | QTextEdit | QPlainTextEdit):
            written = QInputMethodEvent()
            written.setCommitString(self._rng.choice(TEXTS))
            QApplication.sendEvent(target, written)

    def escape(self) -> None:
        QTest.keyClick(_modal() or self._window, Qt.Key.Key_Escape)

    def leave(self) -> None:
        modal = _modal()
        if isinstance(modal, QDialog):
            modal.reject()
        elif modal is not None:
            modal.close()

    # what the program offers -----------------------------------------------------------------
    def page(self) -> None:
        self._window.pages.show_page(self._rng.choice(list(PAGES)))

    def toggle(self) -> None:
        self._window.bar.toggle()

    def pause(self) -> None:
        self._window.bar.toggle_pause()

    def overlay(self) -> None:
        self._window.bar.toggle_overlay()

    def look(self) -> None:
        interface = self._window.backend.settings.interface
        interface.theme = self._rng.choice(("auto", "light", "dark"))
        interface.language = self._rng.choice(("ko", "en"))
        self._window.equipment._on_settings_changed()

    def session(self) -> None:
        records = self._window.sidebar.sessions.records
        if records:
            self._window.library.show_session(self._rng.choice(records).session_id)

    def play(self) -> None:
        model = self._window.library.model
        if model.rowCount():
            line = model.line(self._rng.randrange(model.rowCount()))
            self._window.page.view.play_requested.emit(line)

    def menu(self) -> None:
        records = self._window.sidebar.sessions.records
        if records:
            place = self._window.mapToGlobal(QPoint(100, 200))
            self._window.commands.show_session_menu(self._rng.choice(records), place)

    def delete(self) -> None:
        records = self._window.sidebar.sessions.records
        if len(records) > KEPT_SESSIONS:
            self._window.library.delete(self._rng.choice(records).session_id)

    def resize(self) -> None:
        self._window.resize(self._rng.randrange(640, 1250), self._rng.randrange(480, 780))

    def settings(self) -> None:
        self._window.equipment.open_settings()

    def models(self) -> None:
        self._window.equipment.open_models()

    def _top(self) -> QWidget:
        """What is in front."""
        modal = _modal()
        if modal is not None:
            return modal
        windows = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.width() > 20]
        return self._rng.choice(windows or [self._window])


def _modal() -> QWidget | None:
    return QApplication.activePopupWidget() or QApplication.activeModalWidget()


def _within(top: QWidget, kinds: Any) -> list[Any]:
    """What is visible within a window.

    Not by `findChildren`: it makes Python's objects of all that it finds the window's own, so
    that they outlive what Qt deletes.
    """
    found = []
    for child in top.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
            if isinstance(child, kinds):
                found.append(child)
            found += _within(child, kinds)
    return found


def _installs(widget: QWidget) -> bool:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return any(word in text for word in INSTALLS)


class Report:
    """Writes down what went wrong, and after which deed."""

    def __init__(self, path: Path) -> None:
        self._out = path.open("a", encoding="utf-8", buffering=1)
        self.hand: Hand | None = None

    def tell(self, kind: str, text: str) -> None:
        after = self.hand.last if self.hand is not None else "the start"
        print(f"{kind} after {after}: {text}", file=self._out)

    def listen(self) -> None:
        """To Qt's warnings and to exceptions that nobody caught."""
        before, before_in_threads = sys.excepthook, threading.excepthook

        def unhandled(kind: Any, error: Any, trace: Any) -> None:
            self.tell("unhandled", "".join(traceback.format_exception(kind, error, trace)))
            before(kind, error, trace)

        def unhandled_in_thread(found: Any) -> None:
            told = traceback.format_exception(found.exc_type, found.exc_value, found.exc_traceback)
            self.tell(f"unhandled in {found.thread}", "".join(told))
            before_in_threads(found)

        sys.excepthook, threading.excepthook = unhandled, unhandled_in_thread
        qInstallMessageHandler(self._on_qt_message)

    def _on_qt_message(self, kind: QtMsgType, _context: Any, text: str) -> None:
        if kind not in (QtMsgType.QtInfoMsg, QtMsgType.QtDebugMsg):
            self.tell(kind.name, text)


def main() -> int:
    minutes, seed, path = float(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    files = [Path(name) for name in sys.argv[4:]]
    report = Report(path)
    faulthandler.enable(path.with_suffix(".stacks").open("w"))
    build, hook = program.build_main_window, program.hook_exceptions

    def built(*arguments: Any, **options: Any) -> MainWindow:
        window = build(*arguments, **options)

        def begin() -> None:
            report.hand = Hand(window, random.Random(seed), minutes, files)

        QTimer.singleShot(3_000, window, begin)
        return window

    def hooked() -> None:
        hook()
        report.listen()

    program.build_main_window, program.hook_exceptions = built, hooked
    QDesktopServices.openUrl = lambda _url: True  # no other program is started
    paths = Paths(Path(os.environ["MALGEUL_HOME"]))
    logs.configure(paths.logs, console=False)
    return program.run(paths)


if __name__ == "__main__":
    sys.exit(main())
