"""Paint time of a transcript of 10,000 lines: scrolling, growing, resizing.

``pytest -m benchmark tests/benchmarks/bench_transcript_view.py -s``; 60 frames a second leave
16.7 ms a frame.
"""

from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.events import Track
from desktop.records import SegmentRecord
from desktop.ui.models.transcript_model import TranscriptModel
from desktop.ui.theme import Theme
from desktop.ui.views.transcript_view import TranscriptView

LINES = 10_000
FRAMES = 200
TEXT = "한국어는 음절 단위로 합의를 보기 때문에 띄어쓰기가 달라져도 흔들리지 않습니다. "


def _percentiles(name: str, times_s: list[float]) -> None:
    ordered = sorted(times_s)
    p50, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    print(f"{name}: p50 {p50 * 1e3:.2f} ms, p95 {p95 * 1e3:.2f} ms, max {ordered[-1] * 1e3:.2f} ms")


@pytest.mark.benchmark
def test_paint_time(qtbot: QtBot) -> None:
    view = TranscriptView(Theme("light"))
    qtbot.addWidget(view)
    view.resize(1000, 640)
    view.show()
    qtbot.waitExposed(view)
    model = TranscriptModel(view)
    view.setModel(model)
    rows = [
        SegmentRecord(i + 1, "s", i + 1, Track.MIC if i % 3 else Track.SYSTEM, i * 4.0,
                      i * 4.0 + 3, TEXT * (1 + i % 3), TEXT, (), "ko", 0.9)
        for i in range(LINES)
    ]  # fmt: skip
    begun_s = time.perf_counter()
    model.load(rows, [], {})
    print(f"\nload of {LINES} lines: {(time.perf_counter() - begun_s) * 1e3:.0f} ms")
    bar = view.verticalScrollBar()
    for name, step in (("wheel scroll", 72), ("page scroll", 600)):
        times_s = []
        for frame in range(FRAMES):
            begun_s = time.perf_counter()
            bar.setValue(50_000 + frame * step)
            view.viewport().repaint()
            times_s.append(time.perf_counter() - begun_s)
        _percentiles(name, times_s)
    view.jump_to_end()
    times_s = []
    for number in range(LINES + 1, LINES + FRAMES):
        begun_s = time.perf_counter()
        model.add_segment(
            ev.SegmentCommitted(Track.MIC, number, number * 4.0, number * 4.0 + 3, 0, 0, TEXT, (),
                                "ko", 0.9, number)
        )  # fmt: skip
        view.viewport().repaint()
        times_s.append(time.perf_counter() - begun_s)
    _percentiles("append", times_s)
    times_s = []
    for width in range(700, 900, 4):
        begun_s = time.perf_counter()
        view.resize(width, 640)
        QApplication.processEvents()
        times_s.append(time.perf_counter() - begun_s)
    _percentiles("resize", times_s)
