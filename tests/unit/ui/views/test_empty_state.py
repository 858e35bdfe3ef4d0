"""What stands where there is nothing yet fits into the room there is."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.theme import Theme
from desktop.ui.views.empty_state import DocumentsEmpty, TranscriptEmpty


def test_in_little_room_the_text_is_narrower_and_the_picture_gives_way(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    empty = TranscriptEmpty(Theme("light", host), host)
    host.resize(800, 600)
    empty.resize(376, 260)
    host.show()
    assert empty._text.width() <= 376 - 48
    assert empty._mark.isHidden()
    empty.resize(800, 600)
    assert empty._text.width() == 440
    assert not empty._mark.isHidden()
    wide_px = empty._text.minimumHeight()
    empty.resize(200, 600)
    assert empty._text.minimumHeight() > wide_px
    empty.resize(800, 600)
    assert empty._text.minimumHeight() == wide_px


@pytest.mark.parametrize("kind", [TranscriptEmpty, DocumentsEmpty])
def test_the_buttons_and_the_note_are_read_whole(
    qtbot: QtBot, kind: type[TranscriptEmpty | DocumentsEmpty]
) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    empty = kind(Theme("light", host), host)
    host.resize(800, 600)
    host.show()
    for width in (800, 374, 300):
        empty.resize(width, 600)
        qtbot.waitUntil(lambda: _read_whole(empty))


def _read_whole(empty: TranscriptEmpty | DocumentsEmpty) -> bool:
    inside = empty.rect().adjusted(empty.side, 0, -empty.side, 0)
    buttons, note = (empty._first, empty._second), empty._note
    return (
        all(inside.contains(widget.geometry()) for widget in (*buttons, note))
        and all(button.width() >= button.sizeHint().width() for button in buttons)
        and note.height() >= note.heightForWidth(note.width())
    )


def test_in_very_little_room_only_title_and_buttons_stay(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    empty = TranscriptEmpty(Theme("light", host), host)
    host.resize(800, 600)
    host.show()
    empty.resize(376, 600)
    lowest = empty.minimumSizeHint().height()
    empty.resize(376, lowest)
    assert (empty._text.isHidden(), empty._note.isHidden(), empty._mark.isHidden()) == (True,) * 3
    assert not empty._first.isHidden()
    empty.resize(376, lowest + empty._text.minimumHeight())
    assert not empty._text.isHidden()
    assert empty._note.isHidden()
    qtbot.waitUntil(lambda: empty._text.geometry().bottom() < empty._first.geometry().top())
    empty.set_waiting(True)
    empty.resize(800, 600)
    assert empty._note.isHidden()


def test_a_file_is_transcribed_and_a_meeting_listened_to(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    page = TranscriptEmpty(Theme("light", host), host)
    page.set_waiting(True, file=True)
    assert "Transcribing the file…" in {label.text() for label in page.findChildren(QLabel)}
    page.set_waiting(True)
    assert "Listening…" in {label.text() for label in page.findChildren(QLabel)}
