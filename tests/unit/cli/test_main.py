"""The command group: help, errors, exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop import __version__
from desktop.cli.main import cli
from desktop.cli.options import Shell
from desktop.errors import AudioError

Run = Callable[..., Any]


def test_version(malgeul: Run) -> None:
    assert malgeul("--version").out == f"malgeul {__version__}\n"


def test_help_names_every_command_examples_and_exit_codes(malgeul: Run, home: Path) -> None:
    outcome = malgeul("--help")
    assert outcome.code == 0
    for word in ("transcribe", "record", "sessions", "models", "devices", "doctor"):
        assert f"  {word} " in outcome.out
    assert "malgeul transcribe talk.mp3" in outcome.out
    assert "130" in outcome.out
    assert not home.exists(), "asking for help must not write anything"


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help(malgeul: Run, name: str, home: Path) -> None:
    outcome = malgeul(name, "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: malgeul {name}")
    assert not home.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("bogus",),
        ("transcribe",),
        ("transcribe", "a.wav", "--format", "pdf"),
        ("record", "--source", "ether"),
        ("record", "--seconds", "-1"),
        ("record", "--seconds", "nan"),
        ("record", "--seconds", "inf"),
        ("sessions", "bogus"),
        ("--nonsense",),
    ],
)
def test_wrong_use_is_2_and_says_why(malgeul: Run, arguments: tuple[str, ...]) -> None:
    outcome = malgeul(*arguments)
    assert outcome.code == 2
    assert "Error: " in outcome.err
    assert outcome.out == ""


def test_quiet_and_verbose_are_taken_before_and_after_the_command(malgeul: Run) -> None:
    assert malgeul("--quiet", "sessions", "list").err == ""
    assert malgeul("sessions", "list", "--quiet").err == ""
    assert malgeul("sessions", "list", "-v").code == 0


def _raise(error: BaseException) -> Callable[..., int]:
    def fail(*_arguments: object) -> int:
        raise error

    return fail


def test_an_expected_failure_is_a_message_and_a_hint(
    malgeul: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = AudioError("No microphone.", hint="Plug one in.")
    monkeypatch.setattr("desktop.cli.library.open_for_reading", _raise(error))
    outcome = malgeul("sessions", "list")
    assert (outcome.code, outcome.err) == (5, "Error: No microphone.\n  Plug one in.\n")


def test_an_unexpected_failure_has_its_traceback_in_the_log_only(
    malgeul: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.cli.library.open_for_reading", _raise(ZeroDivisionError("odd")))
    outcome = malgeul("sessions", "list")
    log = Shell().paths.logs / "commands.log"
    assert outcome.code == 1
    assert "ZeroDivisionError: odd" in outcome.err
    assert str(log) in outcome.err
    assert "Traceback" not in outcome.err
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_a_path_that_cannot_be_used_is_named(malgeul: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """faults: S43"""
    error = PermissionError(13, "Permission denied", "/closed/transcripts.db")
    monkeypatch.setattr("desktop.cli.library.open_for_reading", _raise(error))
    outcome = malgeul("sessions", "list")
    assert outcome.code == 6
    assert outcome.err.startswith(
        "Error: /closed/transcripts.db cannot be used: Permission denied.\n"
    )


def test_a_name_too_long_for_any_file_is_said(malgeul: Run) -> None:
    outcome = malgeul("transcribe", "x" * 300 + ".wav")
    assert outcome.code == 6
    assert "File name too long" in outcome.err


@pytest.mark.parametrize("command", [("list",), ("recover",), ("delete", "x"), ("show", "x")])
def test_a_file_in_the_place_of_the_data_directory_is_no_empty_library(
    malgeul: Run, home: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: S46 - never a silent empty database."""
    home.write_text("", encoding="utf-8")
    for where in (home, home / "within"):
        monkeypatch.setenv("MALGEUL_HOME", str(where))
        outcome = malgeul("sessions", *command)
        assert outcome.code == 6
        assert f"Error: {home} is a file" in outcome.err


def test_ctrl_c_is_130(malgeul: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.cli.library.open_for_reading", _raise(KeyboardInterrupt()))
    outcome = malgeul("sessions", "list")
    assert outcome.code == 130
    assert outcome.err.strip() == "Interrupted."


def test_devices_without_any_sound_system(malgeul: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """faults: A36 - no devices is a state, not a failure."""
    monkeypatch.setattr("desktop.engine.audio.devices.list_devices", lambda: ())
    assert malgeul("devices").code == 0
    assert malgeul("devices", "--json").out == "[]\n"


def test_a_file_whose_name_begins_with_a_dash_is_named_otherwise(
    malgeul: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-talk.wav").write_bytes(b"")
    outcome = malgeul("transcribe", "-talk.wav")
    assert outcome.code == 2
    assert outcome.err.endswith("  Write the file “-talk.wav” as ./-talk.wav\n")
    assert "Write the file" not in malgeul("transcribe", "-missing.wav").err
