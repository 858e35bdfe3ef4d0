"""Stored transcripts over the API: all that is kept of them, and captions go on meanwhile."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from typing import Any

import pytest
from mirror_site import Site

from desktop import events as ev
from desktop.records import TrackRecord
from desktop.services.web import routes


def stored(site: Site) -> str:
    store = site.application._store
    number = store.create_session(
        title="예산", tracks=[TrackRecord(ev.Track.MIC, "나", "", "ko", 1.0)], model="m",
        started_wall_s=time.time(),
    )  # fmt: skip
    word = ev.Word(" 예산", 1.0, 2.0, 0.5)
    line = ev.SegmentCommitted(
        ev.Track.MIC, 1, 1.0, 2.0, 2.0, time.time(), "예산", (word,), "ko", 0.5
    )
    store.append_segment(number, line)
    return number


def test_a_transcript_has_every_field_of_its_lines(site: Site) -> None:
    number = stored(site)
    (line,) = json.loads(site.ask("GET", f"/api/sessions/{number}").body)["lines"]
    (record,) = site.application.segments(number)
    assert line == json.loads(json.dumps(dataclasses.asdict(record)))
    (session,) = json.loads(site.ask("GET", "/api/sessions").body)["sessions"]
    (kept,) = site.application.sessions()
    assert session == json.loads(json.dumps(dataclasses.asdict(kept))) | {"activity": "interrupted"}


def test_long_transcripts_are_not_written_where_captions_are_served(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = stored(site)
    threads: list[str] = []
    written = routes.records_json

    def note(value: Any) -> bytes:
        threads.append(threading.current_thread().name)
        return written(value)

    monkeypatch.setattr(routes, "records_json", note)
    for path in ("/api/sessions", f"/api/sessions/{number}"):
        assert site.ask("GET", path).status == 200
    assert len(threads) == 2
    assert "web" not in threads
