"""The only language the parts of Malgeul speak to each other: frozen events, past tense.

Times named ``*_s`` are seconds on the session's timeline (0 = the moment capture began), times
named ``wall_s`` are Unix seconds.  Counts named ``*_samples`` are 16 kHz mono samples.
No Qt, no I/O, importable from anywhere.
"""

from __future__ import annotations

from desktop.events.captions import (
    HypothesisUpdated,
    LanguageLocked,
    SegmentCommitted,
    SegmentSuppressed,
    WordsCommitted,
)
from desktop.events.documents import (
    Answer,
    AnswerExtended,
    AnswerFailed,
    AnswerFinished,
    AnswerSentence,
    AnswerStarted,
    Document,
    DocumentChanged,
    DocumentState,
    IngestProgressed,
    Passage,
    PassageKind,
    PassagesFound,
    Support,
)
from desktop.events.keywords import (
    Keyword,
    KeywordCategory,
    KeywordOccurrence,
    KeywordsFound,
)
from desktop.events.machine import (
    GpuLoad,
    LlmLoad,
    MachineMeasured,
    ProcessLoad,
)
from desktop.events.notices import (
    NoticeCleared,
    NoticeRaised,
    ProgressReported,
)
from desktop.events.services import (
    ServiceChanged,
    ServiceMode,
    ServiceState,
    ServiceStatus,
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
    RecogniserState,
    SourceChanged,
    SourceState,
)
from desktop.events.union import (
    Event,
    event_to_dict,
    event_to_json,
)
from desktop.events.vocabulary import (
    SAMPLE_RATE_HZ,
    Severity,
    Track,
    Word,
)

__all__ = [
    "SAMPLE_RATE_HZ",
    "Answer",
    "AnswerExtended",
    "AnswerFailed",
    "AnswerFinished",
    "AnswerSentence",
    "AnswerStarted",
    "Document",
    "DocumentChanged",
    "DocumentState",
    "Event",
    "GapDeclared",
    "GpuLoad",
    "HypothesisUpdated",
    "IngestProgressed",
    "Keyword",
    "KeywordCategory",
    "KeywordOccurrence",
    "KeywordsFound",
    "LagMeasured",
    "LanguageLocked",
    "LedgerUpdated",
    "LevelMeasured",
    "LlmLoad",
    "MachineMeasured",
    "NoticeCleared",
    "NoticeRaised",
    "Passage",
    "PassageKind",
    "PassagesFound",
    "ProcessLoad",
    "ProgressReported",
    "RecogniserChanged",
    "RecogniserState",
    "SegmentChanged",
    "SegmentCommitted",
    "SegmentSuppressed",
    "ServiceChanged",
    "ServiceMode",
    "ServiceState",
    "ServiceStatus",
    "SessionFinished",
    "SessionPaused",
    "SessionResumed",
    "SessionStarted",
    "Severity",
    "SourceChanged",
    "SourceState",
    "Support",
    "Track",
    "Word",
    "WordsCommitted",
    "event_to_dict",
    "event_to_json",
]
