"""Names and tips of others' making, shown as they are."""

from __future__ import annotations

from PySide6.QtCore import Qt

from desktop.events import Track
from desktop.records import SearchHit, SessionRecord, SessionState
from desktop.ui.models.plain_text import one_line, plain_tip
from desktop.ui.models.session_list import HitList, SessionList


def test_a_name_keeps_to_its_line_and_direction() -> None:
    """faults: N80"""
    assert one_line("a\nb\r\n\tc\x00d\u2028e") == "a b c d e"
    assert one_line("cod\u202efdp.exe") == "codfdp.exe"
    assert one_line("\u2067שלום\u2069.pdf") == "שלום.pdf"
    assert one_line("회의록 (최종).hwp") == "회의록 (최종).hwp"


def test_a_tip_shows_markup_letter_by_letter() -> None:
    """faults: N80"""
    assert "&lt;b&gt;" in plain_tip("<b>x</b>\nsecond line")
    assert len(plain_tip("x" * 5000)) < 1400
    assert not plain_tip("")


def test_titles_of_sessions_and_hits_are_no_markup() -> None:
    """faults: N80"""
    evil = "<img src=x>\nNext"
    record = SessionRecord("s", evil, SessionState.FINISHED, 0.0, 1.0, 1, "", (), False, "<i>")
    sessions, hits = SessionList(), HitList()
    sessions.set_records([record], ["Today"])
    hits.set_hits([SearchHit("s", evil, 1, Track.MIC, 0.0, "<u>said</u>", ())])
    for model in (sessions, hits):
        index = model.index(0)
        assert "\n" not in index.data(Qt.ItemDataRole.DisplayRole)
        assert "<img" not in index.data(Qt.ItemDataRole.ToolTipRole)
        assert "&lt;img" in index.data(Qt.ItemDataRole.ToolTipRole)
