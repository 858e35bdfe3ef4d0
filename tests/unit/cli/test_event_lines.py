"""Each event as a line of JSON that begins alike."""

from __future__ import annotations

import json
import time

from desktop.cli.event_lines import EventLines
from desktop.events import (
    Event,
    LedgerUpdated,
    NoticeCleared,
    NoticeRaised,
    SegmentCommitted,
    SessionFinished,
    SessionStarted,
    Severity,
    Track,
    Word,
)

SAID = SegmentCommitted(
    Track.MIC, 1, 1.0, 2.5, 2.5, 7.0, "회의", (Word("회의", 1.0, 2.5, 0.9),), "ko", 0.9
)
NOTICE = NoticeRaised(Severity.WARNING, "disk", "Little room is left.")


def _places(*events: Event) -> list[float]:
    lines = EventLines()
    return [json.loads(lines.line(event))["audio_s"] for event in events]


def test_what_an_event_says_itself_stands() -> None:
    line = json.loads(EventLines().line(SAID))
    assert list(line)[:5] == ["type", "audio_s", "wall_s", "text", "words"]
    assert (line["audio_s"], line["wall_s"], line["text"]) == (2.5, 7.0, "회의")
    assert line["words"][0] == {"text": "회의", "start_s": 1.0, "end_s": 2.5, "probability": 0.9}
    assert line["sequence"] == 1


def test_what_it_lacks_is_where_recognition_is_and_now() -> None:
    lines, began = EventLines(), time.time()
    lines.line(SAID)
    line = json.loads(lines.line(NOTICE))
    assert list(line)[:5] == ["type", "audio_s", "wall_s", "text", "words"]
    assert (line["audio_s"], line["text"], line["words"]) == (2.5, "", [])
    assert began <= line["wall_s"] <= time.time()
    assert line["message"] == "Little room is left."


def test_silence_that_was_recognised_counts_and_sound_that_waits_does_not() -> None:
    ledger = LedgerUpdated(Track.MIC, 160_000, 160_000, 0, 0, 64_000, 96_000)
    assert _places(NOTICE, ledger, SAID, NOTICE) == [0.0, 4.0, 2.5, 4.0]


def test_each_session_begins_at_0() -> None:
    start = SessionStarted("a", "", (Track.FILE,), 1.0)
    end = SessionFinished("a", 30.0, 2.0)
    assert _places(start, SAID, end, start, NoticeCleared("disk")) == [0.0, 2.5, 30.0, 0.0, 0.0]
