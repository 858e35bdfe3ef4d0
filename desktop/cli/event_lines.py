"""``--events``: every event as a line of JSON that begins alike, whatever the event is.

Used by whoever holds the lock of the output.
"""

from __future__ import annotations

import json
import time

from desktop.events import (
    SAMPLE_RATE_HZ,
    Event,
    LedgerUpdated,
    SessionFinished,
    SessionStarted,
    event_to_dict,
)


class EventLines:
    """Writes each event with ``type``, ``audio_s``, ``wall_s``, ``text``, ``words`` in front.

    An event that has one of them says it.  To one without, ``audio_s`` is how far recognition has
    come in the session (0 at its start), ``wall_s`` is now, and nothing was said.
    """

    def __init__(self) -> None:
        self._reached_s = 0.0

    def line(self, event: Event) -> str:
        """One line of JSON, without its end."""
        own = event_to_dict(event)
        self._reached_s = _reached_s(event, self._reached_s)
        head = {
            "type": own["type"],
            "audio_s": self._reached_s,
            "wall_s": time.time(),
            "text": "",
            "words": [],
        }
        # `head` first: its keys keep their places where the event's own values replace them.
        return json.dumps({**head, **own}, ensure_ascii=False, separators=(",", ":"))


def _reached_s(event: Event, before_s: float) -> float:
    """Seconds of sound recognised once `event` is known; two tracks are as far as the further."""
    if isinstance(event, SessionStarted):
        return 0.0
    if isinstance(event, LedgerUpdated):
        now_s = (event.timeline_samples - event.pending_samples) / SAMPLE_RATE_HZ
    elif isinstance(event, SessionFinished):
        now_s = event.duration_s
    else:
        now_s = getattr(event, "audio_s", before_s)
    return max(before_s, now_s)
