"""Meetings as documents: one line a finished segment, with when it was said.  Any thread."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers.building import TextBuilder

_NAMESPACE = uuid.UUID("0d1b5a52-6f0c-5a0e-8f3f-6a1f7a3f1c55")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line of a meeting."""

    text: str
    start_s: float
    speaker: str = ""


def transcript_id(session_id: str) -> str:
    """The document's id of a meeting."""
    return str(uuid.uuid5(_NAMESPACE, session_id))


def digest_of(title: str, lines: Sequence[Spoken]) -> str:
    """Names what a meeting is called and what was said, when and by whom."""
    said = [[line.text, line.start_s, line.speaker] for line in lines]
    return hashlib.sha256(json.dumps([title, said]).encode()).hexdigest()


def transcript(title: str, lines: Sequence[Spoken]) -> Extracted:
    """A meeting's lines as a document."""
    builder = TextBuilder("transcript")
    builder.title = title
    for line in lines:
        said = f"{line.speaker}: {line.text}" if line.speaker else line.text
        builder.said(said, line.start_s)
    return builder.build()


def plain(kind: str, text: str, title: str = "") -> Extracted:
    """A text that came without a file; paragraphs are what empty lines part."""
    builder = TextBuilder(kind)
    builder.title = title
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        builder.text(paragraph)
    return builder.build()
