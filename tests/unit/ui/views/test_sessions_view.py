"""The sidebar: a list that was scrolled stays there while sessions come."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.records import SessionRecord, SessionState
from desktop.ui.theme import Theme
from desktop.ui.views.sessions_view import SessionsView


def records(count: int) -> list[SessionRecord]:
    return [
        SessionRecord(
            f"s{n}", f"Meeting {n}", SessionState.FINISHED, n * 3600.0, 60.0, 3, "", (), True
        )
        for n in range(count)
    ]  # fmt: skip


def test_the_list_stays_where_it_was_scrolled_to(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    view = SessionsView(Theme("light", host), host)
    view.resize(248, 600)
    host.resize(248, 600)
    host.show()
    view.show_sessions(records(300))
    view.select("s299")
    bar = view._list.verticalScrollBar()
    bar.setValue(3000)
    view.show_sessions(records(300))
    view.select("s299")
    assert bar.value() == 3000
    view.select("s0")  # another one is shown: it is brought into view
    assert bar.value() == bar.maximum()
    view.close_search()
