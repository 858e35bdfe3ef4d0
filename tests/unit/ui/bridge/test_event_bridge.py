"""Events arrive in the GUI thread, in order; only the latest of a fast kind."""

from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from desktop import events as ev
from desktop.bus import EventBus
from desktop.ui.bridge.event_bridge import EventBridge


def _segment(number: int) -> ev.SegmentCommitted:
    return ev.SegmentCommitted(
        ev.Track.MIC, number, 0.0, 1.0, 1.0, 0.0, f"line {number}", (), "en", 0.9, number
    )


def _hypothesis(text: str) -> ev.HypothesisUpdated:
    return ev.HypothesisUpdated(ev.Track.MIC, 1.0, 0.0, text, (), "en")


def test_lossless_events_keep_their_order_over_threads(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    seen: list[int] = []
    threads: set[int] = set()

    def take(event: ev.SegmentCommitted) -> None:
        seen.append(event.sequence)
        threads.add(threading.get_ident())

    bridge.segment_committed.connect(take)
    worker = threading.Thread(target=lambda: [bus.publish(_segment(n)) for n in range(300)])
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: len(seen) == 300)
    assert seen == list(range(300))
    assert threads == {threading.get_ident()}
    bridge.close()


def test_of_many_levels_only_the_latest_is_shown_and_the_timer_rests(qtbot: QtBot) -> None:
    """faults: A37 (a frozen window must not pile up events)"""
    bus = EventBus()
    bridge = EventBridge(bus)
    seen: list[float] = []
    bridge.level_measured.connect(lambda event: seen.append(event.rms_dbfs))
    for level in range(1000):
        bus.publish(ev.LevelMeasured(ev.Track.MIC, -float(level), 0.0))
    bus.publish(ev.LevelMeasured(ev.Track.SYSTEM, -5.0, 0.0))
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen == [-999.0, -5.0]
    qtbot.waitUntil(lambda: not bridge._timer.isActive())
    bus.publish(ev.LevelMeasured(ev.Track.MIC, -1.0, 0.0))
    qtbot.waitUntil(lambda: seen[-1] == -1.0)
    bridge.close()


def test_a_hypothesis_never_appears_after_the_words_it_became(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    seen: list[str] = []
    bridge.hypothesis_updated.connect(lambda event: seen.append(event.text))
    bridge.segment_committed.connect(lambda event: seen.append(event.text))
    bus.publish(_hypothesis("old guess"))
    bus.publish(_segment(1))
    bus.publish(_hypothesis("new guess"))
    qtbot.waitUntil(lambda: len(seen) == 2)
    qtbot.wait(60)
    assert seen == ["line 1", "new guess"]
    bridge.close()


def test_the_end_of_a_task_is_never_lost(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    seen: list[bool] = []
    bridge.progress_reported.connect(lambda event: seen.append(event.finished))
    bus.publish(ev.ProgressReported("t", "T", 1, 2, "s"))
    bus.publish(ev.ProgressReported("t", "T", 2, 2, "s", finished=True))
    qtbot.waitUntil(lambda: bool(seen))
    qtbot.wait(60)
    assert seen == [True]
    bridge.close()


def test_nothing_is_emitted_after_close(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = EventBridge(bus)
    seen: list[object] = []
    bridge.segment_committed.connect(seen.append)
    bus.publish(_segment(1))
    bridge.close()
    bus.publish(_segment(2))
    qtbot.wait(30)
    assert seen == []
