"""Text of files, models and devices made harmless to show (faults: N80).  Pure, any thread."""

from __future__ import annotations

import html
import re

LONGEST_TIP = 1200  # characters
# What breaks a line or turns the direction of what follows: with U+202E
# inside "codfdp.exe" reads "codexe.pdf", and carries the rest of its line along.
_BREAKS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """`text` on one line, in the direction in which its letters run."""
    return _TURNS.sub("", _BREAKS.sub(" ", text))


def plain_tip(text: str) -> str:
    """`text` so that a tool tip shows it letter by letter, with its line breaks."""
    shown = text if len(text) <= LONGEST_TIP else text[: LONGEST_TIP - 1] + "…"
    return f'<p style="white-space: pre-wrap">{html.escape(shown)}</p>' if shown else ""
