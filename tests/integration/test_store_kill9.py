"""A real writer, really killed: what it was told is on disk is on disk (faults: S39)."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desktop.engine.store import TranscriptStore

# Prints a number only after the store returned for it.  Reads on from where the last one stopped.
WRITER = """
import os, sys
from pathlib import Path
from desktop.engine.store import TranscriptStore
from desktop.events import SegmentCommitted, Track, Word
from desktop.records import TrackRecord

store = TranscriptStore.open(Path(sys.argv[1]))
if not store.sessions():
    track = TrackRecord(Track.MIC, "me", "default", "ko", 0.0)
    store.create_session(
        title="meeting", tracks=[track], model="m", started_wall_s=1.7e9, session_id="s"
    )
sequence = store.last_sequence("s")
os.write(1, b"0\\n")
while True:
    sequence += 1
    text = f"정기회의 {sequence} " + "가나다라 " * (sequence % 40)
    words = tuple(Word(w, sequence + 0.0, sequence + 1.0, 0.9) for w in text.split())
    store.append_segment(
        "s",
        SegmentCommitted(
            track=Track.MIC, sequence=sequence, start_s=float(sequence), end_s=sequence + 1.0,
            audio_s=sequence + 1.0, wall_s=0.0, text=text, words=words, language="ko",
            confidence=0.9,
        ),
        progress_samples=sequence * 16000,
    )
    os.write(1, b"%d\\n" % sequence)
    if sequence % 50 == 0:
        store.edit_segment(store.segments("s")[-1].segment_id, "고친 문장")
"""


def kill_once(path: Path, after_s: float) -> int:
    """Runs the writer, kills it `after_s` after it is ready; returns the last acknowledged line."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    with writer.stdout, writer.stderr:
        assert writer.stdout.readline() == b"0\n", writer.stderr.read().decode()
        time.sleep(after_s)
        writer.kill()
        told = [line for line in writer.stdout.read().split(b"\n")[:-1] if line]
    writer.wait()
    return int(told[-1]) if told else 0


def rounds(path: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged = 0
    for number in range(count):
        acknowledged = max(acknowledged, kill_once(path, chance.uniform(0.0, 0.15)))
        if number % 5 < 4 and number < count - 1:
            continue  # mostly the next writer itself meets what the kill left
        with TranscriptStore.open(path) as store:
            assert store.verify() == []
            lines = [line.sequence for line in store.segments("s")]
            assert lines == list(range(1, len(lines) + 1))
            assert len(lines) >= acknowledged
            assert set(store.progress("s").values()) == {16000 * len(lines)}
            assert [r.session_id for r in store.recoverable_sessions()] == ["s"]
            assert len(store.search("정기회의", limit=10**6)) >= len(lines) * 49 // 50 - 1
            before = len(lines)
    assert before >= acknowledged > 0


def test_killed_while_writing(tmp_path: Path) -> None:
    """faults: S39: acknowledged lines survive, none twice, progress moves with its line."""
    rounds(tmp_path / "transcripts.db", 15, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_a_thousand_times(tmp_path: Path) -> None:
    """faults: S39"""
    for part in range(20):  # fresh files, so that young and old databases both meet it
        rounds(tmp_path / str(part) / "transcripts.db", 50, seed=part)
