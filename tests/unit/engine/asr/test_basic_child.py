"""What the basic recogniser's process says and when it ends."""

from __future__ import annotations

import io
import json

import numpy as np

from desktop.engine.asr.basic_child import serve

SILENCE = np.zeros(1_000, "<f4").tobytes()


def _ask(**changed: object) -> bytes:
    fields = {"samples": 1_000, "start_sample": 0, "prefix": "", "final": True, **changed}
    return json.dumps(fields).encode() + b"\n" + SILENCE


def _answers(asked: bytes) -> list[dict[str, object]]:
    target = io.BytesIO()
    assert serve(io.BytesIO(asked), target) == 0
    return [json.loads(line) for line in target.getvalue().splitlines()]


def test_an_answer_for_each_window() -> None:
    asked = _ask(final=False) + _ask()
    assert _answers(asked) == [{"ready": True}, {"words": []}, {"words": []}]


def test_half_a_window_at_the_end_is_not_answered() -> None:
    assert _answers(_ask() + _ask()[:-100]) == [{"ready": True}, {"words": []}]
