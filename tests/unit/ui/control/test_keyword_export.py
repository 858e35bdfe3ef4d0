"""Keywords as a table and as data."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from desktop.errors import StorageError
from desktop.events import KeywordCategory, KeywordOccurrence
from desktop.records import KeywordEntry
from desktop.ui.control.keyword_export import safe_cell, to_csv, to_json, write


def entry(text: str) -> KeywordEntry:
    places = (KeywordOccurrence(3, 61.0), KeywordOccurrence(9, 3_700.0, 2))
    return KeywordEntry(
        text, text, KeywordCategory.TECHNOLOGY, 0.75, 3, 61.0, 3_700.0, places, pinned=True
    )


@pytest.mark.parametrize(
    "text", ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\ufeff=1", "|x", "%0A"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    """faults: D68"""
    assert safe_cell(text) == f"'{text}"
    cells = [row[0] for row in csv.reader(io.StringIO(to_csv([entry(text)])))]
    assert cells[1].startswith("'")


def test_other_cells_stay_as_they_are() -> None:
    rows = list(csv.reader(io.StringIO(to_csv([entry('음성, "인식"')]))))
    assert rows[1] == [
        '음성, "인식"',
        "technology",
        "0.750",
        "3",
        "1:01",
        "1:01:40",
        "1:01 1:01:40",
    ]


def test_data_holds_every_place() -> None:
    row = json.loads(to_json([entry("=x")]))[0]
    assert row["keyword"] == "=x"  # no spreadsheet reads JSON
    assert row["occurrences"][1] == {"segment_id": 9, "start_s": 3_700.0, "count": 2}


def test_files_are_written_or_the_reason_told(tmp_path: Path) -> None:
    table = write([entry("예산")], tmp_path / "a", "csv")
    assert table.name == "a.csv"
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    assert json.loads(write([entry("예산")], tmp_path / "b.json", "json").read_text("utf-8"))
    with pytest.raises(StorageError, match="could not be written"):
        write([entry("예산")], tmp_path / "none" / "c.csv", "csv")
