"""``--keywords`` of the command line: keywords found while a file is transcribed, and their list.

`KeywordWatch.publish` is called on whatever thread publishes; the rest on the main thread.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from desktop.events import Event, KeywordsFound, SessionStarted

if TYPE_CHECKING:
    from desktop.records import KeywordEntry
    from desktop.services.keywords.book import KeywordBook
    from desktop.services.keywords.extractor import KeywordExtractor

LISTED = 20
FINISH_S = 180.0  # the Korean analyser may still be loading

Publish = Callable[[Event], None]


def _basic() -> KeywordExtractor:
    from desktop.services.keywords.basic import BasicExtractor

    return BasicExtractor()


class KeywordWatch:
    """Stands between the work and its listener, and finds keywords in what passes.

    Args:
        listener: where all events go, the keywords' too.
        make_extractor: how keywords are found.
    """

    def __init__(
        self, listener: Publish, make_extractor: Callable[[], KeywordExtractor] = _basic
    ) -> None:
        from desktop.services.keywords.book import KeywordBook
        from desktop.session.keywords import KeywordGatherer

        self._listener = listener
        self._book: KeywordBook = KeywordBook()
        self._gatherer = KeywordGatherer(make_extractor, self._found)

    def __enter__(self) -> Self:
        self._gatherer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._gatherer.stop()

    def publish(self, event: Event) -> None:
        """Passes an event on and hears it."""
        if isinstance(event, SessionStarted):
            self._book = self._book.clear()
        self._listener(event)
        self._gatherer.hear(event)

    def finish(self) -> None:
        """Waits until the keywords of all lines so far are found."""
        self._gatherer.finish(FINISH_S)

    def complete(self, body: bytes, format_name: str) -> bytes:
        """A finished transcript with the session's keywords at its end; json: inside it."""
        entries = self._book.entries(limit=LISTED)
        if format_name == "json":
            content: dict[str, Any] = json.loads(body)
            content["keywords"] = [dataclasses.asdict(entry) for entry in entries]
            text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
            return text.encode("utf-8", "replace")
        if not entries or format_name not in ("txt", "md"):
            return body
        return body + self.listing(format_name).encode("utf-8", "replace")

    def listing(self, format_name: str = "txt") -> str:
        """The session's keywords as text that may follow a transcript; empty without any."""
        entries = self._book.entries(limit=LISTED)
        if not entries:
            return ""
        if format_name == "md":
            return "\n## Keywords (basic)\n\n" + "".join(f"- {_told(e)}\n" for e in entries)
        return "\nKeywords (basic):\n" + "".join(f"  {_told(e)}\n" for e in entries)

    def _found(self, event: Event) -> None:
        if isinstance(event, KeywordsFound):
            self._book = self._book.add(event.keywords)
        self._listener(event)


def _told(entry: KeywordEntry) -> str:
    seconds = int(entry.first_s)
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{entry.text} ({entry.category.value}, {entry.count}×, {clock})"
