"""Contrast, translations, names for screen readers."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QLibraryInfo, QLocale, QSize, Qt, QTranslator
from PySide6.QtGui import QAction, QIcon, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QTreeView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.bus import EventBus
from desktop.errors import StorageError
from desktop.events import (
    NoticeRaised,
    RecogniserChanged,
    RecogniserState,
    Severity,
)
from desktop.paths import RESOURCES
from desktop.ui.application import ICON_SIZES
from desktop.ui.i18n import choose_language
from desktop.ui.main_window import MainWindow
from desktop.ui.theme import Theme
from desktop.ui.tokens import DARK, LIGHT, Tokens, contrast
from desktop.ui.views.banner import Banner

TEXTS = {
    "text": ("surface", "window", "sidebar", "raised", "hover", "selection", "accent_tint",
             "match", "playing", "info_tint", "warning_tint", "danger_tint"),
    "text_soft": ("rail", "surface", "window", "sidebar", "raised", "warning_tint", "danger_tint",
                  "info_tint", "accent_tint", "hover", "match", "selection"),
    "text_faint": ("surface", "window", "sidebar", "raised", "hover", "selection", "accent_tint"),
    "partial": ("surface", "raised", "selection"),
    "on_accent": ("accent", "accent_hover", "accent_pressed"),
    "on_danger": ("danger", "danger_hover"),
    "accent_text": ("surface", "window", "accent_tint", "sidebar"),
    "danger_text": ("surface", "sidebar", "accent_tint", "danger_tint"),
    "warning_text": ("surface", "sidebar", "warning_tint"),
    "lane_me": ("surface", "sidebar", "selection"),
    "lane_others": ("surface", "sidebar", "selection"),
    "lane_file": ("surface", "sidebar", "selection"),
    "on_tooltip": ("tooltip",),
    **{
        name: ("surface", "window")
        for name in Tokens.__dataclass_fields__
        if name.startswith("kind_")
    },
}  # fmt: skip


SHAPES = {
    "outline": ("surface", "window", "sidebar"),
    "accent": ("surface", "window", "sidebar", "raised", "hover"),
    "danger": ("surface", "window"),
    "meter_low": ("surface", "window"),
    "meter_high": ("surface", "window"),
}
"""What shows where a control is and how it stands, without a word."""


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)
def test_text_is_readable_on_every_ground(tokens: Tokens) -> None:
    weak = [
        f"{text} on {ground}: {ratio:.2f}"
        for text, grounds in TEXTS.items()
        for ground in grounds
        if (ratio := contrast(getattr(tokens, text), getattr(tokens, ground))) < 4.5
    ]
    assert weak == []


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)
def test_controls_and_levels_stand_out_from_their_ground(tokens: Tokens) -> None:
    weak = [
        f"{shape} on {ground}: {ratio:.2f}"
        for shape, grounds in SHAPES.items()
        for ground in grounds
        if (ratio := contrast(getattr(tokens, shape), getattr(tokens, ground))) < 3.0
    ]
    assert weak == []


@pytest.mark.parametrize("name", ["go-previous", "go-next", "go-up"])
def test_the_arrows_of_qts_file_dialog_are_seen_in_both_themes(
    window: MainWindow, name: str
) -> None:
    image = QIcon.fromTheme(name).pixmap(QSize(16, 16)).toImage()
    drawn = {
        colour.name()
        for x in range(image.width())
        for y in range(image.height())
        if (colour := image.pixelColor(x, y)).alpha() > 200
    }
    assert drawn
    grounds = [tokens.window for tokens in (LIGHT, DARK)]
    assert min(contrast(colour, ground) for colour in drawn for ground in grounds) >= 3.0


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
    known = {
        message.findtext("source") or ""
        for message in ElementTree.parse(RESOURCES / "translations" / "malgeul_ko.ts").iter(
            "message"
        )
    }
    package = RESOURCES.parent / "desktop"
    missing = [
        f"{file.name}:{node.lineno}: {argument.value}"
        for folder in ("ui", "app")
        for file in sorted((package / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for argument in _to_translate(node)
        if argument.value not in known
    ]
    assert missing == []


def _to_translate(call: ast.Call) -> list[ast.Constant]:
    """The literal text that a call of `tr` or `QCoreApplication.translate` asks for."""
    place = {"tr": 0, "translate": 1}.get(getattr(call.func, "attr", ""), len(call.args))
    return [a for a in call.args[place : place + 1] if isinstance(a, ast.Constant)]


def test_the_language_follows_the_system_unless_told() -> None:
    assert choose_language("auto", QLocale("ko_KR")) == "ko"
    assert choose_language("auto", QLocale("de_DE")) == "en"
    assert choose_language("ko", QLocale("en_US")) == "ko"


def _controls(root: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider)
    of_qt = ("QScrollBar", "QuietScrollBar", "QLineEditIconButton", "QToolButton")
    return [
        w
        for w in root.findChildren(QWidget)
        if isinstance(w, kinds) and not w.objectName().startswith("qt_")
        and type(w).__name__ not in of_qt
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


@pytest.mark.parametrize(
    "mode", [QFileDialog.FileMode.ExistingFile, QFileDialog.FileMode.Directory]
)
def test_the_file_dialog_of_qt_is_korean_to_its_last_word(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, mode: QFileDialog.FileMode
) -> None:
    """It shows where the desktop has none: Qt's own Korean lacks some of its texts."""
    (tmp_path / "폴더").mkdir()
    window.backend.settings.interface.language = "ko"
    window.equipment._on_settings_changed()
    dialog = QFileDialog(window, "파일", str(tmp_path), "모든 파일 (*)")
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setFileMode(mode)
    dialog.show()
    files = dialog.findChild(QTreeView, "treeView")
    assert files is not None
    qtbot.waitUntil(lambda: files.model().rowCount(files.rootIndex()) == 1)
    shown = [w.text() for kind in (QLabel, QAbstractButton) for w in dialog.findChildren(kind)]
    shown += [a.toolTip() for a in dialog.findChildren(QAction)]
    shown += [files.model().headerData(column, Qt.Orientation.Horizontal) for column in range(4)]
    shown.append(files.model().index(0, 2, files.rootIndex()).data())
    dialog.close()
    dialog.deleteLater()
    window.backend.settings.interface.language = "en"
    window.equipment._on_settings_changed()
    assert "폴더" in shown
    assert [text for text in shown if text and not re.search("[가-힣]", text)] == []


