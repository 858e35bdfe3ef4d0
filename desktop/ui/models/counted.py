"""Numbers with their noun, in the plural form of the language.  GUI thread only.

In a class of their own because only `tr` with a count is found by the translation tools.
"""

from __future__ import annotations

from PySide6.QtCore import QObject


class Counted(QObject):
    """One method a noun."""

    def pages(self, count: int) -> str:
        return self.tr("%n page(s)", None, count)

    def passages(self, count: int) -> str:
        return self.tr("%n passage(s)", None, count)

    def minutes_left(self, count: int) -> str:
        return self.tr("about %n minute(s) left", None, count)

    def hours_left(self, count: int) -> str:
        return self.tr("about %n hour(s) left", None, count)
