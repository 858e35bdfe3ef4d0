"""The window as a person uses it, over a scripted backend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.fake_backend import FakeBackend
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.errors import AudioError
from desktop.records import DeviceRecord
from desktop.ui.control import commands, live
from desktop.ui.main_window import MainWindow
from desktop.ui.views.banner import Banner
from desktop.ui.views.capture_bar import CaptureState
from desktop.ui.views.track_strip import TrackStrip


def idle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_a_meeting_from_start_to_end(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    assert window.library.shows_live
    window.bar.toggle_pause()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.PAUSED)
    window.bar.toggle_pause()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.IDLE)
    idle(window, qtbot)
    commands = [call[0] for call in backend.calls if str(call[0]).endswith("capture")]
    assert commands == ["start_capture", "pause_capture", "resume_capture", "stop_capture"]
    qtbot.waitUntil(lambda: window.library.model.rowCount() == 13)


def test_a_recording_that_takes_long_to_finish_may_be_left_for_later(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LATE_AFTER_MS", 20)
    monkeypatch.setattr(backend, "stop_capture", lambda: None)  # a slow machine is not done yet
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.LATE)
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.IDLE)
    assert ("finish_later",) in backend.calls
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)


def test_live_text_levels_lag_and_ledger_are_shown(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.play_meeting()
    qtbot.waitUntil(lambda: window.library.model.rowCount() == 11)
    qtbot.waitUntil(lambda: window.library.model.lines[-1].partial != "")
    qtbot.waitUntil(lambda: "0.8" in window.strip._lag.text())
    assert "large-v3-turbo" in window.strip._state.text()
    assert "with gaps" in window.strip._ledger.text()
    backend.finish()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.IDLE)
    idle(window, qtbot)


def test_the_basic_recogniser_is_named_and_a_better_one_offered(
    window: MainWindow, bus: EventBus, qtbot: QtBot
) -> None:
    bus.publish(
        ev.RecogniserChanged(ev.RecogniserState.READY, "pocketsphinx", "cpu", "int8", basic=True)
    )
    qtbot.waitUntil(window.strip._basic.isVisible)
    window.strip._better.click()
    assert window.equipment.models_dialog is not None
    idle(window, qtbot)
    window.equipment.models_dialog.close()


def test_search_jumps_to_the_line(window: MainWindow, qtbot: QtBot) -> None:
    window.sidebar._search.setText("오버레이")
    qtbot.waitUntil(lambda: window.sidebar._hits.rowCount() == 5)
    idle(window, qtbot)
    window.sidebar._hit_list.chosen.emit(window.sidebar._hits.index(0))
    idle(window, qtbot)
    line = window.page.view.current_line()
    assert line is not None
    assert "오버레이" in line.text


def test_edit_bookmark_rename_restore_and_delete_reach_the_store(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    number = window.library.model.line(0).segment_id
    window.page.view.edited.emit(number, "고친 줄")
    window.page.view.bookmark_toggled.emit(number, True)
    window.page.header.renamed.emit("새 이름")
    window.drawer.restore_requested.emit(backend.held["s-weekly"][0].suppressed_id)
    idle(window, qtbot)
    assert window.library.model.line(0).text == "고친 줄"
    assert backend.records["s-weekly"].title == "새 이름"
    qtbot.waitUntil(lambda: window.drawer.count == 1)
    window.library.delete("s-weekly")
    qtbot.waitUntil(lambda: window.library.shown_id is None)
    idle(window, qtbot)
    assert "s-weekly" not in backend.records


def test_a_session_that_cannot_be_read_leaves_the_page_and_its_orders_alone(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    del backend.rows["s-lecture"]
    window.library.show_session("s-lecture")
    idle(window, qtbot)
    assert window.page.header._title.text() == backend.records["s-weekly"].title
    window.page.header.renamed.emit("새 이름")
    idle(window, qtbot)
    assert ("rename_session", "s-weekly", "새 이름") in backend.calls


def test_a_notice_about_servers_leads_to_their_page(window: MainWindow) -> None:
    window.commands.do("services")
    assert window.pages.current == "services"


def test_nothing_to_play_on_is_told_and_the_player_goes_away(
    window: MainWindow, playback: Any, qtbot: QtBot
) -> None:
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    window.player.play_from(0.0)
    qtbot.waitUntil(lambda: len(playback.played) == 1)
    earlier = playback.on_failure
    window.player.play_from(5.0)
    qtbot.waitUntil(lambda: len(playback.played) == 2)
    earlier(AudioError("This piece is not wanted any more."))
    playback.on_failure(AudioError("Nothing can be played.", hint="Connect a loudspeaker."))
    qtbot.waitUntil(lambda: not window.player.playing)
    assert "audio" in window.page.banners.codes
    assert not window.page.player.isVisible()


def test_a_banner_leads_to_the_folder(window: MainWindow, qtbot: QtBot) -> None:
    """faults: S50"""
    with qtbot.waitSignal(window.commands.folder_requested):
        window.commands.do("open_folder")


def test_errors_become_banners_and_the_same_code_replaces(
    window: MainWindow, bus: EventBus, qtbot: QtBot
) -> None:
    """faults: S40"""
    for text in ("first", "second"):
        bus.publish(ev.NoticeRaised(ev.Severity.ERROR, "storage.full", text))
    qtbot.waitUntil(lambda: window.page.banners.codes.count("storage.full") == 1)
    bus.publish(ev.NoticeCleared("storage.full"))
    qtbot.waitUntil(lambda: "storage.full" not in window.page.banners.codes)
    window.library._sidebar.sessions.records.append(window.library._sidebar.sessions.records[0])
    window.library.rename_track(ev.Track.MIC, "x")
    idle(window, qtbot)


def test_a_dropped_file_is_transcribed_with_progress_and_cancel(
    window: MainWindow, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "회의.mp4"
    file.write_bytes(b"x")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)), QUrl("https://example.com/a.mp3")])
    window.dropEvent(
        QDropEvent(
            QPointF(1, 1), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip
    assert [call for call in backend.calls if call[0] == "transcribe_file"] == [
        ("transcribe_file", file)
    ]
    qtbot.waitUntil(lambda: len(window.page.tasks.tasks) == 1)
    window.page.tasks.cancel_requested.emit(window.page.tasks.tasks[0])
    qtbot.waitUntil(lambda: window.page.tasks.tasks == [])


def test_playback_follows_the_words_and_goes_on_after_a_piece(
    window: MainWindow, playback: object, qtbot: QtBot
) -> None:
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    window.page.view.play_requested.emit(window.library.model.line(2))
    qtbot.waitUntil(lambda: len(playback.played) == 1)  # type: ignore[attr-defined]
    assert window.page.player.isVisible()
    playback.on_position(1.0)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: window.library.model.line(2).playing_word >= 0)
    playback.on_position(30.0)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: len(playback.played) == 2)  # type: ignore[attr-defined]
    window.player.toggle()
    assert not window.player.playing
    window.player.stop()
    assert not window.page.player.isVisible()
    assert all(line.playing_word == -1 for line in window.library.model.lines)


def test_what_is_plugged_in_is_there_when_somebody_chooses(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: A25"""
    strip = window.bar.findChildren(TrackStrip)[0]
    picker = strip.findChild(QComboBox)
    assert picker is not None
    assert picker.findData("headset") < 0
    headset = DeviceRecord("headset", "Headset", ev.Track.MIC, False, 1, 48_000)
    devices = (*backend.devices(), headset)
    monkeypatch.setattr(backend, "devices", lambda: devices)
    QApplication.sendEvent(strip, QEvent(QEvent.Type.Enter))
    qtbot.waitUntil(lambda: picker.findData("headset") > 0)


