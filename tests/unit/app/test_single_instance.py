"""A second start brings the first window to the front, and its files along."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from desktop.app.single_instance import SingleInstance


@pytest.fixture
def first(qtbot: QtBot, tmp_path: Path) -> Iterator[SingleInstance]:
    instance = SingleInstance(tmp_path)
    assert not instance.call_running()
    assert instance.claim()
    yield instance
    instance.release()


def call(root: Path, files: list[Path]) -> threading.Thread:
    """A second start, which waits for the first one's event loop."""
    thread = threading.Thread(target=lambda: SingleInstance(root).call_running(files))
    thread.start()
    return thread


def test_files_of_a_second_start_come_to_the_first(
    first: SingleInstance, qtbot: QtBot, tmp_path: Path
) -> None:
    """faults: P13"""
    wanted = [tmp_path / "보고서.pdf", tmp_path / "회의 녹음.wav"]
    shown: list[bool] = []
    first.show_requested.connect(lambda: shown.append(True))
    with qtbot.waitSignal(first.files_requested, timeout=10_000) as asked:
        thread = call(tmp_path, wanted)
    thread.join(10)
    assert asked.args == [wanted]
    assert shown


@pytest.mark.parametrize("said", [b"show\n", b"[]\n", b'{"open": 5}\n', b"\xff\n"])
def test_a_call_that_is_not_understood_still_shows_the_window(
    first: SingleInstance, qtbot: QtBot, said: bytes
) -> None:
    asked: list[object] = []
    first.files_requested.connect(asked.append)
    socket = QLocalSocket()
    with qtbot.waitSignal(first.show_requested, timeout=10_000):
        socket.connectToServer(first._name)
        assert socket.waitForConnected(5_000)
        socket.write(said)
        socket.flush()
    qtbot.wait(100)
    socket.abort()
    assert asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of the user's own there")
def test_nobody_else_can_take_its_place(first: SingleInstance, tmp_path: Path) -> None:
    """It listens in the data directory, which is the user's own."""
    assert [file.name for file in tmp_path.iterdir() if file.is_socket()] == ["window.socket"]


def test_a_folder_that_takes_no_socket(qtbot: QtBot, tmp_path: Path) -> None:
    root = tmp_path / ("long" * 30)
    instance = SingleInstance(root)
    assert instance.claim()
    with qtbot.waitSignal(instance.show_requested, timeout=10_000):
        thread = call(root, [])
    thread.join(10)
    instance.release()


def test_a_start_at_the_same_moment_waits_until_the_other_listens(
    qtbot: QtBot, tmp_path: Path
) -> None:
    answers: list[bool] = []
    other = threading.Thread(
        target=lambda: answers.append(SingleInstance(tmp_path).call_starting())
    )
    other.start()
    qtbot.wait(300)
    first = SingleInstance(tmp_path)
    with qtbot.waitSignal(first.show_requested, timeout=10_000):
        assert first.claim()
    other.join(10)
    first.release()
    assert answers == [True]
