"""Keywords as a table or as data, for other programs.  Pure, any thread."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from desktop.errors import StorageError
from desktop.records import KeywordEntry
from desktop.ui.models.transcript_line import clock

COLUMNS = ("keyword", "category", "importance", "count", "first", "last", "times")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (faults: D68)."""
    bare = text.lstrip(" \u00a0\ufeff\u3000")
    return f"'{text}" if bare.startswith(_STARTS_FORMULA) else text


def to_csv(entries: Iterable[KeywordEntry]) -> str:
    """A table with one keyword a row; times are ``m:ss``."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        times = " ".join(clock(place.start_s) for place in entry.occurrences)
        writer.writerow(
            [
                safe_cell(entry.text.replace("\x00", "")),
                entry.category.value,
                f"{entry.importance:.3f}",
                entry.count,
                clock(entry.first_s),
                clock(entry.last_s),
                times,
            ]
        )
    return out.getvalue()


def to_json(entries: Iterable[KeywordEntry]) -> str:
    """A list of objects; times are seconds."""
    rows = [
        {
            "keyword": entry.text,
            "category": entry.category.value,
            "importance": entry.importance,
            "count": entry.count,
            "first_s": entry.first_s,
            "last_s": entry.last_s,
            "pinned": entry.pinned,
            "occurrences": [
                {"segment_id": place.segment_id, "start_s": place.start_s, "count": place.count}
                for place in entry.occurrences
            ],
        }
        for entry in entries
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def write(entries: Sequence[KeywordEntry], target: Path, format_name: str) -> Path:
    """Writes "csv" (with a byte order mark, so that Excel reads Korean) or "json".

    Raises:
        StorageError: the file cannot be written.
    """
    target = target.with_name(f"{target.name}.{format_name}") if not target.suffix else target
    try:
        if format_name == "csv":
            target.write_text(to_csv(entries), encoding="utf-8-sig", newline="")
        else:
            target.write_text(to_json(entries), encoding="utf-8", newline="")
    except OSError as error:
        raise StorageError(
            f"The keywords could not be written to {target}: {error.strerror or error}",
            hint="Choose another folder or free some space.",
            code="storage.export",
        ) from error
    return target