def test_another_default_device_is_named_when_people_come_back_to_the_window(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: A26"""
    picker = window.bar.findChildren(TrackStrip)[0].findChild(QComboBox)
    assert picker is not None
    qtbot.waitUntil(lambda: picker.currentText() == "Default · Blue Yeti USB")
    idle(window, qtbot)
    devices = [replace(d, is_default=d.name in ("internal", "hdmi")) for d in backend.devices()]
    monkeypatch.setattr(backend, "devices", lambda: devices)
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))
    qtbot.waitUntil(lambda: picker.currentText() == "Default · 내장 마이크")
    assert picker.currentData() == ""


def test_what_is_left_of_a_file_is_no_lag(window: MainWindow, bus: EventBus, qtbot: QtBot) -> None:
    lag = window.strip.findChild(QLabel, "lag")
    assert lag is not None
    bus.publish(ev.LagMeasured(ev.Track.FILE, 754.0, 0.1, 0.0))
    bus.publish(ev.LagMeasured(ev.Track.MIC, 1.5, 0.1, 0.0))
    qtbot.waitUntil(lambda: not lag.isHidden())
    assert lag.text() == "1.5 s behind"


def test_a_chosen_device_that_is_not_connected_stays_chosen(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: A25"""
    picker = window.bar.findChildren(TrackStrip)[0].findChild(QComboBox)
    assert picker is not None
    qtbot.waitUntil(lambda: picker.findData("internal") > 0)
    there = backend.devices()
    picker.setCurrentIndex(picker.findData("internal"))
    picker.activated.emit(picker.currentIndex())
    window.equipment.open_settings()
    dialog = window.equipment.settings_dialog
    assert dialog is not None
    monkeypatch.setattr(backend, "devices", lambda: there[:1] + there[2:])
    backend.bus.publish(
        ev.SourceChanged(ev.Track.MIC, ev.SourceState.LOST, "internal", "unplugged", wall_s=0.0)
    )
    qtbot.waitUntil(lambda: picker.currentText() == "내장 마이크 · not connected")
    assert picker.currentData() == dialog._microphone.value() == "internal"
    assert dialog._microphone.currentText() == "내장 마이크 · not connected"
    dialog.close()
    assert backend.settings.audio.microphone == "internal"
    monkeypatch.setattr(backend, "devices", lambda: there)
    backend.bus.publish(
        ev.SourceChanged(ev.Track.MIC, ev.SourceState.LIVE, "internal", "", wall_s=0.0)
    )
    qtbot.waitUntil(lambda: picker.currentText() == "내장 마이크")
    assert [picker.itemData(row) for row in range(picker.count())] == ["", "yeti", "internal"]


def test_a_session_is_deleted_only_after_a_question(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    for button, done in (("Keep", []), ("Delete", [("delete_session", "s-weekly")])):
        window.commands.delete(backend.records["s-weekly"])
        box = window.findChildren(QMessageBox)[-1]
        next(b for b in box.buttons() if b.text() == button).click()
        idle(window, qtbot)
        qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
        assert [call for call in backend.calls if call[0] == "delete_session"] == done


def test_in_a_small_window_the_held_back_lines_take_the_place_of_the_tabs(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(960, 600)
    qtbot.waitUntil(lambda: window.bar.width() == 960)
    window.page.header.suppressed_toggled.emit()
    assert window.drawer.isVisible()
    assert window.insight.isHidden()
    assert window.bar.width() == 960
    qtbot.waitUntil(lambda: window.page.width() > 320)
    window.drawer.close_requested.emit()
    assert window.drawer.isHidden()
    assert not window.insight.isHidden()
    window.page.header.suppressed_toggled.emit()
    window.arrangement.show_insight("keywords")
    assert window.drawer.isHidden()
    window.resize(1300, 700)
    qtbot.waitUntil(lambda: window.bar.width() == 1300)
    window.page.header.suppressed_toggled.emit()
    assert not window.insight.isHidden()
    assert window.drawer.isVisible()


def test_an_export_says_where_the_file_is(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(commands.QDesktopServices, "openUrl", opened.append)
    window.library.export("s-weekly", tmp_path / "회의.txt", "txt")
    qtbot.waitUntil(lambda: "export.done" in window.page.banners.codes)
    banner = next(b for b in window.findChildren(Banner) if b.notice.code == "export.done")
    assert banner.said[:2] == ("“회의.txt” was saved.", str(tmp_path))
    banner._action.click()
    assert [Path(url.toLocalFile()) for url in opened] == [tmp_path]


def test_a_pause_is_said_where_people_look(window: MainWindow, qtbot: QtBot) -> None:
    window.bar.toggle()
    qtbot.waitUntil(lambda: window.bar.state is CaptureState.RUNNING)
    assert window.page.header._facts.text().startswith("Live")
    window.bar.toggle_pause()
    qtbot.waitUntil(lambda: window.page.header._facts.text().startswith("Paused"))
    assert window.page.empty._title.text() == "Paused"
    window.library.show_session("s-weekly")
    idle(window, qtbot)
    assert "Paused" not in window.page.header._facts.text()
    window.page.header.live_requested.emit()
    assert window.page.header._facts.text().startswith("Paused")
    window.bar.toggle_pause()
    qtbot.waitUntil(lambda: window.page.header._facts.text().startswith("Live"))
    assert window.page.empty._title.text() == "Listening…"
