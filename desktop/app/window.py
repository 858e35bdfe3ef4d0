"""Runs the application with its window: parts are started in order and stopped in reverse."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from desktop import settings as settings_file
from desktop.app import autostart
from desktop.app.application import Application
from desktop.app.companions import Companions
from desktop.app.exit_signals import ExitSignals
from desktop.app.loudspeaker import Loudspeaker
from desktop.app.opening import open_or_ask
from desktop.app.single_instance import SingleInstance
from desktop.app.web_mirror import WebMirror
from desktop.logs import hook_exceptions
from desktop.paths import Paths
from desktop.ui.application import build_main_window, create_application
from desktop.ui.bridge.recogniser_thread import RecogniserThread
from desktop.ui.main_window import MainWindow
from desktop.ui.overlay import preferred_platform

_log = logging.getLogger(__name__)

READY_LINE = "malgeul: window ready"
EXIT_STORAGE = 6


def run(paths: Paths, *, files: Sequence[Path] = ()) -> int:
    """Opens the window, with `files` as if dropped on it; returns the exit code at its end."""
    hook_exceptions()
    platform = preferred_platform(os.environ)
    if platform is not None:
        os.environ["QT_QPA_PLATFORM"] = platform
    # Looked at first: a damaged file is set aside when it is read.  (Path.exists raises where the
    # folder is closed to us, and nobody would see that.)
    first_run = not os.path.exists(paths.settings)
    loaded = settings_file.read(paths.settings)
    qt = create_application(sys.argv, loaded.settings)
    instance = SingleInstance(paths.root)
    if instance.call_running(files):
        _log.warning("Malgeul is running already; its window comes to the front")
        return 0
    signals = ExitSignals()
    with contextlib.ExitStack() as down:
        down.callback(signals.close)
        signals.watch()
        asking = signals.received.connect(qt.closeAllWindows)  # `quit` ends no question
        other = OtherStart(instance, files)
        application = open_or_ask(paths, loaded, called=other.call)
        QObject.disconnect(asking)
        if application is None:
            return 0 if other.called else EXIT_STORAGE
        instance.claim()
        down.callback(instance.release)
        return _run_with(
            qt, application, instance, paths, signals, first_run=first_run, files=files
        )


class OtherStart:
    """A start at the same moment, as by a second double click: it has the transcripts."""

    def __init__(self, instance: SingleInstance, files: Sequence[Path]) -> None:
        self._instance = instance
        self._files = files
        self.called = False

    def call(self) -> bool:
        self.called = self._instance.call_starting(self._files)
        return self.called


def _run_with(
    qt: QApplication,
    application: Application,
    instance: SingleInstance,
    paths: Paths,
    signals: ExitSignals,
    *,
    first_run: bool,
    files: Sequence[Path],
) -> int:
    qt.setQuitOnLastWindowClosed(False)
    mirror = WebMirror(application, application)
    loudspeaker = Loudspeaker()
    window = build_main_window(application, application.bus, playback=loudspeaker, mirror=mirror)
    window.commands.folder_requested.connect(lambda: _show_folder(paths.root))
    companions = Companions(application, window)
    recogniser = RecogniserThread(application.worker.run)
    signals.received.connect(companions.quit)
    instance.show_requested.connect(companions.show_window)
    instance.files_requested.connect(window.desk.drop)

    application.settings.interface.start_at_login = autostart.is_on()
    application.settings_saved = functools.partial(
        _bring_into_force, application, companions, window, mirror
    )
    with contextlib.ExitStack() as down:  # in reverse, whatever one of the steps may raise
        # PortAudio's start points standard error elsewhere for a moment; a copy stays.
        told = os.dup(2)
        down.callback(os.close, told)
        down.callback(window.deleteLater)
        down.callback(application.close_store)
        down.callback(loudspeaker.close)
        down.callback(window.shut_down)
        down.callback(recogniser.stop)
        down.callback(application.worker.wake)
        down.callback(application.close)
        down.callback(mirror.close)
        down.callback(window.hide)
        down.callback(companions.close)
        down.callback(lambda: signals.received.disconnect(companions.quit))
        window.open()
        companions.start()
        if first_run:
            window.equipment.open_welcome()
        application.start()
        recogniser.start()
        window.runner.run(mirror.apply)
        if files:
            window.desk.drop(files)
        with contextlib.suppress(OSError):  # a full disk behind it is no reason to close
            os.write(told, f"{READY_LINE}\n".encode())
        return qt.exec()


def _bring_into_force(
    application: Application, companions: Companions, window: MainWindow, mirror: WebMirror
) -> None:
    """What changed settings ask of the parts outside the window."""
    companions.apply_settings()
    window.runner.run(mirror.apply)  # it takes a moment to load and to end
    wanted = application.settings.interface.start_at_login
    if wanted != autostart.is_on():
        autostart.switch(wanted)


def _show_folder(folder: Path) -> None:
    """In the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
