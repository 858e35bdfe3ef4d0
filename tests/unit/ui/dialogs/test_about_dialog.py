"""About Malgeul: keys or licences, in the same place."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from desktop.ui.dialogs.about_dialog import AboutDialog
from desktop.ui.theme import Theme


def test_licences_take_the_place_of_the_keys(qtbot: QtBot) -> None:
    theme = Theme("light")
    dialog = AboutDialog(theme)
    theme.setParent(dialog)
    qtbot.addWidget(dialog)
    dialog.show()
    height_px = dialog.height()
    dialog.more.click()
    assert dialog.licences.isVisible()
    assert dialog.licences.toPlainText()
    assert not dialog._shortcuts.isVisible()
    qtbot.waitUntil(lambda: dialog.height() == height_px == dialog.sizeHint().height())
    dialog.more.click()
    assert dialog._shortcuts.isVisible()
    assert not dialog.licences.isVisible()
    assert dialog.height() == height_px
