"""Offsets behind characters that Qt counts twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.ui.models.offsets import Utf16Offsets, printable


@given(st.text(alphabet="aé한😀𝒜 "))
def test_offsets_convert_both_ways(text: str) -> None:
    offsets = Utf16Offsets(text)
    for at in range(len(text) + 1):
        expected = len(text[:at].encode("utf-16-le")) // 2
        assert offsets.to_qt(at) == expected
        assert offsets.from_qt(expected) == at
    assert offsets.qt_length == len(text.encode("utf-16-le")) // 2


def test_what_no_font_shows_is_replaced_in_place() -> None:
    """faults: D64"""
    assert printable("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert printable("한글 😀") == "한글 😀"
