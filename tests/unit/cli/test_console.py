"""What commands print, and where."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len

from desktop.cli.console import Console, amount, clock, printable, size
from desktop.errors import ModelError
from desktop.events import ProgressReported


def _progress(done: float, *, finished: bool = False) -> ProgressReported:
    return ProgressReported("file:1", "talk.mp3", done, 100.0, "s", finished)


def test_results_go_to_stdout_and_notes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.result("말글")
    console.note("working")
    out, err = capfd.readouterr()
    assert (out, err) == ("말글\n", "working\n")


def test_quiet_keeps_results_and_errors(capfd: pytest.CaptureFixture[str]) -> None:
    console = Console(quiet=True)
    console.note("working")
    console.warn("nearly full")
    console.error(ModelError("No model.", hint="Fetch one.\nOr import one."))
    console.result("done")
    out, err = capfd.readouterr()
    assert out == "done\n"
    assert err == "Error: No model.\n  Fetch one.\n  Or import one.\n"


def test_json_keeps_korean_readable(capfd: pytest.CaptureFixture[str]) -> None:
    Console().result_json({"text": "안녕하세요"})
    out = capfd.readouterr().out
    assert "안녕하세요" in out
    assert json.loads(out) == {"text": "안녕하세요"}


def test_tables_align_korean(capfd: pytest.CaptureFixture[str]) -> None:
    Console().table(("A", "B"), [("가나다", "x"), ("ab", "y")])
    lines = capfd.readouterr().out.splitlines()
    assert len({cell_len(line) for line in lines}) == 1


def test_progress_without_a_terminal_is_a_few_plain_lines(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Console().progress() as view:
        for done in range(101):
            view(_progress(float(done)))
        view(_progress(100.0, finished=True))
    out, err = capfd.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert 10 <= len(lines) <= 12
    assert lines[0] == "talk.mp3: 0% (0:00 of 1:40)"
    assert lines[-1] == "talk.mp3: 100% (1:40 of 1:40)"


def test_progress_is_silent_when_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    with Console(quiet=True).progress() as view:
        view(_progress(50.0))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0 B"), (999, "999 B"), (1_500_000, "2 MB"), (1.62e9, "1.6 GB")]
)
def test_size(value: float, shown: str) -> None:
    assert size(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3725.2, "1:02:05")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_amount_uses_the_unit_of_the_work() -> None:
    assert amount(ProgressReported("m", "turbo", 5e8, 1.6e9, "B")) == "500 MB of 1.6 GB"
    assert amount(ProgressReported("m", "x", 3, 7, "files")) == "3 of 7 files"


def test_a_files_name_cannot_steer_the_terminal() -> None:
    assert printable("회의록 2024.pdf") == "회의록 2024.pdf"
    assert printable("a\x1b]0;title\x07\u202eb\n") == "a\ufffd]0;title\ufffd\ufffdb\ufffd"


def test_names_cannot_steer_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """The names of files are written by strangers."""
    steering = "a\x1b[2J\rb\u202egpj"
    console = Console()
    console.note(f"{steering}\nnext")
    console.error(ModelError(f"No {steering}.", hint=f"Remove {steering}."))
    console.table(("NAME",), [(steering,)])
    with console.progress() as view:
        view(ProgressReported("x", steering, 1.0, 1.0, "s", True))
    out, err = capfd.readouterr()
    for letter in ("\x1b", "\r", "\u202e"):
        assert letter not in out + err
    assert len(err.splitlines()) == 6  # a hint has lines, the rest has none of its own


@pytest.mark.parametrize(
    "text", ["회의 녹음", "예산\u3000안", "a\xa0b", "👩\u200d👧", "\udcff.wav"]
)
def test_what_is_only_unusual_stays(text: str) -> None:
    assert printable(text) == text


def test_a_report_that_nobody_reads_ends_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("desktop.cli.console.write_out", closed)
    Console().report("one")
    with pytest.raises(BrokenPipeError):
        Console().result("one")
