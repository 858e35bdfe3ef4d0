"""The log file is never in anybody's way."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import logs


@pytest.fixture(autouse=True)
def handlers_put_back() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if handler not in before:
            with contextlib.suppress(OSError):  # what could not be written is still there
                handler.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a file that is always full")
def test_a_full_disk_shows_nobody_a_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """faults: S40"""
    (tmp_path / "malgeul.log").symlink_to("/dev/full")
    logs.configure(tmp_path, console=False)
    logging.getLogger("desktop.x").info("said in vain")
    assert capfd.readouterr().err == ""


def lines_of(*files: Path) -> list[str]:
    return [line.rsplit(" ", 1)[-1] for file in files for line in file.read_text().splitlines()]


def say(*words: str) -> None:
    for word in words:
        logging.getLogger("desktop.x").info(word)


def test_a_log_that_cannot_be_rotated_loses_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where another process has the file open."""

    def refuse(_log: object, source: str, _dest: str) -> None:
        raise PermissionError(errno.EACCES, "used by another process", source)

    monkeypatch.setattr(logs, "_MAX_BYTES", 200)
    rotate = logs._LogFile.rotate
    monkeypatch.setattr(logs._LogFile, "rotate", refuse)
    logs.configure(tmp_path, console=False)
    words = [f"w{number}" for number in range(30)]
    say(*words)
    assert lines_of(tmp_path / "malgeul.log") == words
    monkeypatch.setattr(logs._LogFile, "rotate", rotate)
    logs.configure(tmp_path, console=False)
    say("after")
    assert lines_of(tmp_path / "malgeul.log.1", tmp_path / "malgeul.log") == [*words, "after"]


_WRITES = """
import logging, sys
from pathlib import Path
from desktop import logs
logs._MAX_BYTES, logs._KEPT = 1_000, 60
logs.configure(Path(sys.argv[1]), name=logs.COMMANDS, console=False)
for line in sys.stdin:
    logging.getLogger("desktop.x").info(line.strip())
    print("said", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="a file that is open gets no other name elsewhere")
def test_two_processes_that_share_a_log_write_into_the_newest_file(tmp_path: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITES, str(tmp_path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    words = [f"w{number}" for number in range(120)]
    for number, word in enumerate(words):
        one = both[number % 2]
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdin.write(word + "\n")
        one.stdin.flush()
        assert one.stdout.readline() == "said\n"
    for one in both:
        one.communicate(timeout=60)
    rotated = sorted(tmp_path.glob("commands.log.*"), key=lambda p: -int(p.suffix[1:]))
    assert len(rotated) > 3
    assert all(file.stat().st_size > 800 for file in rotated)  # none was put away half empty
    assert lines_of(*rotated, tmp_path / "commands.log") == words


def test_the_window_the_answers_and_the_commands_have_a_file_each(tmp_path: Path) -> None:
    for name in (logs.WINDOW, logs.ANSWERS, logs.COMMANDS):
        logs.configure(tmp_path, name=name, console=False)
        assert logs.current_file() == tmp_path / f"{name}.log"
        say(name)
    for name in (logs.WINDOW, logs.ANSWERS, logs.COMMANDS):
        assert lines_of(tmp_path / f"{name}.log") == [name]
