"""Tool tips that stay plain text, whatever stands in them (faults: N80).  Pure."""

from __future__ import annotations

import html

LONGEST = 1200  # characters


def plain_tip(text: str) -> str:
    """`text` so that a tool tip shows it letter by letter, with its line breaks."""
    shown = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return f'<p style="white-space: pre-wrap">{html.escape(shown)}</p>' if shown else ""
