"""The overlay window without a window manager: what it draws, when it hides, what it keeps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QFontInfo, QImage
from pytestqt.qtbot import QtBot

from desktop.events import (
    HypothesisUpdated,
    LevelMeasured,
    SessionStarted,
    Track,
    Word,
    WordsCommitted,
)
from desktop.settings import OverlaySettings
from desktop.ui.overlay import OverlayWindow, preferred_platform
from desktop.ui.overlay.motion import Motion
from desktop.ui.overlay.style import CaptionStyle

# Qt raises tool windows on show; the offscreen platform has no stacking to raise them in.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise")

MakeOverlay = Callable[..., OverlayWindow]


@pytest.fixture
def make(qtbot: QtBot) -> MakeOverlay:
    def build(**settings: object) -> OverlayWindow:
        overlay = OverlayWindow(OverlaySettings.model_validate(settings))
        overlay._motion.enabled = False
        qtbot.addWidget(overlay)
        overlay.show()
        return overlay

    return build


def say(overlay: OverlayWindow, text: str, track: Track = Track.MIC, at_s: float = 0.0) -> None:
    words = tuple(Word(f" {part}", at_s, at_s + 0.3, 0.9) for part in text.split())
    overlay.handle_event(WordsCommitted(track, at_s, at_s, text, words, "ko"))


def think(overlay: OverlayWindow, text: str, at_s: float = 0.0) -> None:
    words = tuple(Word(f" {part}", at_s, at_s + 0.3, 0.9) for part in text.split())
    overlay.handle_event(HypothesisUpdated(Track.MIC, at_s, at_s, text, words, "ko"))


def picture(overlay: OverlayWindow, qtbot: QtBot) -> QImage:
    qtbot.waitUntil(lambda: overlay._motion.settled)
    image = QImage(overlay.size(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    overlay.render(image, QPoint())
    return image


def test_flags_make_it_click_through_on_top_and_without_focus(make: MakeOverlay) -> None:
    flags = make().windowFlags()
    for flag in (
        Qt.WindowType.FramelessWindowHint,
        Qt.WindowType.WindowStaysOnTopHint,
        Qt.WindowType.WindowTransparentForInput,
        Qt.WindowType.WindowDoesNotAcceptFocus,
    ):
        assert flags & flag
    assert flags & Qt.WindowType.WindowType_Mask == Qt.WindowType.Tool


def test_empty_overlay_is_invisible(make: MakeOverlay, qtbot: QtBot) -> None:
    image = picture(make(), qtbot)
    assert image.pixelColor(image.width() // 2, image.height() - 10).alpha() == 0


def test_words_do_not_move_when_more_follow(make: MakeOverlay, qtbot: QtBot) -> None:
    """The pixels of what was committed stay the same, whatever comes after it."""
    overlay = make(opacity=1.0)
    say(overlay, "회의를 시작")
    width = round(
        overlay._painter.style.padding.left() + overlay._painter.text_width("회의를 시작")
    )
    first = picture(overlay, qtbot).copy(0, 0, width, overlay.height())
    think(overlay, "하겠습니다 여러분", 1.0)
    second = picture(overlay, qtbot).copy(0, 0, width, overlay.height())
    assert first == second
    say(overlay, "할까요?", at_s=2.0)
    assert picture(overlay, qtbot).copy(0, 0, width, overlay.height()) == first


def test_partial_text_is_softer(make: MakeOverlay, qtbot: QtBot) -> None:
    style = CaptionStyle.of(OverlaySettings())
    assert style.partial.lightness() < style.text.lightness()
    overlay = make(opacity=1.0)
    think(overlay, "아직 모릅니다")
    image = picture(overlay, qtbot)
    brightest = max(
        image.pixelColor(x, y).lightness()
        for x in range(20, image.width() - 20, 2)
        for y in range(image.height() // 2 + 6, image.height() - 6)
    )
    assert brightest < 200


def test_marks_show_only_when_two_speak(make: MakeOverlay, qtbot: QtBot) -> None:
    overlay = make(opacity=1.0)
    spot = QPoint(round(overlay._painter.style.padding.left() * 0.42) + 1, overlay.height() - 30)
    say(overlay, "내 말")
    assert picture(overlay, qtbot).pixelColor(spot).saturation() < 100
    say(overlay, "their words", Track.SYSTEM, 1.0)
    assert picture(overlay, qtbot).pixelColor(spot).name() == "#fdba5e"


def test_silence_hides_and_new_words_start_afresh(
    make: MakeOverlay, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = make()
    overlay._silence.setInterval(30)
    say(overlay, "지나간 말")
    qtbot.waitUntil(lambda: overlay._motion.hidden and overlay._lines.is_empty)
    say(overlay, "새 말", at_s=9.0)
    assert [line.text for line in overlay._lines.visible()] == ["새 말"]


def test_nothing_runs_while_nothing_moves(make: MakeOverlay, qtbot: QtBot) -> None:
    overlay = make()
    say(overlay, "조용")
    qtbot.waitUntil(lambda: not overlay._frames.isActive())
    overlay.handle_event(LevelMeasured(Track.MIC, -20.0, -10.0))
    assert not overlay._frames.isActive()
    overlay.hide()
    assert not overlay._pointer.isActive()


def test_grab_opens_and_esc_closes(make: MakeOverlay, qtbot: QtBot) -> None:
    overlay = make()
    with qtbot.waitSignal(overlay.grab_changed):
        overlay.toggle_grabbed()
    assert not overlay.windowFlags() & Qt.WindowType.WindowTransparentForInput
    with qtbot.waitSignal(overlay.grab_changed):
        qtbot.keyClick(overlay, Qt.Key.Key_Escape)
    assert overlay.windowFlags() & Qt.WindowType.WindowTransparentForInput
    assert not overlay.grabbed


def test_arrow_keys_move_and_the_place_is_kept(make: MakeOverlay, qtbot: QtBot) -> None:
    overlay = make()
    before = overlay.pos()
    overlay.set_grabbed(True)
    with qtbot.waitSignal(overlay.settings_changed):
        qtbot.keyClick(overlay, Qt.Key.Key_Up)
    assert overlay.pos() == before - QPoint(0, 16)
    (box,) = overlay._settings.positions.values()
    assert box[2:] == (overlay.width(), overlay.height())


def test_a_wrong_word_about_its_place_is_not_kept(make: MakeOverlay, qtbot: QtBot) -> None:
    """While a window manager takes it on, Qt may hear that the window is at 0,0."""
    overlay = make()
    stands = overlay.pos()
    overlay.move(0, 0)  # as a report of the window system
    overlay.set_grabbed(True)
    qtbot.keyClick(overlay, Qt.Key.Key_Up)
    (box,) = overlay._settings.positions.values()
    assert (box[0], box[1]) == (stands.x(), stands.y() - 16)


def test_keys_do_not_push_it_off_the_screen(make: MakeOverlay, qtbot: QtBot) -> None:
    overlay = make()
    overlay.set_grabbed(True)
    for _ in range(100):
        qtbot.keyClick(overlay, Qt.Key.Key_Up)
    assert overlay.y() == 0
    qtbot.keyClick(overlay, Qt.Key.Key_Down)
    assert overlay.y() == 16


def test_settings_take_effect(make: MakeOverlay) -> None:
    overlay = make(lines=1, font_size_pt=20)
    small = overlay.height()
    overlay._settings.lines = 3
    overlay._settings.font_size_pt = 40
    overlay.apply_settings()
    assert overlay.height() > 3 * small


def test_unreadable_colour_gives_the_default() -> None:
    style = CaptionStyle.of(OverlaySettings(text_colour="nonsense"))
    assert style.text.name() == "#ffffff"


def test_new_session_clears(make: MakeOverlay) -> None:
    overlay = make()
    say(overlay, "old")
    overlay.handle_event(SessionStarted("s", "t", (Track.MIC,), 0.0))
    assert overlay._lines.is_empty


def test_hangul_has_a_font(qtbot: QtBot) -> None:
    font: QFont = CaptionStyle.of(OverlaySettings(font_family="No Such Font")).font
    assert QFontInfo(font).family() != "No Such Font"


@pytest.mark.parametrize(
    ("env", "platform"),
    [
        ({"DISPLAY": ":0"}, None),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "xcb"),
        ({"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, "xcb"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, None),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w", "QT_QPA_PLATFORM": "wayland"}, None),
        ({}, None),
    ],
)
def test_preferred_platform(env: dict[str, str], platform: str | None) -> None:
    assert preferred_platform(env) == platform


def test_motion_comes_to_rest_at_any_frame_rate() -> None:
    for step_s in (0.004, 0.016, 0.2):
        motion = Motion()
        motion.show(2)
        motion.roll(1)
        for _ in range(round(3.0 / step_s)):
            motion.advance(step_s)
        assert motion.settled
        assert motion.scroll == 0.0
        motion.hide()
        motion.advance(5.0)
        assert motion.hidden
