"""Real sound server, real model: what is played is captioned, each track with its own words."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures_sound import SoundServer

from desktop.app.application import Application
from desktop.events import (
    Event,
    LedgerUpdated,
    SessionFinished,
    SourceChanged,
    SourceState,
    Track,
    WordsCommitted,
)
from desktop.paths import Paths
from desktop.records import SessionState
from tests.speech import SpeechMaker, error_rate

PLAYED_S = 8.0


@pytest.fixture
def settings_file(home: Path, whisper_fixture_path: Path) -> Path:
    """Settings that name the model; the language is found by listening."""
    home.mkdir(parents=True)
    settings = {
        "audio": {"source": "both"},
        "recognition": {"model": str(whisper_fixture_path), "language": "auto", "threads": 1},
        "interface": {"language": "en"},
    }
    path = home / "settings.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def test_a_korean_microphone_and_an_english_computer(
    sound_server: SoundServer,
    speech: SpeechMaker,
    settings_file: Path,
    wait_until: Callable[..., None],
) -> None:
    mine, theirs = speech.stream("ko", PLAYED_S, seed=1), speech.stream("en", PLAYED_S, seed=1)
    application = Application.open(Paths(settings_file.parent))
    events: list[Event] = []
    application.bus.subscribe(events.append)
    stop = threading.Event()
    worker = threading.Thread(target=application.worker.run, args=(stop,), name="recogniser")
    application.start()
    worker.start()

    def live(track: Track) -> bool:
        states = [e.state for e in events if isinstance(e, SourceChanged) and e.track is track]
        return SourceState.LIVE in states

    try:
        wait_until(lambda: application.worker.recogniser, 60)
        application.start_capture()
        wait_until(lambda: live(Track.MIC) and live(Track.SYSTEM), 20)
        sound_server.play("micsink", mine.samples)
        sound_server.play("speaker", theirs.samples)
        wait_until(lambda: _heard_s(events) >= PLAYED_S + 1.0, 30)
        application.stop_capture()
        wait_until(lambda: any(isinstance(e, SessionFinished) for e in events), 60)
        (record,) = application.sessions()
        assert record.state is SessionState.FINISHED
        lines = application.segments(record.session_id)
        for track, made, language in (
            (Track.MIC, mine, "ko"),
            (Track.SYSTEM, theirs, "en"),
        ):
            heard = " ".join(line.text for line in lines if line.track is track)
            assert error_rate(made.text, heard, language) <= 0.2, heard
            last = [e for e in events if isinstance(e, LedgerUpdated) and e.track is track][-1]
            assert last.pending_samples == 0
            assert last.transcribed_samples + last.silence_samples == last.timeline_samples
        assert any(isinstance(e, WordsCommitted) for e in events)
    finally:
        application.close()
        stop.set()
        application.worker.wake()
        worker.join()
        application.close_store()


def _heard_s(events: list[Event]) -> float:
    """How long sound has been coming, on the shorter track, since something was said."""
    spoken = [e for e in events if isinstance(e, WordsCommitted)]
    ledgers = [e for e in events if isinstance(e, LedgerUpdated)]
    if not spoken or not ledgers:
        return 0.0
    first_s = min(word.start_s for event in spoken for word in event.words)
    return ledgers[-1].timeline_samples / 16_000 - first_s
