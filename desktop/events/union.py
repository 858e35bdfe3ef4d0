"""All events as one type, and as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from desktop.events.captions import (
    HypothesisUpdated,
    LanguageLocked,
    SegmentCommitted,
    SegmentSuppressed,
    WordsCommitted,
)
from desktop.events.documents import (
    AnswerExtended,
    AnswerFailed,
    AnswerFinished,
    AnswerStarted,
    DocumentChanged,
    IngestProgressed,
    PassagesFound,
)
from desktop.events.keywords import (
    KeywordsFound,
)
from desktop.events.machine import (
    MachineMeasured,
)
from desktop.events.notices import (
    NoticeCleared,
    NoticeRaised,
    ProgressReported,
)
from desktop.events.services import (
    ServiceChanged,
)
from desktop.events.session import (
    SegmentChanged,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
)
from desktop.events.sound import (
    GapDeclared,
    LagMeasured,
    LedgerUpdated,
    LevelMeasured,
    RecogniserChanged,
    SourceChanged,
)

Event = (
    SessionStarted
    | SessionPaused
    | SessionResumed
    | SessionFinished
    | HypothesisUpdated
    | WordsCommitted
    | SegmentCommitted
    | SegmentSuppressed
    | SegmentChanged
    | LanguageLocked
    | LevelMeasured
    | GapDeclared
    | LedgerUpdated
    | SourceChanged
    | RecogniserChanged
    | LagMeasured
    | ProgressReported
    | NoticeRaised
    | NoticeCleared
    | ServiceChanged
    | KeywordsFound
    | MachineMeasured
    | DocumentChanged
    | IngestProgressed
    | PassagesFound
    | AnswerStarted
    | AnswerExtended
    | AnswerFinished
    | AnswerFailed
)


def event_to_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON types, with its class name under ``type``."""
    return {"type": type(event).__name__, **dataclasses.asdict(event)}


def event_to_json(event: Event) -> str:
    """One line of JSON (no newline inside), Unicode as it is."""
    return json.dumps(event_to_dict(event), ensure_ascii=False, separators=(",", ":"))
