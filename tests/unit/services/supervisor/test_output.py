"""Output: lines, caps, rotation, budget, redaction, fatal signs."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.supervisor import output
from desktop.services.supervisor.output import Redactor, RotatingFile, ServiceOutput
from desktop.services.supervisor.spec import FatalSign

SECRET = "s3cr3t-Value_0123456789abcdef"


def make(
    path: Path, *, secrets: tuple[str, ...] = (), clock: list[float] | None = None
) -> ServiceOutput:
    redact = Redactor(secrets)
    now = clock or [0.0]
    signs = (FatalSign(re.compile("out of memory"), "no memory", "smaller"),)
    return ServiceOutput(
        path, redact=redact, keep_bytes=redact.longest, fatal_signs=signs, clock=lambda: now[0]
    )


def test_lines_reach_the_tail_and_the_file(tmp_path: Path) -> None:
    out = make(tmp_path / "a.log")
    out.feed(b"one\r\ntw")
    out.feed(b"o\nprogress 1%\rprogress 2%\rla")
    assert out.tail() == ["one", "two", "progress 1%", "progress 2%"]
    out.end()
    assert out.tail(2) == ["progress 2%", "la"]
    lines = (tmp_path / "a.log").read_text().splitlines()
    assert [line[20:] for line in lines] == out.tail()
    assert stat.S_IMODE((tmp_path / "a.log").stat().st_mode) == 0o600


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_bytes_in_any_pieces_are_the_same_lines(pieces: list[bytes]) -> None:
    """faults: P15"""
    whole, parts = make(Path("/dev/null/none")), make(Path("/dev/null/none"))
    for each in (whole, parts):
        each._file._broken = True  # only the tail is looked at
    data = b"".join(pieces).replace(b"\r", b"")
    whole.feed(data)
    at = 0
    for piece in pieces:
        parts.feed(data[at : at + len(piece)])
        at += len(piece)
    parts.feed(data[at:])
    whole.end()
    parts.end()
    assert whole.tail() == parts.tail()


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    """faults: P14"""
    out = make(tmp_path / "a.log")
    for _ in range(100):
        out.feed(b"x" * 100_000)
    out.feed(b"\nnext\n")
    assert out.tail()[1] == "next"
    assert out.tail()[0].startswith("x" * output.LINE_BYTES + " ... [")
    assert (tmp_path / "a.log").stat().st_size < 10_000


def test_files_rotate_and_stay_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """faults: P14"""
    monkeypatch.setattr(output, "FILE_BYTES", 1000)
    file = RotatingFile(tmp_path / "a.log")
    for number in range(100):
        file.write(b"%098d\n" % number)
    file.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["a.log", "a.log.1", "a.log.2"]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert int((tmp_path / "a.log").read_text().splitlines()[-1]) == 99


def test_a_flood_of_lines_is_counted_not_written(tmp_path: Path) -> None:
    """faults: P14"""
    clock = [0.0]
    out = make(tmp_path / "a.log", clock=clock)
    block = b"a line of output that comes again and again\n" * 1000
    for _ in range(500):
        out.feed(block)
    written = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert written < output.BUDGET_BYTES * 1.6
    assert out.fatal is None
    out.feed(block + b"RuntimeError: out of memory\n" + block)
    assert out.fatal is not None, "what is left out is still looked through"
    clock[0] = 60.0
    out.feed(b"calm again\n")
    out.end()
    tail = (tmp_path / "a.log").read_text().splitlines()[-2:]
    assert re.fullmatch(r"-- \[\d+ lines left out: too many at once\]", tail[0])
    assert tail[1].endswith("calm again")


def test_a_disk_that_refuses_costs_only_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = make(tmp_path / "file" / "a.log")
    out.feed(b"one\ntwo\n")
    assert out.tail() == ["one", "two"]


@pytest.mark.parametrize(
    "line",
    [
        f"key is {SECRET}.",
        "Authorization: Bearer abcdefghijkl",
        "api_key='abcdefghijkl'",
        'API-KEY: "abcdefghijkl"',
        "requirepass abcdefghijkl",
        '{"password": "abcdefghijkl"}',
    ],
)
def test_secrets_are_replaced(tmp_path: Path, line: str) -> None:
    """faults: P21"""
    out = make(tmp_path / "a.log", secrets=(SECRET,))
    out.feed(line.encode() + b"\n")
    out.end()
    for text in (out.tail()[0], (tmp_path / "a.log").read_text()):
        assert SECRET not in text
        assert "abcdefghijkl" not in text
        assert "[redacted]" in text


@given(st.integers(0, output.LINE_BYTES + 40), st.integers(1, 4000))
def test_no_secret_at_any_place_or_cut(before: int, piece: int) -> None:
    """faults: P21"""
    out = make(Path("/dev/null/none"), secrets=(SECRET,))
    out._file._broken = True
    data = b"." * before + SECRET.encode() + b"." * 100 + b"\n"
    for at in range(0, len(data), piece):
        out.feed(data[at : at + piece])
    assert SECRET[:12] not in out.tail()[0]


def test_fatal_signs_are_remembered_until_the_next_start(tmp_path: Path) -> None:
    """faults: P11"""
    out = make(tmp_path / "a.log")
    out.feed(b"fine\nRuntimeError: out of memory\nmore\n")
    assert out.fatal is not None
    assert out.fatal.reason == "no memory"
    out.begin()
    assert out.fatal is None
    out.end()


def test_terminal_codes_do_not_reach_a_window(tmp_path: Path) -> None:
    out = make(tmp_path / "a.log")
    out.feed(b"\x1b[31mred\x1b[0m \x07bell\x00\n")
    assert out.tail() == ["red bell"]
    out.end()
