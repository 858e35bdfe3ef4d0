"""Makes the Qt application and the main window for the composition root.  GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from desktop import __version__
from desktop.paths import RESOURCES
from desktop.settings import Settings
from desktop.ui.bridge.event_bridge import EventSource
from desktop.ui.control.playback import Playback
from desktop.ui.i18n import Translations
from desktop.ui.main_window import MainWindow
from desktop.ui.ports import Backend, MirrorBackend
from desktop.ui.theme import Theme, interface_font

ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def application_icon() -> QIcon:
    """The icon of window, task bar and tray."""
    icon = QIcon()
    for size in ICON_SIZES:
        icon.addFile(str(RESOURCES / "icons" / f"malgeul-{size}.png"), QSize(size, size))
    return icon


def create_application(argv: Sequence[str], settings: Settings) -> QApplication:
    """The one `QApplication`: name, icon, font and style."""
    existing = QApplication.instance()
    if existing is None:
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
            Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
        )
    app = existing if isinstance(existing, QApplication) else QApplication(list(argv))
    QCoreApplication.setApplicationName("Malgeul")
    QCoreApplication.setApplicationVersion(__version__)
    QGuiApplication.setDesktopFileName("malgeul")
    app.setWindowIcon(application_icon())
    # Qt's own file dialog has black arrows where the desktop has no icons: unseen in the dark.
    QIcon.setFallbackSearchPaths([str(RESOURCES / "icons" / "named")])
    if app.style().name().lower() != "fusion":
        app.setStyle("Fusion")
    app.setFont(interface_font())
    return app


def build_main_window(
    backend: Backend,
    bus: EventSource,
    *,
    playback: Playback | None = None,
    mirror: MirrorBackend | None = None,
) -> MainWindow:
    """The main window with theme and language of the settings.  Call `open` to show it.

    Needs the application of `create_application`.
    """
    interface = backend.settings.interface
    translations = Translations()
    translations.install(interface.language)
    theme = Theme(interface.theme)
    theme.apply()
    window = MainWindow(backend, bus, theme, translations, playback=playback, mirror=mirror)
    theme.setParent(window)
    return window
