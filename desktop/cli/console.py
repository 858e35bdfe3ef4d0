"""What a command says and where: results on stdout, all else on stderr.

Progress is a live bar on a terminal and plain lines elsewhere, so that a log stays readable.
Used from the main thread; `ProgressView.show` from any thread.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from desktop.cli.streams import put_aside_with, write_out
from desktop.errors import MalgeulError
from desktop.events import Event, ProgressReported

if TYPE_CHECKING:
    from rich.live import Live
    from rich.progress import Progress, TaskID

_REDRAWN_HZ = 10.0
_PLAIN_STEP = 0.1  # a plain line is written each tenth of the work
_NEARLY_DONE = 0.95  # the line that says so comes at once


@dataclass
class Console:
    """The two streams of one command and how much it may say."""

    quiet: bool = False
    verbose: bool = False

    def result(self, text: str) -> None:
        """A line of the result, on stdout."""
        write_out(text if text.endswith("\n") else text + "\n")

    def report(self, text: str) -> None:
        """A line about work that goes on, whether or not anybody reads it (`| head -1`)."""
        with contextlib.suppress(BrokenPipeError):
            self.result(text)

    def result_json(self, value: Any) -> None:
        """A result for programs, as indented UTF-8 JSON."""
        self.result(json.dumps(value, ensure_ascii=False, indent=2))

    def note(self, text: str) -> None:
        """What a person may want to know meanwhile, on stderr; nothing with ``--quiet``."""
        if not self.quiet:
            _say(_lines(text))

    def warn(self, text: str) -> None:
        """What a person should know, on stderr; nothing with ``--quiet``."""
        self.note(f"Warning: {text}")

    def error(self, error: MalgeulError) -> None:
        """A failure in words, with what to do about it."""
        hint = "".join(f"\n  {printable(line)}" for line in error.hint.splitlines())
        _say(f"Error: {_lines(error.message)}{hint}")

    def progress(self) -> ProgressView:
        """A view of long work, to be used as a context manager."""
        return ProgressView(enabled=not self.quiet)

    def table(self, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """Rows under headings on stdout; aligned by display width, Korean included."""
        from rich.cells import cell_len

        lines = [headings, *(tuple(map(printable, row)) for row in rows)]
        widths = [max(cell_len(line[i]) for line in lines) for i in range(len(headings))]
        for line in lines:
            cells = (
                text + " " * (width - cell_len(text))
                for text, width in zip(line, widths, strict=True)
            )
            self.result("  ".join(cells).rstrip())


class ProgressView:
    """Shows `ProgressReported` events; a subscriber of the event bus.

    On a terminal a bar is drawn from the first event on.  What is written to stdout meanwhile goes
    past it: to wherever stdout leads, or above the bar where that is the same terminal.
    """

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._lock = threading.Lock()
        self._terminal = False
        self._bar: Progress | None = None
        self._drawn: Live | None = None
        self._tasks: dict[str, TaskID] = {}
        self._shown: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._terminal = self._enabled and sys.stderr.isatty()
        if self._terminal:
            put_aside_with(self._put_aside)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        put_aside_with(None)
        with self._lock:
            self._terminal = False
            self._hide()

    @contextlib.contextmanager
    def _put_aside(self) -> Iterator[None]:
        """The bar is off the terminal meanwhile."""
        with self._lock:
            drawn = self._drawn is not None
            self._hide()
            try:
                yield
            finally:
                if drawn:
                    self._draw()

    def _draw(self) -> None:
        from rich.console import Console as RichConsole
        from rich.live import Live

        assert self._bar is not None
        self._drawn = Live(
            self._bar,
            console=RichConsole(stderr=True),
            transient=True,
            redirect_stdout=False,  # it may lead to a file, and lines of JSON must not be wrapped
            refresh_per_second=_REDRAWN_HZ,
        )
        self._drawn.start(refresh=True)

    def _hide(self) -> None:
        if self._drawn is not None:
            self._drawn.stop()
            self._drawn = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, ProgressReported) and self._enabled:
            with self._lock:
                self._show(event)

    def _show(self, event: ProgressReported) -> None:
        if self._terminal:
            self._bar = self._bar or _terminal_bar()
            if self._drawn is None:
                self._draw()
            task = self._tasks.get(event.task)
            if task is None:
                title = printable(event.title)
                task = self._tasks[event.task] = self._bar.add_task(title, amount="")
            self._bar.update(
                task, total=event.total or None, completed=event.done, amount=amount(event)
            )
            return
        share = min(1.0, event.done / event.total) if event.total else 0.0
        last = self._shown.get(event.task, -1.0)
        due = last + _PLAIN_STEP <= share < _NEARLY_DONE
        if due or (event.finished and last < 1.0):
            self._shown[event.task] = 1.0 if event.finished else share
            text = f"{event.title}: {int(share * 100)}% ({amount(event)})"
            print(printable(text), file=sys.stderr, flush=True)


def _terminal_bar() -> Progress:
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[amount]}", markup=False),
        Remaining(),
        console=RichConsole(stderr=True),
        auto_refresh=False,  # drawn by its view
    )


def amount(event: ProgressReported) -> str:
    """How much of how much, in the unit a person reads."""
    if event.unit in ("B", "bytes"):
        return f"{size(event.done)} of {size(event.total)}"
    if event.unit == "s":
        return f"{clock(event.done)} of {clock(event.total)}"
    return f"{event.done:g} of {event.total:g} {event.unit}".rstrip()


def size(count_bytes: float) -> str:
    """A number of bytes as a person reads it: ``1.6 GB``."""
    value = float(count_bytes)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def clock(seconds: float) -> str:
    """A duration as ``m:ss`` or ``h:mm:ss``."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


def moment(seconds: float) -> str:
    """When something is said, as ``m:ss`` or ``h:mm:ss``: the second that has begun."""
    return clock(math.floor(seconds))


def held_back(count: int) -> str:
    """So many lines taken for invented text: ``3 doubtful lines are held back``."""
    return f"{count} doubtful {'line is' if count == 1 else 'lines are'} held back"


def printable(text: str) -> str:
    """Text of strangers, such as a file's name, without what would steer the terminal."""
    return "".join(letter if _is_harmless(letter) else "\ufffd" for letter in text)


def _is_harmless(letter: str) -> bool:
    """No control or direction character.  Bytes that are no UTF-8 are escaped by the stream."""
    kind = unicodedata.category(letter)
    return letter.isprintable() or kind in ("Zs", "Cs") or letter in "\u200c\u200d"


def _say(text: str) -> None:
    """On stderr, with the line's end in one piece: several threads speak there."""
    print(text + "\n", end="", file=sys.stderr, flush=True)


def _lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
