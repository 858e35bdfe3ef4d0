"""Contrast, translations, names for screen readers."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)

from desktop.paths import RESOURCES
from desktop.ui.application import ICON_SIZES
from desktop.ui.i18n import choose_language
from desktop.ui.main_window import MainWindow
from desktop.ui.theme import Theme
from desktop.ui.tokens import DARK, LIGHT, Tokens, contrast

TEXTS = {
    "text": ("surface", "window", "sidebar", "raised", "hover", "selection", "accent_tint",
             "match", "playing", "info_tint", "warning_tint", "danger_tint"),
    "text_soft": ("surface", "window", "sidebar", "raised", "warning_tint", "danger_tint",
                  "info_tint", "accent_tint"),
    "text_faint": ("surface", "window", "sidebar", "raised"),
    "partial": ("surface",),
    "on_accent": ("accent", "accent_hover", "accent_pressed"),
    "on_danger": ("danger", "danger_hover"),
    "accent_text": ("surface", "window", "accent_tint", "sidebar"),
    "danger_text": ("surface", "sidebar", "accent_tint", "danger_tint"),
    "warning_text": ("surface", "sidebar", "warning_tint"),
    "lane_me": ("surface", "sidebar", "selection"),
    "lane_others": ("surface", "sidebar", "selection"),
    "lane_file": ("surface", "sidebar", "selection"),
    "on_tooltip": ("tooltip",),
}  # fmt: skip


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)
def test_text_is_readable_on_every_ground(tokens: Tokens) -> None:
    weak = [
        f"{text} on {ground}: {ratio:.2f}"
        for text, grounds in TEXTS.items()
        for ground in grounds
        if (ratio := contrast(getattr(tokens, text), getattr(tokens, ground))) < 4.5
    ]
    assert weak == []


def test_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_korean_is_complete() -> None:
    tree = ElementTree.parse(RESOURCES / "translations" / "malgeul_ko.ts")
    for message in tree.getroot().iter("message"):
        source = message.findtext("source") or ""
        translation = message.find("translation")
        assert translation is not None
        assert translation.get("type") is None, source
        text = "".join(translation.itertext()).strip()
        assert text, source
        for field in ("{title}", "{length}", "{reason}", "{seconds}", "{model}", "{name}", "%n"):
            assert (field in source) == (field in text), source


def test_every_source_string_is_in_the_translation() -> None:
    """Texts in the code that lupdate has not seen would stay English."""
    import re

    known = {
        (message.findtext("source") or "").replace("\n", " ")
        for message in ElementTree.parse(RESOURCES / "translations" / "malgeul_ko.ts").iter(
            "message"
        )
    }
    pattern = re.compile(r"self\.tr\(\s*\"((?:[^\"\\]|\\.)*)\"\s*[,)]")
    folder = RESOURCES.parent / "desktop" / "ui"
    missing = [
        f"{file.name}: {text}"
        for file in sorted(folder.rglob("*.py"))
        for text in pattern.findall(file.read_text(encoding="utf-8"))
        if text not in known
    ]
    assert missing == []


def test_the_language_follows_the_system_unless_told() -> None:
    assert choose_language("auto", QLocale("ko_KR")) == "ko"
    assert choose_language("auto", QLocale("de_DE")) == "en"
    assert choose_language("ko", QLocale("en_US")) == "ko"


def _controls(root: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider)
    return [
        w
        for w in root.findChildren(QWidget)
        if isinstance(w, kinds) and not w.objectName().startswith("qt_")
        and type(w).__name__ not in ("QScrollBar", "QLineEditIconButton", "QToolButton")
    ]  # fmt: skip


def test_every_control_has_a_name_for_screen_readers(window: MainWindow) -> None:
    window.equipment.open_settings()
    window.equipment.open_models()
    nameless = [
        f"{type(w).__name__} {w.objectName()} in {type(w.parent()).__name__}"
        for w in _controls(window)
        if not w.accessibleName() and not getattr(w, "text", str)()
        and type(w.parent()).__name__ != "QKeySequenceEdit"
    ]  # fmt: skip
    assert nameless == []
    assert window.equipment.settings_dialog is not None
    assert window.equipment.models_dialog is not None
    window.equipment.models_dialog.close()
    window.equipment.settings_dialog.close()


def test_no_label_interprets_markup(window: MainWindow) -> None:
    """faults: N80"""
    from PySide6.QtCore import Qt

    labels = [w for w in window.findChildren(QLabel) if w.pixmap().isNull() and w.text()]
    assert labels
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)


def test_language_changes_at_once(window: MainWindow) -> None:
    assert window.bar._primary.text() == "Start captions"
    window.backend.settings.interface.language = "ko"
    window.equipment._on_settings_changed()
    from PySide6.QtCore import QCoreApplication

    QCoreApplication.sendPostedEvents()
    assert window.bar._primary.text() == "자막 시작"
    assert window.windowTitle() == "말글"
    window.backend.settings.interface.language = "en"
    window.equipment._on_settings_changed()


def test_theme_changes_at_once(window: MainWindow) -> None:
    window.theme.set_mode("dark")
    assert window.theme.tokens is DARK
    window.theme.set_mode("light")
    assert window.theme.tokens is LIGHT


def test_icons_are_there_in_every_size(qapp: object) -> None:
    for size in ICON_SIZES:
        image = QImage(str(RESOURCES / "icons" / f"malgeul-{size}.png"))
        assert (image.width(), image.height()) == (size, size)
    theme = Theme("dark")
    for file in sorted((RESOURCES / "icons").glob("*.svg")):
        assert not theme.pixmap(file.stem, "text", 20).isNull()
    theme.deleteLater()
