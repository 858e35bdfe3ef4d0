"""Text of documents and models: plain, clickable only where we made it so."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from desktop.settings import Settings
from desktop.ui.application import create_application
from desktop.ui.models.conversation import citation_marks
from desktop.ui.models.plain_text import plain_tip
from desktop.ui.theme import Theme
from desktop.ui.views.inert_text import LONGEST, InertText

HOSTILE = '<img src="http://evil.example/x.png"> <b>bold</b> ![x](http://evil.example) [1]'


def shown(qtbot: QtBot, text: str, width: int = 400, **more: int) -> InertText:
    create_application(["malgeul"], Settings())
    made = InertText(Theme("light"), **more)
    qtbot.addWidget(made)
    made.set_text(text, citation_marks(text, 3))
    made.resize(width, made.heightForWidth(width))
    made.show()
    return made


def place_of(block: InertText, text: str) -> QPoint:
    """A place on the first letter of `text`."""
    at = block.text.index(text)
    for y in range(2, block.height(), 4):
        for x in range(0, block.width(), 2):
            if block._covers(QPoint(x, y), at, at + 1):
                return QPoint(x + 1, y)
    raise AssertionError(f"not shown: {text}")


def test_markup_stays_text(qtbot: QtBot) -> None:
    """faults: N80, D67"""
    block = shown(qtbot, HOSTILE)
    assert block.text == HOSTILE
    assert block.accessibleName() == HOSTILE
    clicks: list[int] = []
    block.citation_clicked.connect(clicks.append)
    qtbot.mouseClick(block, Qt.MouseButton.LeftButton, pos=place_of(block, "evil"))
    assert clicks == []
    assert "<b>" not in plain_tip("<b>x</b>")


def test_a_citation_is_clicked(qtbot: QtBot) -> None:
    block = shown(qtbot, "그렇습니다 😀 [2]. 하지만 [9].")
    clicks: list[int] = []
    block.citation_clicked.connect(clicks.append)
    qtbot.mouseClick(block, Qt.MouseButton.LeftButton, pos=place_of(block, "[2]"))
    assert clicks == [2]
    assert block.citation_at(place_of(block, "[9]")) == 0
    assert block.citation_at(place_of(block, "하지만")) == 0


def test_selected_text_is_copied(qtbot: QtBot) -> None:
    block = shown(qtbot, "😀 첫째 둘째 셋째")
    qtbot.mouseDClick(block, Qt.MouseButton.LeftButton, pos=place_of(block, "둘째"))
    assert block.selected_text() == "둘째"
    block.setFocus()
    qtbot.keyClick(block, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "둘째"


def test_height_follows_width_and_korean_breaks_at_spaces(qtbot: QtBot) -> None:
    block = shown(qtbot, "자막오버레이는 투명도와 글자크기를 사용자가 정할수있게 했습니다 " * 4)
    assert block.heightForWidth(200) > block.heightForWidth(500)
    layout = block._lay_out(220.0)
    starts = [layout.lineAt(n).textStart() for n in range(layout.lineCount())]
    assert all(at == 0 or block.text[at - 1] == " " for at in starts)


def test_endless_and_odd_text_is_cut_and_drawn(qtbot: QtBot) -> None:
    """faults: D64"""
    block = shown(qtbot, "가" * (LONGEST + 5_000), max_lines=3)
    assert len(block.text) == LONGEST + 1
    odd = shown(qtbot, "a\x00b \ud800 \u202e [1]")
    image = QImage(odd.size(), QImage.Format.Format_RGB32)
    odd.render(image)
    assert "\x00" not in odd.text
