"""The scrolling transcript: following, anchoring, laying out only what is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHoverEvent, QTextLayout
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.events import Track
from desktop.records import SegmentRecord
from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.theme import Theme
from desktop.ui.views.line_layout import break_columns
from desktop.ui.views.transcript_view import TranscriptView

KOREAN = "한국어는 음절 단위로 합의를 보기 때문에 띄어쓰기가 달라져도 흔들리지 않습니다. "


def records(count: int) -> list[SegmentRecord]:
    return [
        SegmentRecord(
            i + 1, "s", i + 1, Track.MIC if i % 3 else Track.SYSTEM, i * 4.0, i * 4.0 + 3,
            KOREAN * (1 + i % 4), KOREAN * (1 + i % 4), (), "ko", 0.9,
        )
        for i in range(count)
    ]  # fmt: skip


def segment(number: int, text: str = KOREAN) -> ev.SegmentCommitted:
    start_s = number * 4.0
    return ev.SegmentCommitted(
        Track.MIC, number, start_s, start_s + 3, start_s + 3, 0, text, (), "ko", 0.9, number
    )


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[TranscriptView]:
    theme = Theme("light")
    made = TranscriptView(theme)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    model = TranscriptModel(made)
    made.setModel(model)
    model.load(records(2000), [], {})
    made.set_live(True)
    made.jump_to_end()
    qtbot.waitExposed(made)
    yield made
    theme.deleteLater()


def at_end(view: TranscriptView) -> bool:
    return view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_new_lines_scroll_into_view_while_following(view: TranscriptView) -> None:
    for number in range(2001, 2011):
        view.transcript.add_segment(segment(number))
        assert at_end(view)
    rect = view.visualRect(view.transcript.index(view.transcript.rowCount() - 1))
    assert rect.bottom() <= view.viewport().height()


def test_scrolling_up_stops_following_and_offers_the_way_back(
    view: TranscriptView, qtbot: QtBot
) -> None:
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() - 1500)
    assert not view.following
    assert view._pill.isVisible()
    anchor = view.indexAt(view.viewport().rect().center()).row()
    before = view.visualRect(view.transcript.index(anchor)).top()
    for number in range(2001, 2011):
        view.transcript.add_segment(segment(number))
    assert view.visualRect(view.transcript.index(anchor)).top() == before
    qtbot.mouseClick(view._pill, Qt.MouseButton.LeftButton)
    assert view.following
    assert at_end(view)
    assert not view._pill.isVisible()


def test_appending_lays_out_only_what_is_seen(
    view: TranscriptView, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid: list[object] = []
    original = view._layouts._lay_out
    monkeypatch.setattr(
        view._layouts, "_lay_out", lambda line, width: laid.append(line) or original(line, width)
    )
    for number in range(2001, 2021):
        view.transcript.add_segment(segment(number))
    assert len(laid) <= 24
    assert len(view._layouts._cache) < 700


def test_what_is_read_stays_when_the_width_changes(view: TranscriptView) -> None:
    view.show_row(1000)
    view.resize(560, 500)
    assert view.visualRect(view.transcript.index(1000)).intersects(view.viewport().rect())


def test_every_row_has_its_exact_height_when_painted(view: TranscriptView) -> None:
    view.verticalScrollBar().setValue(20_000)
    view.grab()
    first = view.indexAt(view.viewport().rect().topLeft()).row()
    for row in range(first, first + 5):
        layout = view._layouts.layout(view.transcript.line(row), view._column())
        assert view._heights.height(row) == layout.height


def test_lines_are_corrected_in_place(view: TranscriptView, qtbot: QtBot) -> None:
    view.show_row(500)
    view.edit_current()
    editor = view.findChild(QPlainTextEdit, "line_editor")
    editor.setPlainText("고친 줄")
    with qtbot.waitSignal(view.edited) as edited:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert edited.args == [501, "고친 줄"]


def editor_of(view: TranscriptView) -> QPlainTextEdit:
    return next(
        found for found in view.findChildren(QPlainTextEdit, "line_editor") if not found.isHidden()
    )


def test_what_is_being_corrected_stays_open_while_new_lines_come(
    view: TranscriptView, qtbot: QtBot
) -> None:
    last = view.transcript.rowCount() - 1
    view.setCurrentIndex(view.transcript.index(last))
    assert view.following
    view.edit_current()
    editor = editor_of(view)
    editor.setPlainText("반쯤 고친")
    before = editor.y()
    for number in range(2001, 2011):
        view.transcript.add_segment(segment(number))
    assert editor_of(view) is editor
    assert editor.y() == before
    with qtbot.waitSignal(view.edited) as edited:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert edited.args == [2000, "반쯤 고친"]
    assert view.following  # as before
    assert at_end(view)


def test_the_editor_goes_with_its_line(view: TranscriptView) -> None:
    view.show_row(500)
    view.edit_current()
    editor, bar = editor_of(view), view.verticalScrollBar()
    before = editor.y()
    bar.setValue(bar.value() - 40)
    assert editor_of(view) is editor
    assert editor.y() == before + 40
    high = editor.height()
    editor.setPlainText(KOREAN * 12)
    assert editor.height() > high


def test_who_leaves_the_editor_goes_where_they_want(view: TranscriptView, qtbot: QtBot) -> None:
    other = QPlainTextEdit(view.viewport())
    other.show()
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.show_row(500)
    view.edit_current()
    editor_of(view).setPlainText("고친 줄")
    with qtbot.waitSignal(view.edited):
        other.setFocus()
    assert other.hasFocus()


def test_marks_stand_right_behind_an_emoji(view: TranscriptView) -> None:
    view.set_highlight("예산")
    view.transcript.add_segment(segment(2001, "👍👍 내년 예산을 정합시다"))
    row = view.transcript.rowCount() - 1
    layout = view._layouts.layout(view.transcript.line(row), view._column()).text
    assert isinstance(layout, QTextLayout)
    marked = [f for f in layout.formats() if f.format.background().style() != Qt.BrushStyle.NoBrush]
    assert [(f.start, f.length) for f in marked] == [(8, 2)]  # UTF-16: two units an emoji


def test_keys_bookmark_play_and_copy(view: TranscriptView, qtbot: QtBot) -> None:
    view.show_row(500)
    with qtbot.waitSignal(view.bookmark_toggled) as marked:
        qtbot.keyClick(view, Qt.Key.Key_B)
    assert marked.args == [501, True]
    with qtbot.waitSignal(view.play_requested) as played:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert played.args[0].segment_id == 501
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 501
    assert view.selected_text().startswith("한국어는")


def load_afresh(view: TranscriptView, qtbot: QtBot, *, live: bool) -> None:
    """Another transcript, in which the keyboard has not been yet."""
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.clearFocus()
    view.set_live(live)
    view.transcript.load(records(2000), [], {})
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 100_000)


def tab_into(view: TranscriptView, qtbot: QtBot) -> None:
    assert not view.currentIndex().isValid()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(view.hasFocus)


@pytest.mark.parametrize("scrolled_px", [0, 40_000])
def test_the_keyboard_begins_at_a_line_that_is_seen(
    view: TranscriptView, qtbot: QtBot, scrolled_px: int
) -> None:
    load_afresh(view, qtbot, live=False)
    view.verticalScrollBar().setValue(scrolled_px)
    qtbot.wait(50)  # until what is seen is measured
    seen_px = view.verticalScrollBar().value()
    tab_into(view, qtbot)
    first = view.currentIndex()
    assert view.viewport().rect().contains(view.visualRect(first))
    assert view.verticalScrollBar().value() == seen_px
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == first.row() + 1


def test_the_keyboard_begins_at_the_latest_line_where_that_is_followed(
    view: TranscriptView, qtbot: QtBot
) -> None:
    load_afresh(view, qtbot, live=True)
    view.jump_to_end()
    tab_into(view, qtbot)
    assert view.currentIndex().row() == view.transcript.rowCount() - 1
    assert view.following


def test_markup_in_recognised_text_is_inert(view: TranscriptView) -> None:
    """faults: N80"""
    text = "<script>alert(1)</script> <b>굵게</b> https://example.com"
    view.transcript.add_segment(segment(2001, text))
    row = view.transcript.rowCount() - 1
    layout = view._layouts.layout(view.transcript.line(row), view._column()).text
    assert isinstance(layout, QTextLayout)
    assert layout.text() == text


def test_the_pointer_leaves_after_another_transcript_came(view: TranscriptView) -> None:
    """Qt then asks once more where the row of the former transcript stands."""
    place = QPointF(100, 100)
    hover = QHoverEvent(QEvent.Type.HoverMove, place, place, place)
    QApplication.sendEvent(view.viewport(), hover)
    former = view.model().index(1990, 0)
    view.setModel(TranscriptModel(view))
    QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
    assert view.visualRect(former).isEmpty()


def test_hangul_breaks_at_spaces() -> None:
    text = "가나다 라마바사"
    assert break_columns(text, 0, 6) == 4
    assert break_columns(text, 0, 3) == 3
    assert break_columns("가나다라마바사", 0, 4) == 4
    assert break_columns("plain english", 0, 6) == 6
