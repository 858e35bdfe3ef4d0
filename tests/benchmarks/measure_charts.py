"""What the charts cost: the share of a core while they are shown, and while they are hidden.

``python -m tests.benchmarks.measure_charts`` opens the window over a scripted machine that is
measured once a second.  Qt paints offscreen, with the same raster engine as on X11.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from benchmarks.figures import Figure  # noqa: E402

TITLE = "Charts"
GOAL_SHARE = 2.0  # percent of a core
SPANS = ("60", "3600", "86400")
_LIMIT_S = 300.0


def _watch(seconds: float) -> None:
    """In a child: prints the CPU share of each state as JSON."""
    from fakes.fake_backend import FakeBackend
    from fakes.fake_machine_room import measured
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from desktop.bus import EventBus
    from desktop.settings import Settings
    from desktop.ui.application import build_main_window, create_application

    create_application(["malgeul"], Settings())
    bus = EventBus()
    backend = FakeBackend(bus)
    backend.fill()
    window = build_main_window(backend, bus)
    window.resize(1280, 800)
    window.open()
    steps = iter(range(1_000_000))
    feed = QTimer(window)
    feed.timeout.connect(lambda: bus.publish(measured(next(steps), time.time())))

    def run(length_s: float) -> float:
        began_s, spent_s = time.monotonic(), time.process_time()
        loop = QEventLoop()  # `QApplication.quit` would close the window
        QTimer.singleShot(round(length_s * 1000), loop.quit)
        loop.exec()
        return 100 * (time.process_time() - spent_s) / (time.monotonic() - began_s)

    found: dict[str, float] = {}
    run(3.0)
    found["idle"] = run(seconds)
    began_s = time.process_time()
    window.pages.show_page("charts")
    feed.start(1000)
    run(6.0)
    found["first_show_s"] = time.process_time() - began_s
    page = next(w for w in QApplication.allWidgets() if type(w).__name__ == "ChartsPage")
    fill = time.time()
    for step in range(20_000):  # most of a day, a measurement every four seconds
        page.history.add(measured(step, fill - 80_000 + 4 * step))  # type: ignore[attr-defined]
    for span in SPANS:
        page._on_span_chosen(span)  # type: ignore[attr-defined]
        run(2.0)
        found[span] = run(seconds)
    window.pages.show_page("transcript")
    run(1.0)
    found["hidden"] = run(seconds)
    print(json.dumps(found), flush=True)
    feed.stop()
    window.close()


def measure(*, quick: bool = False) -> list[Figure]:
    """A child for each, so that nothing else counts."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", __file__, "5" if quick else "20"]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_LIMIT_S, check=True
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    note = f"a window of 1280 x 800 over a scripted machine; at rest {found['idle']:.2f} %"
    return [
        Figure("CPU while shown, 60 s range", found["60"], "%", GOAL_SHARE, note=note),
        Figure("CPU while shown, 1 h range", found["3600"], "%", GOAL_SHARE),
        Figure("CPU while shown, 24 h range", found["86400"], "%", GOAL_SHARE),
        Figure("CPU while hidden, still measured", found["hidden"], "%", 0.5),
        Figure("CPU time of the first show", found["first_show_s"], "s", note="loads pyqtgraph"),
    ]


if __name__ == "__main__":
    _watch(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
