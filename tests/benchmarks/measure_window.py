"""The window: how soon it is there, and how fast a transcript of 10,000 lines paints."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
from benchmarks.figures import Figure, percentile
from benchmarks.material import FIXTURE, ROOT
from benchmarks.printed import percentiles, printed_lines
from fixtures_display import NEEDED, Desktop, start_desktop

TITLE = "Window"
START_GOAL_S = 3.0
FRAME_MS = 16.7  # 60 frames a second
STARTS = 7
_LIMIT_S = 60.0
READY = b"malgeul: window ready"


def start_s(desktop: Desktop, home: Path) -> tuple[float, float]:
    """Runs ``./start``; returns when its window was on the screen, and the CPU time until then."""
    environment = {**desktop.env, "MALGEUL_HOME": str(home), "QT_QPA_PLATFORM": "xcb"}
    log = home / "stderr.txt"
    with log.open("wb") as errors:
        began = time.perf_counter()
        process = subprocess.Popen([str(ROOT / "start")], env=environment, stderr=errors)
        try:
            while READY not in log.read_bytes() or not _on_screen(desktop):
                if process.poll() is not None or time.perf_counter() - began > _LIMIT_S:
                    raise RuntimeError(f"no window:\n{log.read_text(errors='replace')[-3_000:]}")
                time.sleep(0.02)
            elapsed_s = time.perf_counter() - began
            times = psutil.Process(process.pid).cpu_times()  # `./start` becomes the program
            return elapsed_s, sum(times[:4])
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(30)


def _on_screen(desktop: Desktop) -> bool:
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", "^(Malgeul|말글)$"],
        env=desktop.env,
        capture_output=True,
        text=True,
        check=False,
    )
    return bool(found.stdout.strip())


def starts(count: int) -> list[Figure]:
    """The later starts; the first one, with cold files, is told apart."""
    if any(shutil.which(name) is None for name in NEEDED):
        return []
    times = []
    with tempfile.TemporaryDirectory(prefix="malgeul-window-") as name:
        folder = Path(name)
        (folder / "display").mkdir()
        home = folder / "home"
        home.mkdir()
        settings = f'{{"recognition": {{"model": "{FIXTURE}"}}}}'
        (home / "settings.json").write_text(settings, encoding="utf-8")
        desktop = start_desktop(folder / "display")
        try:
            times = [start_s(desktop, home) for _ in range(count)]
        finally:
            desktop.stop()
    visible = [pair[0] for pair in times[1:]]
    note = f"{len(visible)} starts, worst {max(visible):.2f} s, first {times[0][0]:.2f} s"
    p50 = percentile(visible, 0.5)
    spent = percentile([pair[1] for pair in times[1:]], 0.5)
    return [
        Figure("./start to a visible window, p50", p50, "s", START_GOAL_S, note=note),
        Figure(
            "CPU time until then, p50",
            spent,
            "s",
            note="what an idle machine with fast files takes at most",
        ),
    ]


def painting() -> list[Figure]:
    """10,000 lines, as ``bench_transcript_view.py`` prints them."""
    lines = printed_lines("tests/benchmarks/bench_transcript_view.py", "-m", "benchmark")
    names = ("wheel scroll p95", "page scroll p95", "append p95")
    return percentiles(lines, dict.fromkeys(names, FRAME_MS))


def measure(*, quick: bool = False) -> list[Figure]:
    """Painting, and a few starts."""
    return [*painting(), *starts(3 if quick else STARTS)]
