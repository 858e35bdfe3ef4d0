"""How ages are written below charts and in readouts.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

SPANS_S = (60, 300, 900, 3_600, 21_600, 86_400)
"""The ranges one can choose."""

REFRESH_S = {60: 1.0, 300: 1.0, 900: 3.0, 3_600: 10.0, 21_600: 30.0, 86_400: 60.0}
"""How often a range is drawn anew: a pixel's worth of time, at least a second."""


def span_text(seconds: float) -> str:
    """A length of time in the largest unit: "30 s", "5 min", "6 h"."""
    translate = QCoreApplication.translate
    if seconds < 60:
        return translate("Charts", "{count} s").format(count=f"{seconds:g}")
    if seconds < 3_600:
        return translate("Charts", "{count} min").format(count=f"{seconds / 60:g}")
    return translate("Charts", "{count} h").format(count=f"{seconds / 3_600:g}")


def tick_texts(span_s: float) -> list[tuple[float, str]]:
    """Four places on the axis of a range, in words that stay while the curves move."""
    translate = QCoreApplication.translate
    ticks = [(0.0, translate("Charts", "now"))]
    for part in (1, 2, 3):
        age_s = span_s * part / 4
        ticks.append((-age_s, f"−{span_text(age_s)}"))
    return ticks
