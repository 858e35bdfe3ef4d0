"""The browser mirror: from a line committed to its pixels, with fifty viewers, and what it costs.

A real Chromium is one of the viewers; the other forty-nine are sockets that read everything.  The
page's clock and ours are the same machine's, so the delay is a difference of wall times.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from benchmarks.figures import Figure, percentile
from benchmarks.material import ROOT

from desktop import events as ev

sys.path.insert(0, str(ROOT / "tests/integration/web"))

TITLE = "Browser mirror"
CHROMIUM = Path("/usr/bin/chromium")
PAINT_GOAL_MS = 100.0
VIEWERS = 50
LINES = 300
PERIOD_S = 0.1  # much faster than anybody speaks
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Two frames after the line is in the document it has been painted.
WATCH = """() => {
  window.painted = [];
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      const number = Number(node.dataset?.text?.split(' ')[1]);
      if (number) requestAnimationFrame(() => {
        setTimeout(() => window.painted.push([number, performance.timeOrigin + performance.now()]));
      });
    }
  }).observe(document.getElementById('lines'), { childList: true });
}"""


def _line(number: int) -> ev.SegmentCommitted:
    at, text = float(number), f"line {number} of what is being said in this meeting"
    return ev.SegmentCommitted(
        ev.Track.MIC, number, at, at + 0.9, at, time.time(), text, (), "en", 0.9, number
    )


def _drain(socket: Any) -> None:
    while socket.receive()[0] != 8:
        pass


def measure(*, quick: bool = False) -> list[Figure]:
    """Publishes lines at a steady pace and asks the page when each was painted."""
    if not CHROMIUM.exists():
        return []
    from mirror_site import serving
    from playwright.sync_api import sync_playwright

    count = 60 if quick else LINES
    with (
        tempfile.TemporaryDirectory(prefix="malgeul-web-") as folder,
        sync_playwright() as playwright,
        serving(Path(folder) / "home") as site,
    ):
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page()
        page.goto(site.server.address())
        page.wait_for_selector("#empty:visible")
        page.evaluate(WATCH)
        sockets = [site.socket("/live") for _ in range(VIEWERS - 1)]
        readers = [threading.Thread(target=_drain, args=(socket,)) for socket in sockets]
        for reader in readers:
            reader.start()
        sent, publishing_ms, server_s = _publish(site, count)
        page.wait_for_selector(f"#lines .line:nth-child({count})")
        page.wait_for_timeout(500)
        painted = {int(number): at for number, at in page.evaluate("window.painted")}
        browser.close()
        for socket in sockets:
            socket.send(b"\x88\x82\x00\x00\x00\x00\x03\xe8")
        for reader in readers:
            reader.join(10)
        for socket in sockets:
            socket.close()
    delays = [painted[number] - at for number, at in sent.items() if number in painted]
    seconds = count * PERIOD_S
    return [
        Figure("committed event to paint, p50", percentile(delays, 0.5), "ms"),
        Figure(
            "committed event to paint, p95",
            percentile(delays, 0.95),
            "ms",
            PAINT_GOAL_MS,
            note=f"{len(delays)} lines, {VIEWERS} viewers, {1 / PERIOD_S:.0f} lines a second",
        ),
        Figure(
            "handing a line to all viewers, p95",
            percentile(publishing_ms, 0.95),
            "ms",
            note="what the recogniser's thread spends",
        ),
        Figure(
            "processor time per line and viewer",
            server_s / count / VIEWERS * 1_000_000,
            "µs",
            note=f"{server_s / seconds * 100:.0f} % of one core; the reading sockets included",
        ),
    ]


def _publish(site: Any, count: int) -> tuple[dict[int, float], list[float], float]:
    sent: dict[int, float] = {}
    publishing_ms: list[float] = []
    process = psutil.Process()
    before = sum(process.cpu_times()[:2])
    due = time.monotonic()
    for number in range(1, count + 1):
        due += PERIOD_S
        time.sleep(max(0.0, due - time.monotonic()))
        line = _line(number)
        sent[number] = time.time() * 1_000
        began = time.perf_counter()
        site.application.bus.publish(line)
        publishing_ms.append((time.perf_counter() - began) * 1_000)
    return sent, publishing_ms, sum(process.cpu_times()[:2]) - before
