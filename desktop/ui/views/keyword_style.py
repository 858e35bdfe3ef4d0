"""How the categories of keywords are named, drawn and coloured.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from desktop.events import KeywordCategory


def category_name(category: KeywordCategory) -> str:
    """The category in the language of the interface."""
    translate = QCoreApplication.translate
    names = {
        KeywordCategory.PERSON: translate("KeywordCategories", "Person"),
        KeywordCategory.PLACE: translate("KeywordCategories", "Place"),
        KeywordCategory.COMPANY: translate("KeywordCategories", "Company"),
        KeywordCategory.TECHNOLOGY: translate("KeywordCategories", "Technology"),
        KeywordCategory.PRODUCT: translate("KeywordCategories", "Product"),
        KeywordCategory.EQUIPMENT: translate("KeywordCategories", "Equipment"),
        KeywordCategory.SERVICE: translate("KeywordCategories", "Service"),
        KeywordCategory.OTHER: translate("KeywordCategories", "Other"),
    }
    return names[category]


def category_icon(category: KeywordCategory) -> str:
    """The icon of ``resources/icons``: categories are never told apart by colour alone."""
    return f"kind-{category.value}"


def category_token(category: KeywordCategory) -> str:
    """The design token of the category's colour."""
    return f"kind_{category.value}"


def mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    """`share` of a colour on a ground."""
    parts = ((colour.red(), ground.red()), (colour.green(), ground.green()))
    red, green = (round(a * share + b * (1 - share)) for a, b in parts)
    return QColor(red, green, round(colour.blue() * share + ground.blue() * (1 - share)))
