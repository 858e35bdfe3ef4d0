"""`*.mp4` where no shell turns it into files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import cli
from desktop.cli.patterns import FilesArgument, expanded

Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with files in it and in a folder below."""
    for name in ("b.mp4", "a.mp4", "notes.txt", "[draft] talk.mp4", "d talk.mp4", "deep/c.mp4"):
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no media")
    monkeypatch.chdir(tmp_path / "files")
    return tmp_path / "files"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("?.mp4", ["a.mp4", "b.mp4"]),
        ("[ab].*", ["a.mp4", "b.mp4"]),
        ("deep/*", ["deep/c.mp4"]),
        ("**/c.mp4", ["deep/c.mp4"]),
        ("a.mp4", ["a.mp4"]),
        ("[draft] talk.mp4", ["[draft] talk.mp4"]),
        ("*.flac", ["*.flac"]),
        ("[", ["["]),
        ("", [""]),
    ],
)
def test_patterns(folder: Path, name: str, meant: list[str]) -> None:
    assert [Path(path) for path in expanded([name])] == [Path(path) for path in meant]


def test_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    assert [Path(path) for path in expanded(["~/not*.txt"])] == [folder / "notes.txt"]


@pytest.mark.parametrize("name", ["transcribe", "open", "index"])
def test_commands_that_take_files(name: str) -> None:
    [argument] = [each for each in cli.commands[name].params if each.param_type_name == "argument"]
    assert isinstance(argument, FilesArgument)


def test_only_windows_needs_it(folder: Path, malgeul: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    argument = next(p for p in cli.commands["transcribe"].params if isinstance(p, FilesArgument))
    monkeypatch.setattr(argument, "platform", "linux")
    assert "There is no file ?.mp4." in malgeul("transcribe", "?.mp4").err
    monkeypatch.setattr(argument, "platform", "win32")
    outcome = malgeul("transcribe", "?.mp4")
    assert outcome.code == 1, "they are no media files"
    assert "a.mp4" in outcome.err
    assert "b.mp4" in outcome.err
    assert malgeul("transcribe", "?.flac").code == 3
    assert malgeul("transcribe").code == 2
