"""Boxes of words on a page become marks of lines."""

from __future__ import annotations

import pytest

from desktop.ui.views.page_image import joined


def test_words_of_a_line_are_joined_and_lines_and_columns_are_not() -> None:
    words = [
        (0.10, 0.100, 0.08, 0.012),
        (0.20, 0.102, 0.05, 0.010),  # same line
        (0.60, 0.101, 0.05, 0.012),  # another column
        (0.10, 0.120, 0.30, 0.012),  # next line
    ]
    lines = joined(words)
    assert len(lines) == 3
    assert lines[0] == pytest.approx((0.10, 0.100, 0.15, 0.012))
    assert joined([]) == []
