"""The head of a session: long titles, and titles that are being typed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.records import SessionRecord, SessionState
from desktop.ui.theme import Theme
from desktop.ui.views.session_header import SessionHeader

RECORD = SessionRecord("s", "주간 회의", SessionState.FINISHED, 0.0, 60.0, 3, "", (), True)


@pytest.fixture
def header(qtbot: QtBot) -> Iterator[SessionHeader]:
    host = QWidget()
    qtbot.addWidget(host)
    made = SessionHeader(Theme("light", host), host)
    made.resize(500, 64)
    host.resize(500, 64)
    host.show()
    host.activateWindow()
    qtbot.waitUntil(host.isActiveWindow)
    yield made
    host.close()


def test_a_title_that_is_typed_is_not_overwritten(header: SessionHeader, qtbot: QtBot) -> None:
    header.show_session(RECORD, title=RECORD.title, live=False)
    header.focus_title()
    qtbot.keyClicks(header._title, "New na")
    header.show_session(RECORD, title=RECORD.title, live=False)
    assert header._title.text() == "New na"
    other = dataclasses.replace(RECORD, session_id="t", title="Other")
    header.show_session(other, title=other.title, live=False)
    assert header._title.text() == "Other"


def test_a_long_title_ends_in_an_ellipsis_until_it_is_edited(header: SessionHeader) -> None:
    header.show_session(RECORD, title="아주 긴 제목 " * 30, live=False)
    header.setFocus()
    _, shown = header._title._shown()
    assert shown.endswith("…")
    header.show_session(RECORD, title="짧은 제목", live=False)
    assert header._title._shown()[1] == "짧은 제목"


def test_a_file_being_transcribed_is_not_called_live(header: SessionHeader) -> None:
    header.show_session(None, title="talk", live=True, file=True)
    assert header._facts.text().startswith("Transcribing")
    header.show_session(None, title="Meeting", live=True)
    assert header._facts.text().startswith("Live")


def test_the_built_in_recogniser_is_named_as_elsewhere(header: SessionHeader) -> None:
    header.show_session(dataclasses.replace(RECORD, model="basic"), title="주간 회의", live=False)
    assert header._facts.text().endswith(" · Basic recogniser")
    header.show_session(dataclasses.replace(RECORD, model="small"), title="주간 회의", live=False)
    assert header._facts.text().endswith(" · small")
