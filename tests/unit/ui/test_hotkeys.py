"""Chords are read as people write them; the service tells what does not work."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pytestqt.qtbot import QtBot

from desktop.errors import SettingsError
from desktop.settings import HotkeySettings
from desktop.ui.hotkeys import Chord, GlobalHotkeys, HotkeyProblem, Modifier, parse_chord
from desktop.ui.hotkeys.backend import Pressed, Problem, UnavailableHotkeys
from desktop.ui.hotkeys.service import choose_backend
from desktop.ui.hotkeys.windows import modifier_bits, virtual_key
from desktop.ui.hotkeys.x11_keys import PC_KEY_CODES, keysyms_of

CTRL_ALT = Modifier.CTRL | Modifier.ALT


@pytest.mark.parametrize(
    ("text", "chord"),
    [
        ("Ctrl+Alt+R", Chord(CTRL_ALT, "R")),
        (" ctrl + ALT + r ", Chord(CTRL_ALT, "R")),
        ("Ctrl+Alt+ㄱ", Chord(CTRL_ALT, "R")),
        ("Super+Shift+F12", Chord(Modifier.META | Modifier.SHIFT, "F12")),
        ("F9", Chord(Modifier.NONE, "F9")),
        ("Ctrl+pgup", Chord(Modifier.CTRL, "PageUp")),
        ("Alt+1", Chord(Modifier.ALT, "1")),
        ("Ctrl+;", Chord(Modifier.CTRL, ";")),
    ],
)
def test_parse(text: str, chord: Chord) -> None:
    assert parse_chord(text) == chord
    assert parse_chord(str(chord)) == chord


@pytest.mark.parametrize(
    "text", ["", "Ctrl+", "Hyper+R", "R", "Shift+R", "Ctrl+F25", "Ctrl+RR", "+"]
)
def test_bad_chords_are_named(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_chord(text)
    assert error.value.code == "settings.hotkey"
    assert f'"{text}"' in error.value.message
    assert error.value.hint


def test_defaults_are_valid() -> None:
    for text in HotkeySettings().model_dump().values():
        assert str(parse_chord(text)) == text


def test_x11_names() -> None:
    assert keysyms_of("R") == {0x52, 0x72}
    assert keysyms_of("F12") == {0xFFC9}
    assert keysyms_of("Space") == {0x20}
    assert PC_KEY_CODES["R"] == 27
    assert PC_KEY_CODES["/"] == 61


def test_windows_names() -> None:
    assert virtual_key("R") == 0x52
    assert virtual_key("F12") == 0x7B
    assert virtual_key("PageUp") == 0x21
    assert modifier_bits(CTRL_ALT) == 0x4003


class _Recorder:
    def __init__(self) -> None:
        self.chords: dict[str, Chord] = {}
        self.pressed: Pressed | None = None
        self.closed = False

    def bind(self, chords: Mapping[str, Chord], pressed: Pressed, problem: Problem) -> None:
        self.chords, self.pressed = dict(chords), pressed
        if "busy" in chords:
            problem(HotkeyProblem("busy", str(chords["busy"]), "taken"))

    def close(self) -> None:
        self.closed = True


def test_one_chord_for_two_things_is_told(qtbot: QtBot) -> None:
    """The system would give it to one of them without a word."""
    backend = _Recorder()
    hotkeys = GlobalHotkeys(backend)
    (problem,) = hotkeys.apply({"a": "Ctrl+Alt+R", "b": "alt+ctrl+ㄱ", "c": "Ctrl+Alt+O"})
    assert problem.action == "b"
    assert "Ctrl+Alt+R" in problem.message
    assert problem.hint
    assert set(backend.chords) == {"a", "c"}


def test_service_binds_valid_chords_and_reports_the_others(qtbot: QtBot) -> None:
    backend = _Recorder()
    hotkeys = GlobalHotkeys(backend)
    with qtbot.waitSignals([hotkeys.problem_found] * 2):
        problems = hotkeys.apply({"a": "Ctrl+R", "bad": "R", "busy": "Ctrl+B", "none": ""})
    assert set(backend.chords) == {"a", "busy"}
    assert [problem.action for problem in problems] == ["bad", "busy"]
    assert backend.pressed is not None
    with qtbot.waitSignal(hotkeys.activated) as signal:
        backend.pressed("a")
    assert signal.args == ["a"]
    hotkeys.close()
    assert backend.closed


def test_where_nothing_is_offered_every_chord_is_a_problem(qtbot: QtBot) -> None:
    backend = choose_backend("offscreen", {})
    assert isinstance(backend, UnavailableHotkeys)
    hotkeys = GlobalHotkeys(backend)
    (problem,) = hotkeys.apply({"a": "Ctrl+R"})
    assert "Ctrl+R" in problem.message
    assert problem.hint
