"""Keywords for the front end: found while people speak, kept with the session.

The gatherer has a thread of its own, ``keywords``; reading and deciding may come from any.
"""

from __future__ import annotations

import logging

from desktop.bus import EventBus
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError
from desktop.events import Event, KeywordsFound, SegmentCommitted
from desktop.records import KeywordDecision, SessionKeywords
from desktop.services.clients.language_model import LanguageModel
from desktop.services.keywords.adaptive import AdaptiveExtractor
from desktop.services.keywords.basic import BasicExtractor
from desktop.session.keywords import KeywordGatherer
from desktop.session.patience import Patience
from desktop.settings import Settings

_log = logging.getLogger(__name__)


class KeywordRoom:
    """The keywords' part of the `Backend`.

    Args:
        store: where they are kept.
        settings: those in force.
        bus: lines are heard and keywords published there.
        model: the language model, whose name is empty while no server has one.
    """

    def __init__(
        self,
        store: TranscriptStore,
        settings: Settings,
        bus: EventBus,
        model: LanguageModel,
    ) -> None:
        self._keyword_store = store
        self._keyword_settings = settings
        self._keyword_bus = bus
        self._keyword_model = model
        self._gatherer: KeywordGatherer | None = None
        self._unhear = bus.subscribe(self._keep)

    # --- life -----------------------------------------------------------------------------------

    def open_keywords(self) -> None:
        """Begins to gather, where the settings want it."""
        settings = self._keyword_settings.keywords
        if not settings.enabled or self._gatherer is not None:
            return
        gatherer = KeywordGatherer(
            self._extractor,
            self._keyword_bus.publish,
            gather_s=settings.gather_s,
            gather_lines=settings.gather_lines,
            limit=settings.limit,
            patience=Patience(lambda: self._keyword_settings.keywords.pause_above_lag_s),
        )
        gatherer.start()
        self._stop_hearing = self._keyword_bus.subscribe(gatherer.hear)
        self._gatherer = gatherer

    def follow_keyword_settings(self) -> None:
        """The settings were saved: keywords may have been switched on or off."""
        if self._keyword_settings.keywords.enabled:
            self.open_keywords()
        else:
            self._end_gathering()

    def close_keywords(self) -> None:
        """Ends the gatherer; what it had not worked off is forgotten."""
        self._end_gathering()
        self._unhear()

    def gather_from(self, line: SegmentCommitted) -> None:
        """A line that the bus did not carry: keywords are found in it all the same."""
        gatherer = self._gatherer
        if gatherer is not None:
            gatherer.hear(line)

    # --- what the window asks -------------------------------------------------------------------

    def session_keywords(self, session_id: str) -> SessionKeywords:
        return self._keyword_store.keywords(session_id)

    def decide_keyword(self, session_id: str, decision: KeywordDecision) -> None:
        self._keyword_store.decide_keyword(session_id, decision)

    def clear_keywords(self, session_id: str) -> None:
        self._keyword_store.clear_keywords(session_id)

    # --- inside ---------------------------------------------------------------------------------

    def _extractor(self) -> AdaptiveExtractor:
        return AdaptiveExtractor(self._model_in_force, BasicExtractor())

    def _model_in_force(self) -> LanguageModel | None:
        wanted = self._keyword_settings.keywords.use_language_model
        return self._keyword_model if wanted and self._keyword_model.name else None

    def _end_gathering(self) -> None:
        gatherer, self._gatherer = self._gatherer, None
        if gatherer is not None:
            self._stop_hearing()
            gatherer.stop()

    def _keep(self, event: Event) -> None:
        """Keywords are on disk before the session ends; they can be found again, so no more."""
        if not isinstance(event, KeywordsFound):
            return
        try:
            self._keyword_store.add_keywords(event.keywords, event.source)
        except MalgeulError as error:
            _log.warning("keywords could not be kept: %s", error)
