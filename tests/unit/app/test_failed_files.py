"""Several files that fail are told together, and none hides another."""

from __future__ import annotations

from pathlib import Path

from desktop.app.failed_files import NAMED, TOGETHER_S, FailedFiles
from desktop.errors import MediaError
from desktop.ui.messages import Messages


def _error(name: str) -> MediaError:
    return MediaError(
        f"“{name}” is empty (0 bytes).", hint="Get the file again.", code="media.empty"
    )


def test_one_failure_says_what_it_is() -> None:
    told = FailedFiles().add(Path("/in/a.wav"), _error("a.wav"))
    assert (told.message, told.hint) == ("“a.wav” is empty (0 bytes).", "Get the file again.")


def test_failures_of_one_drop_are_told_together() -> None:
    failed = FailedFiles(lambda: 100.0)
    names = [f"{number}.wav" for number in range(NAMED + 2)]
    told = [failed.add(Path("/in", name), _error(name)) for name in names]
    assert told[1].message == "2 files could not be transcribed: 0.wav, 1.wav."
    assert (
        told[-1].message
        == "7 files could not be transcribed: 0.wav, 1.wav, 2.wav, 3.wav, 4.wav, …."
    )
    assert told[-1].hint == "The last one: “6.wav” is empty (0 bytes). Get the file again."
    assert Messages("ko").translate(told[-1].hint).startswith("마지막 파일: ‘6.wav’ 파일이 비어")
    assert Messages("ko").translate(told[1].message) == (
        "파일 2개를 받아쓰지 못했습니다: 0.wav, 1.wav."
    )


def test_what_failed_long_ago_is_not_told_again() -> None:
    now_s = [100.0]
    failed = FailedFiles(lambda: now_s[0])
    failed.add(Path("/in/a.wav"), _error("a.wav"))
    now_s[0] += TOGETHER_S + 1.0
    assert failed.add(Path("/in/b.wav"), _error("b.wav")).message == "“b.wav” is empty (0 bytes)."


def test_a_file_that_is_tried_again_is_forgotten() -> None:
    failed = FailedFiles(lambda: 100.0)
    failed.add(Path("/in/a.wav"), _error("a.wav"))
    failed.add(Path("/in/b.wav"), _error("b.wav"))
    assert not failed.forget(Path("/in/none.wav"))
    assert not failed.forget(Path("/in/a.wav"))
    assert failed.forget(Path("/in/b.wav"))
