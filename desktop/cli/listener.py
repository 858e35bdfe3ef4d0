"""What a running command shows of the events it hears: JSON lines, captions, notices, progress.

Called on whatever thread publishes; writes one event at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from desktop.cli.console import Console, ProgressView, printable
from desktop.cli.event_lines import EventLines
from desktop.cli.streams import write_out
from desktop.errors import StorageError
from desktop.events import (
    Event,
    NoticeRaised,
    RecogniserChanged,
    RecogniserState,
    SegmentCommitted,
    Severity,
    SourceChanged,
    SourceState,
    Track,
)

# What the window offers as a button, as a command.
_COMMANDS = {
    "models": "malgeul models get",
    "recover": "malgeul sessions recover",
    "settings": "malgeul doctor",
}


class Listener:
    """Shows events.

    Args:
        console: how much may be said.
        progress: shows long work.
        as_json: every event as a line of JSON on stdout.
        lines: finished lines on stdout as they come.
        on_gone: called when nobody reads stdout any more.
    """

    def __init__(
        self,
        console: Console,
        progress: ProgressView,
        *,
        as_json: bool = False,
        lines: bool = False,
        on_gone: Callable[[], None] = lambda: None,
    ) -> None:
        self.names: Mapping[Track, str] = {}
        self.unwritten: StorageError | None = None  # why stdout takes nothing any more
        self._console = console
        self._progress = progress
        self._event_lines = EventLines() if as_json else None
        self._lines = lines
        self._on_gone = on_gone
        self._lost: set[Track] = set()
        self._gone = False
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        self._write(event)
        if isinstance(event, NoticeRaised):
            self._notice(event)
        elif isinstance(event, RecogniserChanged):
            if event.state is RecogniserState.LOADING:
                self._console.note(f"Loading the model {event.model}.")
        elif isinstance(event, SourceChanged):
            self._source(event)
        else:
            self._progress(event)

    def _write(self, event: Event) -> None:
        """Never raises: whoever publishes is recording or recognising."""
        with self._lock:
            if self._gone or self.unwritten is not None:
                return
            line = self._line(event)
            if line is None:
                return
            try:
                write_out(line + "\n")
            except BrokenPipeError:
                self._gone = True
                self._on_gone()
            except StorageError as error:
                self.unwritten = error
                self._console.warn(f"{error.message} The work goes on.")

    def _line(self, event: Event) -> str | None:
        if self._event_lines is not None:
            return self._event_lines.line(event)
        if self._lines and isinstance(event, SegmentCommitted):
            return self._caption(event)
        return None

    def _caption(self, event: SegmentCommitted) -> str:
        seconds = int(event.start_s)
        clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        name = self.names.get(event.track, event.track.value)
        speaker = f"{name}: " if len(self.names) > 1 else ""
        return printable(f"[{clock}] {speaker}{' '.join(event.text.split())}")

    def _source(self, event: SourceChanged) -> None:
        if event.state is SourceState.LOST:
            self._lost.add(event.track)
            self._console.warn(f"The sound of {event.track.value} was lost: {event.detail}")
        elif event.state is SourceState.LIVE and event.track in self._lost:
            self._lost.discard(event.track)
            self._console.note(f"The sound of {event.track.value} is back: {event.device}")

    def _notice(self, event: NoticeRaised) -> None:
        if event.severity is Severity.INFO:
            self._console.note(event.message)
            return
        command = _COMMANDS.get(event.action)
        hint = f"{event.hint} ({command})" if command and event.hint else event.hint
        self._console.warn(f"{event.message}\n  {hint}".rstrip())
