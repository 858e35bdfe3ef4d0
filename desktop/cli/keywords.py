"""``--keywords`` of the command line: keywords found while a file is transcribed, and their list.

`KeywordWatch.publish` is called on whatever thread publishes; the rest on the main thread.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from desktop.events import Event, KeywordsFound, SessionStarted

if TYPE_CHECKING:
    from desktop.paths import Paths
    from desktop.records import KeywordEntry
    from desktop.services.keywords.book import KeywordBook
    from desktop.services.keywords.extractor import KeywordExtractor
    from desktop.services.supervisor.spec import Endpoint
    from desktop.settings import Settings

LISTED = 20
KEY_VARIABLE = "MALGEUL_LLM_KEY"
FINISH_S = 180.0  # the Korean analyser may still be loading

Publish = Callable[[Event], None]


def _basic() -> KeywordExtractor:
    from desktop.services.keywords.basic import BasicExtractor

    return BasicExtractor()


class KeywordSource:
    """Makes the extractor: a language model where there is one, statistics always.

    Args:
        url: an OpenAI-compatible server; None: that of a Malgeul that runs on this machine.
        model: the model's name at `url`.
    """

    def __init__(self, paths: Paths, settings: Settings, url: str | None, model: str) -> None:
        self._paths = paths
        self._wanted = settings.keywords.use_language_model or url is not None
        self._url = url
        self._model = model

    def __call__(self) -> KeywordExtractor:
        if not self._wanted:
            return _basic()
        from desktop.services.clients.openai_model import OpenAiModel
        from desktop.services.keywords.adaptive import AdaptiveExtractor

        def model() -> OpenAiModel | None:
            endpoint = self._endpoint()
            if endpoint is None:
                return None
            return OpenAiModel(endpoint.model or "language model", self._endpoint)

        return AdaptiveExtractor(model, _basic())

    def _endpoint(self) -> Endpoint | None:
        from desktop.services.stack.needs import language_endpoint
        from desktop.services.supervisor.spec import Endpoint, Secret
        from desktop.services.supervisor.status_file import read_endpoints

        if self._url is not None:
            key = os.environ.get(KEY_VARIABLE)
            return Endpoint(self._url, Secret(key) if key else None, self._model)
        return language_endpoint(read_endpoints(self._paths.service_status).get)


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
        self._sources: set[str] = set()
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
        source = ", ".join(sorted(self._sources))
        if format_name == "md":
            return f"\n## Keywords ({source})\n\n" + "".join(f"- {_told(e)}\n" for e in entries)
        return f"\nKeywords ({source}):\n" + "".join(f"  {_told(e)}\n" for e in entries)

    def _found(self, event: Event) -> None:
        if isinstance(event, KeywordsFound):
            self._book = self._book.add(event.keywords)
            self._sources.add(event.source)
        self._listener(event)


def _told(entry: KeywordEntry) -> str:
    seconds = int(entry.first_s)
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{entry.text} ({entry.category.value}, {entry.count}×, {clock})"
