"""Records a file live into a data directory until it is killed; prints each stored line.

Run as ``python live_program.py FOLDER WAV``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from session_parts import Home, working

from desktop.engine.audio.media import load_media
from desktop.engine.store.store import TranscriptStore
from desktop.events import Event, SegmentCommitted


def main() -> None:
    folder, wav = Path(sys.argv[1]), Path(sys.argv[2])
    home = Home(folder, TranscriptStore.open(folder / "transcripts.db"))
    home.settings.recognition.language = "en"

    def publish(event: Event) -> None:
        if isinstance(event, SegmentCommitted):
            print(event.text, flush=True)

    home.publish = publish  # type: ignore[method-assign]
    session = home.live(load_media(wav), speed=1.5)
    with working(home) as worker:
        session.start()
        worker.add(session)
        session.wait_ended(60)


if __name__ == "__main__":
    main()
