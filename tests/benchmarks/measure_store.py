"""The transcript store: commits, search in 100,000 lines, export (from ``bench_store.py``)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import bench_store
from benchmarks.figures import Figure

TITLE = "Transcript store"
NAMES = {
    "open_store_ms": "opening the store",
    "commit_p50_ms": "one line on disk, p50",
    "commit_p99_ms": "one line on disk, p99",
    "list_sessions_ms": "list of sessions",
    "read_10000_lines_ms": "reading a session of 10,000 lines",
    "search_in_session_ms": "search within a session",
    "backup_ms": "verified backup",
    "verify_ms": "integrity check",
    "delete_10000_lines_ms": "deleting 10,000 lines for good",
}


def measure(*, quick: bool = False) -> list[Figure]:
    """100,000 lines, 20,000 in the quick version."""
    count = 20_000 if quick else 100_000
    with tempfile.TemporaryDirectory(prefix="malgeul-store-") as folder:
        found = bench_store.measure(Path(folder), count)
    note = f"{count} lines, {found['database_mib']} MiB"
    figures = [
        Figure(name, float(str(found[key])), "ms", note=note)
        for key, name in NAMES.items()
        if key in found
    ]
    searches = found["search_ms"]
    assert isinstance(searches, dict)
    query, slowest = max(searches.items(), key=lambda pair: pair[1])
    figures.append(Figure("slowest search", slowest, "ms", note=f"“{query}”, {note}"))
    exports = found["export_ms"]
    assert isinstance(exports, dict)
    kind, longest = max(exports.items(), key=lambda pair: pair[1])
    figures.append(Figure("slowest export of 10,000 lines", longest, "ms", note=kind))
    return figures