def test_only_what_qt_lacks_is_translated_for_it() -> None:
    """Also when Qt brings more Korean with its next version."""
    of_qt = QTranslator()
    assert of_qt.load("qtbase_ko", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    tree = ElementTree.parse(RESOURCES / "translations" / "malgeul_ko.ts")
    ours = [
        (context.findtext("name") or "", message.findtext("source") or "")
        for context in tree.iter("context")
        if re.match("Q[A-Z]", context.findtext("name") or "")
        for message in context.iter("message")
    ]
    assert ours
    assert [pair for pair in ours if of_qt.translate(*pair)] == []


def test_messages_from_below_speak_the_language_of_the_window(
    window: MainWindow, bus: EventBus, qtbot: QtBot
) -> None:
    def shown() -> list[str]:
        stack = window.page.banners
        return [f"{b.notice.message}|{b.notice.hint}" for b in stack.findChildren(Banner)]

    window.backend.settings.interface.language = "ko"
    window.equipment._on_settings_changed()
    error = StorageError("The disk that holds /x is full.", hint="Free some space.", code="full")
    window.commands.show_error(error)
    bus.publish(NoticeRaised(Severity.WARNING, "mic", "The microphone delivers no signal."))
    bus.publish(RecogniserChanged(RecogniserState.FAILED, "", "", "", "The recogniser is closed."))
    korean = {
        "/x 폴더가 있는 디스크가 가득 찼습니다.|공간을 비우세요.",
        "마이크에서 신호가 들어오지 않습니다.|",
    }
    qtbot.waitUntil(lambda: korean <= set(shown()))
    qtbot.waitUntil(lambda: window.strip._state.text() == "인식기가 닫혀 있습니다.")
    window.backend.settings.interface.language = "en"
    window.equipment._on_settings_changed()
    window.commands.show_error(error)
    qtbot.waitUntil(lambda: "The disk that holds /x is full.|Free some space." in shown())


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
