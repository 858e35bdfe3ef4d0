"""Message boxes: their texts as they are, and a question before what destroys.  GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.ui.views.controls import set_role


@dataclass(frozen=True, slots=True)
class Question:
    """What a box asks, in the reader's language.

    Args:
        title: of the box.
        text: the question.
        more: what follows from it.
        act: the button that does it.
        keep: the button that does not; it has the focus, and Escape presses it.
        danger: `act` takes something away, and looks like it.
        role: of `act`; its place among the buttons follows from it.
    """

    title: str
    text: str
    more: str
    act: str
    keep: str
    danger: bool = False
    role: QMessageBox.ButtonRole = QMessageBox.ButtonRole.DestructiveRole


def plain_box(parent: QWidget | None, title: str, text: str, more: str) -> QMessageBox:
    """A box whose texts are shown letter by letter: names of files and errors stand in them.

    None has an icon: Qt's are of no theme of ours, and the words say what is the matter.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(more)
    box.setTextFormat(Qt.TextFormat.PlainText)  # of both texts, so once both are there
    return box


def ask_first(parent: QWidget, question: Question, then: Callable[[], object]) -> QMessageBox:
    """Asks over `parent` without waiting; calls `then` where `act` is pressed.

    The box deletes itself once it is answered.
    """
    box = plain_box(parent, question.title, question.text, question.more)
    act = box.addButton(question.act, question.role)
    if question.danger:
        set_role(act, "danger")  # the box has given its button the common look already
    keep = box.addButton(question.keep, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)

    def answered(_result: int) -> None:
        is_act = box.clickedButton() is act
        box.deleteLater()
        if is_act:
            then()

    box.finished.connect(answered)
    box.open()
    return box
