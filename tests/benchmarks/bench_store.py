"""How fast the transcript store is: commits, opening a long session, search in 100,000 lines.

Run: ``python tests/benchmarks/bench_store.py [--lines N]``; prints one JSON object.  Also a test
marked ``benchmark`` (``pytest -m benchmark tests/benchmarks/bench_store.py``).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from desktop.engine.store import TranscriptStore, export, lines
from desktop.events import SegmentCommitted, Track, Word
from desktop.records import TrackRecord

SYLLABLES = "가나다라마바사아자차카타파하회의시간일정예산검토확인서버모델자막기록발표질문답변결과"
LATIN = ("GPU", "server", "budget", "model", "release", "review", "deadline", "API")
QUERIES = (
    "회의",
    "의",
    "회의시간",
    "예산 서버",
    "budget",
    "b",
    '"서버 모델"',
    "없는말입니다",
    "회의 GPU",
)


def made_line(sequence: int, chance: random.Random) -> SegmentCommitted:
    parts = [
        chance.choice(LATIN)
        if chance.random() < 0.1
        else "".join(chance.choices(SYLLABLES, k=chance.randint(1, 5)))
        for _ in range(chance.randint(4, 14))
    ]
    start = sequence * 3.0
    words = tuple(
        Word(f" {part}", start + i * 0.2, start + i * 0.2 + 0.19, 0.9)
        for i, part in enumerate(parts)
    )
    return SegmentCommitted(
        track=Track.MIC,
        sequence=sequence,
        start_s=start,
        end_s=start + 2.8,
        audio_s=start + 2.8,
        wall_s=0.0,
        text=" ".join(parts),
        words=words,
        language="ko",
        confidence=0.9,
    )


def timed(work: Callable[[], object], repeats: int = 1) -> float:
    """Median milliseconds."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 2)


def fill(store: TranscriptStore, count: int) -> None:
    """Sessions of 10,000 lines, many lines a transaction: filling is not what is measured."""
    chance = random.Random(1)
    for begin in range(0, count, 10_000):
        session_id = f"s{begin // 10_000}"
        track = TrackRecord(Track.MIC, "me", "", "ko", 0.0)
        store.create_session(
            title="bench", tracks=[track], model="m", started_wall_s=begin, session_id=session_id
        )
        with store._change(session_id) as (connection, key):
            for i in range(1, min(10_000, count - begin) + 1):
                lines.insert(connection, key, made_line(i, chance))


def measure(folder: Path, count: int) -> dict[str, object]:
    path = folder / "transcripts.db"
    chance = random.Random(2)
    store = TranscriptStore.open(path)
    try:
        began = time.perf_counter()
        fill(store, count)
        filled_s = time.perf_counter() - began
        store.close()
        opening_ms = timed(lambda: TranscriptStore.open(path).close(), 3)
        store = TranscriptStore.open(path)
        track = TrackRecord(Track.MIC, "me", "", "ko", 0.0)
        store.create_session(
            title="live", tracks=[track], model="m", started_wall_s=1e9, session_id="live"
        )
        commits = []
        for i in range(1, 301):
            line = made_line(i, chance)
            began = time.perf_counter()
            store.append_segment("live", line, progress_samples=i)
            commits.append((time.perf_counter() - began) * 1000)
        session, long = store.session("s0"), store.segments("s0")
        return {
            "lines": count,
            "database_mib": round(path.stat().st_size / 2**20, 1),
            "fill_lines_per_s": round(count / filled_s),
            "open_store_ms": opening_ms,
            "commit_p50_ms": round(statistics.median(commits), 2),
            "commit_p99_ms": round(sorted(commits)[int(len(commits) * 0.99)], 2),
            "list_sessions_ms": timed(store.sessions, 5),
            f"read_{len(long)}_lines_ms": timed(lambda: store.segments("s0"), 3),
            "search_ms": {q: timed(lambda q=q: store.search(q), 5) for q in QUERIES},
            "search_in_session_ms": timed(lambda: store.search("회의", "s3"), 5),
            "search_hits": {q: len(store.search(q)) for q in QUERIES},
            "export_ms": {
                name: timed(lambda name=name: export.export(session, long, format_name=name))
                for name in export.FORMATS
            },
            "backup_ms": timed(store.backup),
            "verify_ms": timed(store.verify),
            "delete_10000_lines_ms": timed(lambda: store.delete_session("s0")),
        }
    finally:
        store.close()


@pytest.mark.benchmark
def test_measure(tmp_path: Path) -> None:
    print(json.dumps(measure(tmp_path, 20_000), ensure_ascii=False, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), parser.parse_args().lines)
    print(json.dumps(found, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
