"""Records into a folder until it is killed, and says how far it is.

Run as ``python recording_program.py FOLDER file|mic``.  Every line on stdout is the number of
samples captured so far.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from desktop.engine.audio.clock import SystemClock
from desktop.engine.audio.filesource import FileSource
from desktop.engine.audio.microphone import microphone
from desktop.engine.audio.recorder import Recorder
from desktop.events import Track

SECONDS = 60


def signal() -> np.ndarray:
    """Sound in which every place can be told from every other."""
    rng = np.random.default_rng(9)
    return rng.uniform(-0.5, 0.5, SECONDS * 16_000).astype(np.float32)


def main() -> None:
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    clock = SystemClock()
    if kind == "mic":
        track, source = Track.MIC, microphone("", clock)
    else:
        track, source = Track.FILE, FileSource(signal(), clock)
    recorder = Recorder({track: source}, folder, lambda _event: None, clock)
    recorder.start()
    feed = recorder.feed(track)
    while True:
        print(feed.available(), flush=True)
        time.sleep(0.02)


if __name__ == "__main__":
    main()
