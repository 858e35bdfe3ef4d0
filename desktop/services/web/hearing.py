"""What the mirror asks of the application for sound from outside: protocols.

`append` and `transcribe` block and are called on worker threads; every method may raise
`MalgeulError`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.events import Event
from desktop.records import SegmentRecord
from desktop.services.keywords.extractor import ExtractedKeyword

Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a recording.  `rendered` is its export where one was asked for."""

    segments: Sequence[SegmentRecord]
    language: str
    duration_s: float
    rendered: str = ""

    @property
    def text(self) -> str:
        return " ".join(segment.text.strip() for segment in self.segments)


class Speaker(Protocol):
    """Somebody who speaks into a browser: a session of its own."""

    @property
    def session_id(self) -> str: ...

    def append(self, samples: NDArray[np.float32]) -> None:
        """Takes 16 kHz mono sound in [-1, 1]; returns when it is written."""

    def end(self) -> None:
        """No more comes; what came is still recognised and told."""


class Guests(Protocol):
    """Takes speakers and recordings; `desktop.app.guests.Guests` fits."""

    def open_speaker(self, listener: Listener, language: str = "") -> Speaker: ...

    def transcribe(self, path: Path, *, language: str = "", format_name: str = "") -> Heard: ...

    def keywords(self, text: str, language: str) -> list[ExtractedKeyword]: ...
