"""Words for documents, passages and answers: sizes, places, states, steps.  GUI thread only."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.events import Document, DocumentState, Passage, PassageKind, Support
from desktop.ui.models.counted import Counted
from desktop.ui.models.transcript_line import clock

translate = QCoreApplication.translate
WORKING = frozenset({DocumentState.QUEUED, DocumentState.PARSING, DocumentState.INDEXING})
HEADING_STEP = " › "  # between the headings of a path
TRANSCRIPT = "transcript"
PARTS_OF_SEARCH = frozenset({"terms", "embed", "search", "read", "match", "rerank"})


def size_text(size_bytes: float) -> str:
    """ "1.2 MB"; powers of ten, as file managers count."""
    for unit, factor, digits in (("GB", 1e9, 1), ("MB", 1e6, 1), ("KB", 1e3, 0)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.{digits}f} {unit}"
    return f"{size_bytes:.0f} B"


def number_text(number: int) -> str:
    """With separators between the thousands."""
    return QLocale(QLocale.Language.English).toString(number)


def when_text(wall_s: float) -> str:
    """Today's time, or the day."""
    moment = dt.datetime.fromtimestamp(wall_s).astimezone()
    if moment.date() == dt.datetime.now().astimezone().date():
        return moment.strftime("%H:%M")
    return moment.strftime("%Y-%m-%d")


def remaining_text(seconds: float) -> str:
    """ "about 3 minutes left"."""
    if seconds < 60:
        return translate("Documents", "less than a minute left")
    if seconds < 5400:
        return Counted().minutes_left(round(seconds / 60))
    return Counted().hours_left(round(seconds / 3600))


def facts_text(document: Document) -> str:
    """Pages, chunks, size and time, what there is of them."""
    parts = []
    if document.kind == TRANSCRIPT:
        parts.append(translate("Documents", "Meeting"))
    if document.pages:
        parts.append(Counted().pages(document.pages))
    if document.size_bytes and document.kind != TRANSCRIPT:
        parts.append(size_text(document.size_bytes))
    if document.chunks:
        parts.append(Counted().passages(document.chunks))
    if document.indexed_wall_s:
        parts.append(when_text(document.indexed_wall_s))
    return " · ".join(parts)


def state_text(document: Document) -> str:
    return {
        DocumentState.QUEUED: translate("Documents", "Waiting"),
        DocumentState.PARSING: translate("Documents", "Reading"),
        DocumentState.INDEXING: translate("Documents", "Indexing"),
        DocumentState.INDEXED: translate("Documents", "Ready"),
        DocumentState.FAILED: translate("Documents", "Failed"),
        DocumentState.REMOVED: translate("Documents", "Removed"),
    }[document.state]


def spoken_text(document: Document) -> str:
    """Everything about a document in one sentence, for screen readers and tool tips."""
    parts = [document.name, state_text(document)]
    if document.state in WORKING and document.progress:
        parts[-1] += f" {document.progress:.0%}"
    parts += [facts_text(document), document.reason, document.hint]
    parts += map(warning_text, document.warnings)
    if document.folder:
        parts.append(
            translate("Documents", "From a watched folder: {folder}").format(folder=document.folder)
        )
    return "\n".join(part for part in parts if part)


def warning_text(warning: str) -> str:
    """What a person should know of a document, in words; words stay as they are."""
    known = {
        "hidden-text": translate(
            "Documents", "It holds text that people do not see. Answers never obey it."
        ),
        "hidden-characters": translate(
            "Documents", "It holds characters that people do not see. They were taken out."
        ),
        "guessed-encoding": translate(
            "Documents", "Its character encoding was guessed. Check that its text is right."
        ),
        "odd-names": translate("Documents", "Files inside it have unusual names."),
        "garbled-text": translate("Documents", "Some of its text is garbled and may not be found."),
        "pages-without-text": translate(
            "Documents", "Some pages are pictures without text and cannot be searched."
        ),
    }
    return known.get(warning, warning)


def way_text(way: str) -> str:
    """The legs of searching that are in force: "words (Kiwi), vectors (BGE-M3)"."""
    known = {
        "words": translate("Documents", "words"),
        "vectors": translate("Documents", "meaning"),
        "reranker": translate("Documents", "reranking"),
    }
    legs = []
    for leg in way.split(", "):
        kind, gap, rest = leg.partition(" ")
        legs.append(known.get(kind, kind) + gap + rest)
    return ", ".join(legs)


def better_text(hint: str) -> str:
    """How to get a better way, in the interface's language; unknown hints as they are."""
    known = {
        "Install the embedding runtime to search by meaning too.": translate(
            "Documents", "Install BGE-M3 (embedding) to search by meaning, too."
        ),
        "Add a language model to get answers in its own words.": translate(
            "Documents", "Add a language model to get answers in its own words."
        ),
    }
    return known.get(hint, hint)


def place_text(passage: Passage) -> str:
    """Where a passage stands: its page, its minute, or its heading."""
    if passage.kind is PassageKind.TRANSCRIPT:
        return clock(passage.start_s)
    if passage.page:
        return translate("Documents", "p. {page}").format(page=passage.page)
    return passage.heading


def support_text(support: Support) -> str:
    return {
        Support.SUPPORTED: translate("Documents", "The cited passages say so."),
        Support.WEAK: translate(
            "Documents",
            "The cited passages say this only in part, or may not be about the question.",
        ),
        Support.UNSUPPORTED: translate(
            "Documents", "No cited passage says this. Check it before you rely on it."
        ),
    }[support]


def step_text(step: str) -> str:
    """A step of an answer's timings in words; steps not known here keep their name."""
    known = {
        "understand": translate("Documents", "Understanding the question"),
        "rewrite": translate("Documents", "Understanding the question"),
        "embed": translate("Documents", "Turning it into a vector"),
        "expand": translate("Documents", "Widening the question"),
        "retrieve": translate("Documents", "Searching"),
        "terms": translate("Documents", "Finding the words to search for"),
        "read": translate("Documents", "Reading the passages"),
        "match": translate("Documents", "Marking what matches"),
        "search": translate("Documents", "Asking the index"),
        "rerank": translate("Documents", "Ranking the passages"),
        "cache": translate("Documents", "Looking for a kept answer"),
        "first_token": translate("Documents", "Waiting for the first word"),
        "generate": translate("Documents", "Writing"),
        "weigh": translate("Documents", "Weighing the evidence"),
        "extract": translate("Documents", "Choosing sentences"),
        "check": translate("Documents", "Checking the citations"),
        "total": translate("Documents", "Total"),
    }
    return known.get(step, step.replace("_", " "))


def duration_text(seconds: float) -> str:
    """ "120 ms" or "1.8 s"."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1.0 else f"{seconds:.1f} s"
