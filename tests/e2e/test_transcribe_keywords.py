"""`malgeul transcribe --keywords` from the outside: recognised speech, with its keywords."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.language_model_server import fake_language_model, says

pytestmark = pytest.mark.usefixtures("no_calibration")
Program = Any
Spoken = Callable[[str, str], Path]
ENGLISH = "There is a problem with the marketing budget. The budget is ready."
KOREAN = "다음 회의는 금요일입니다."  # which the model fixture understands


def test_keywords_are_events_of_the_live_path(
    program: Program, spoken: Spoken, whisper_fixture_path: Path
) -> None:
    done = program(
        "transcribe", spoken("en", ENGLISH), "--model", whisper_fixture_path, "--language", "en",
        "--live", "--keywords", "--events",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[-1] == "SessionFinished"
    said = {
        e["segment_id"]: e["text"].casefold() for e in events if e["type"] == "SegmentCommitted"
    }
    found = [event for event in events if event["type"] == "KeywordsFound"]
    assert found
    for event in found:
        assert event["source"] == "basic"
        assert event["latency_s"] >= 0.0
        for keyword in event["keywords"]:
            for place in keyword["occurrences"]:
                assert keyword["text"].casefold() in said[place["segment_id"]]
    assert "budget" in " ".join(k["text"] for e in found for k in e["keywords"])


def test_a_language_model_is_asked_where_there_is_one(
    program: Program, spoken: Spoken, whisper_fixture_path: Path
) -> None:
    entry = {"text": "budget", "category": "other", "importance": 0.7}
    with fake_language_model(says(json.dumps({"keywords": [entry]}))) as server:
        done = program(
            "transcribe", spoken("en", ENGLISH), "--model", whisper_fixture_path,
            "--language", "en", "--live", "--keywords", "--events",
            "--llm", server.url, "--llm-model", "tiny",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    found = [event for event in events if event["type"] == "KeywordsFound"]
    assert "tiny" in {event["source"] for event in found}
    assert server.requests[0]["model"] == "tiny"


def test_a_json_transcript_holds_the_keywords(
    program: Program, spoken: Spoken, whisper_fixture_path: Path, tmp_path: Path
) -> None:
    path = spoken("en", ENGLISH)
    done = program(
        "transcribe", path, "--model", whisper_fixture_path, "--language", "en",
        "--keywords", "--format", "json", "--output", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "out" / f"{path.stem}.json").read_text(encoding="utf-8"))
    numbers = {segment["segment_id"] for segment in content["segments"]}
    assert content["keywords"]
    for keyword in content["keywords"]:
        assert {place["segment_id"] for place in keyword["occurrences"]} <= numbers


def test_a_korean_text_ends_with_its_keywords(
    program: Program, spoken: Spoken, whisper_fixture_path: Path
) -> None:
    done = program(
        "transcribe", spoken("ko", KOREAN), "--model", whisper_fixture_path, "--language", "ko",
        "--keywords",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text, _, keywords = done.stdout.partition("Keywords (basic):")
    assert "회의" in text
    assert "회의 (other, 1×" in keywords


def test_without_the_option_there_are_none(
    program: Program, spoken: Spoken, whisper_fixture_path: Path
) -> None:
    done = program(
        "transcribe", spoken("en", ENGLISH), "--model", whisper_fixture_path, "--language", "en",
        "--events",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "KeywordsFound" not in done.stdout
