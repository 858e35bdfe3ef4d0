"""``malgeul index --watch`` as a person runs it: what changes is indexed until Ctrl+C."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parents[2]
WAIT_S = 60.0


def lines_of(stream: IO[str]) -> tuple[queue.Queue[str], threading.Thread]:
    lines: queue.Queue[str] = queue.Queue()
    pump = threading.Thread(target=lambda: [lines.put(line) for line in stream], name="pump")
    pump.start()
    return lines, pump


@pytest.mark.timeout(300)
def test_watch_until_interrupted(home: Path, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "garden.txt").write_text("The gardener waters roses.", encoding="utf-8")
    environment = {**os.environ, "MALGEUL_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "desktop", "index", str(papers), "--watch"], cwd=ROOT,
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines, pump = lines_of(process.stdout)
    try:
        while "1 indexed" not in lines.get(timeout=WAIT_S):
            pass
        while "Watching" not in lines.get(timeout=WAIT_S):
            pass
        (papers / "pipes.txt").write_text("The plumber mends pipes.", encoding="utf-8")
        while "indexed pipes.txt" not in lines.get(timeout=WAIT_S):
            pass
        (papers / "garden.txt").unlink()
        while "removed garden.txt" not in lines.get(timeout=WAIT_S):
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 0
    finally:
        process.kill()
        process.wait()
        pump.join()
        process.stdout.close()
    listed = subprocess.run(
        [sys.executable, "-P", "-m", "desktop", "documents", "list", "--json"], cwd=ROOT,
        env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert [d["name"] for d in json.loads(listed.stdout)] == ["pipes.txt"]
