"""The `sessions` commands on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.engine.store.store import TranscriptStore
from desktop.events import SegmentCommitted, SegmentSuppressed, Track, Word
from desktop.paths import Paths
from desktop.records import TrackRecord
from desktop.services.documents.library import Spoken
from desktop.services.rag.opening import Documents
from desktop.services.rag.surroundings import Surroundings

FIRST, SECOND = "20260101-100000-aaaa1111", "20260102-100000-bbbb2222"
Run = Callable[..., Any]


def _line(track: Track, sequence: int, start_s: float, text: str) -> SegmentCommitted:
    words = tuple(
        Word(" " + word, start_s + i * 0.5, start_s + i * 0.5 + 0.4, 0.9)
        for i, word in enumerate(text.split())
    )
    end_s = start_s + 2.0
    return SegmentCommitted(
        track, sequence, start_s, end_s, end_s, 0.0, text, words, "ko", 0.9
    )  # fmt: skip


@pytest.fixture
def library(home: Path) -> Path:
    """Two sessions; the newer one has two tracks."""
    home.mkdir(parents=True)
    with TranscriptStore.open(home / "transcripts.db") as store:
        for session_id, title, tracks in (
            (FIRST, "주간 회의", (Track.MIC,)),
            (SECOND, "Budget talk", (Track.MIC, Track.SYSTEM)),
        ):
            store.create_session(
                title=title,
                tracks=[
                    TrackRecord(t, {"mic": "나", "system": "상대"}[t.value], "", "ko", 0.0)
                    for t in tracks
                ],
                model="basic",
                started_wall_s=1.77e9 + int(session_id[7]),
                session_id=session_id,
            )
        store.append_segment(FIRST, _line(Track.MIC, 1, 1.0, "내년 예산안을 검토했습니다"))
        store.append_segment(SECOND, _line(Track.SYSTEM, 1, 65.0, "We agreed on the budget"))
        store.append_segment(SECOND, _line(Track.MIC, 2, 70.0, "좋습니다"))
        store.finish_session(FIRST, 12.0)
        store.finish_session(SECOND, 75.0)
    return home


def test_nothing_yet(malgeul: Run) -> None:
    outcome = malgeul("sessions", "list")
    assert (outcome.code, outcome.out) == (0, "")
    assert "No sessions yet" in outcome.err
    assert json.loads(malgeul("sessions", "list", "--json").out) == []


def test_list_is_newest_first(malgeul: Run, library: Path) -> None:
    outcome = malgeul("sessions", "list")
    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert [line.split()[0] for line in lines] == ["SESSION", SECOND, FIRST]
    assert "1:15" in lines[1]
    assert "주간 회의" in lines[2]


def test_list_as_json(malgeul: Run, library: Path) -> None:
    found = json.loads(malgeul("sessions", "list", "--json", "--limit", "1").out)
    assert [record["session_id"] for record in found] == [SECOND]
    assert found[0]["segment_count"] == 2


def test_show_names_speakers_where_there_are_several(malgeul: Run, library: Path) -> None:
    assert malgeul("sessions", "show", "last").out == (
        "[1:05] 상대: We agreed on the budget\n[1:10] 나: 좋습니다\n"
    )
    assert malgeul("sessions", "show", FIRST[:10]).out == "[0:01] 내년 예산안을 검토했습니다\n"


def _hold_back(home: Path, count: int, session_id: str = SECOND) -> list[int]:
    with TranscriptStore.open(home / "transcripts.db") as store:
        return [
            store.append_suppressed(session_id, _doubtful(float(number))) for number in range(count)
        ]


def _doubtful(start_s: float) -> SegmentSuppressed:
    end_s = start_s + 1.0
    return SegmentSuppressed(
        Track.MIC, start_s, end_s, end_s, 0.0, "감사합니다", (), "ko", 0.2, "phrase"
    )


def test_show_tells_of_lines_that_are_held_back(malgeul: Run, library: Path) -> None:
    first, _ = _hold_back(library, 2)
    outcome = malgeul("sessions", "show", "last")
    assert outcome.out.count("\n") == 2
    assert outcome.err.startswith("2 doubtful lines are held back.\n  --json shows")
    assert malgeul("sessions", "show", "last", "-q").err == ""
    shown = json.loads(malgeul("sessions", "show", "last", "--json").out)
    assert [line["text"] for line in shown["suppressed"]] == ["감사합니다"] * 2
    with TranscriptStore.open(library / "transcripts.db") as store:
        store.restore_suppressed(first)
    assert "1 doubtful line is held back." in malgeul("sessions", "show", "last").err


@pytest.mark.parametrize("count", [0, 1])
def test_a_session_without_lines_says_what_it_has(malgeul: Run, library: Path, count: int) -> None:
    empty = "20260103-100000-cccc3333"
    with TranscriptStore.open(library / "transcripts.db") as store:
        store.create_session(
            title="", tracks=[TrackRecord(Track.MIC, "나", "", "ko", 0.0)], model="basic",
            started_wall_s=1.78e9, session_id=empty,
        )  # fmt: skip
        store.finish_session(empty, 3.0)
    _hold_back(library, count, empty)
    outcome = malgeul("sessions", "show", empty)
    assert (outcome.code, outcome.out) == (0, "")
    said = outcome.err.splitlines()[0]
    assert said == (
        "The session has no lines but 1 doubtful line is held back."
        if count
        else "The session has no lines."
    )


def test_show_as_json_holds_words(malgeul: Run, library: Path) -> None:
    shown = json.loads(malgeul("sessions", "show", SECOND, "--json").out)
    assert shown["segments"][0]["words"][0]["text"].strip() == "We"
    assert shown["gaps"] == []


@pytest.mark.parametrize("wanted", ["nothing", "", "2026010"])
def test_unknown_or_ambiguous_session(malgeul: Run, library: Path, wanted: str) -> None:
    outcome = malgeul("sessions", "show", wanted)
    assert outcome.code == 3
    assert outcome.err.startswith("Error: ")


def test_search_finds_inside_korean_words(malgeul: Run, library: Path) -> None:
    outcome = malgeul("sessions", "search", "예산")
    assert outcome.code == 0
    assert outcome.out == f"{FIRST}  [0:01] 내년 예산안을 검토했습니다\n"
    assert malgeul("sessions", "search", "예산", "--session", SECOND).code == 3
    hits = json.loads(malgeul("sessions", "search", "budget", "--json").out)
    assert hits[0]["matches"]


@pytest.mark.parametrize("name", ["txt", "srt", "vtt", "json", "md"])
def test_export_to_stdout(malgeul: Run, library: Path, name: str) -> None:
    outcome = malgeul("sessions", "export", "last", "--format", name)
    assert outcome.code == 0
    assert "budget" in outcome.out


def test_export_to_a_folder_and_to_a_file(malgeul: Run, library: Path, tmp_path: Path) -> None:
    outcome = malgeul(
        "sessions", "export", "last", "--format", "docx", "-o", str(tmp_path / "minutes")
    )
    written = Path(outcome.out.strip())
    assert written.parent == tmp_path / "minutes"
    assert written.read_bytes()[:2] == b"PK"
    target = tmp_path / "talk.srt"
    assert malgeul("sessions", "export", "last", "--format", "srt", "-o", str(target)).code == 0
    assert "00:01:05,000" in target.read_text(encoding="utf-8")


def test_export_over_a_file_without_an_ending_says_what_to_do(
    malgeul: Run, library: Path, tmp_path: Path
) -> None:
    target = tmp_path / "minutes"
    target.write_text("mine", encoding="utf-8")
    outcome = malgeul("sessions", "export", "last", "-f", "md", "-o", str(target))
    assert (outcome.code, outcome.out) == (6, "")
    assert f"{target} is a file" in outcome.err
    assert target.read_text(encoding="utf-8") == "mine"
    advised = outcome.err.split("--output ")[1].strip()
    assert malgeul("sessions", "export", "last", "-f", "md", "-o", advised).code == 0
    assert (tmp_path / "minutes.md").exists()


def test_delete_needs_a_yes(malgeul: Run, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (library / "sessions" / FIRST).mkdir(parents=True)
    (library / "sessions" / FIRST / "mic.spool").write_bytes(b"sound")
    assert malgeul("sessions", "delete", FIRST).code == 2
    assert malgeul("sessions", "delete", FIRST, "--yes").code == 0
    assert not (library / "sessions" / FIRST).exists()
    assert malgeul("sessions", "show", FIRST).code == 3
    assert len(json.loads(malgeul("sessions", "list", "--json").out)) == 1


def test_a_deleted_meeting_cannot_be_found_in_the_documents(malgeul: Run, library: Path) -> None:
    documents = Documents(Surroundings(Paths(library), lambda _: None)).open()
    try:
        said = [Spoken("The budget is three million.", 1.0)]
        documents.library.add_transcript(FIRST, "Budget", said)
        assert documents.library.wait(60.0)
    finally:
        documents.close()
    assert malgeul("search", "budget").code == 0
    assert malgeul("sessions", "delete", FIRST, "--yes").code == 0
    assert malgeul("search", "budget").code == 3
    assert malgeul("documents", "list").out == ""


def test_reading_works_while_another_malgeul_writes(malgeul: Run, library: Path) -> None:
    """faults: S49 - one writer; readers go on, a second writer is told."""
    with TranscriptStore.open(library / "transcripts.db"):
        assert malgeul("sessions", "list").code == 0
        outcome = malgeul("sessions", "delete", FIRST, "--yes")
    assert outcome.code == 6
    assert "in use" in outcome.err


@pytest.mark.parametrize(
    ("ending", "begins"), [("srt", b"1\n00:"), ("VTT", b"WEBVTT"), ("docx", b"PK")]
)
def test_the_ending_of_the_file_says_the_format(
    malgeul: Run, library: Path, tmp_path: Path, ending: str, begins: bytes
) -> None:
    target = tmp_path / f"minutes.{ending}"
    assert malgeul("sessions", "export", "last", "-o", str(target)).code == 0
    assert target.read_bytes().startswith(begins)
    assert malgeul("sessions", "export", "last", "-f", "txt", "-o", str(target)).code == 0
    assert target.read_text(encoding="utf-8").startswith("[0:01:05]")


def test_what_a_search_leaves_out_is_said(malgeul: Run, library: Path) -> None:
    with TranscriptStore.open(library / "transcripts.db") as store:
        for number in range(3, 8):
            store.append_segment(FIRST, _line(Track.MIC, number, number * 1.6, "예산"))
    some = malgeul("sessions", "search", "예산", "--limit", "4")
    assert some.out.count("\n") == 4
    assert "more than these 4" in some.err
    every = malgeul("sessions", "search", "예산", "--limit", "6")
    assert (every.out.count("\n"), every.err) == (6, "")
    assert "[0:04] 예산" in every.out  # 4.8 s: as exports say it


def test_no_session_at_all_is_said(malgeul: Run, library: Path) -> None:
    malgeul("sessions", "delete", FIRST, SECOND, "--yes")
    assert malgeul("sessions", "show", "last").err == "Error: No sessions yet.\n"


def test_a_lost_database_is_not_called_empty(malgeul: Run, library: Path) -> None:
    """faults: S46"""
    (library / "transcripts.db").unlink()
    for command in (("list",), ("search", "예산"), ("recover",), ("delete", "last", "-y")):
        outcome = malgeul("sessions", *command)
        assert outcome.code == 6, command
        assert "missing or empty" in outcome.err
