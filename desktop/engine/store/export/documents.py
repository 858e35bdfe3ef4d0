"""Plain text, Markdown, JSON and Word documents.  Pure, any thread."""

from __future__ import annotations

import dataclasses
import datetime
import io
import json
import re
from typing import Any

from desktop.engine.store.export.content import Content, clock, date, gap_text, plain, timeline
from desktop.records import GapRecord

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")
_MAX_PROPERTY_CHARACTERS = 255  # a limit of the document properties of OOXML


def txt(content: Content) -> bytes:
    """One line of the transcript a line: ``[0:01:02] Speaker: text``."""
    lines = []
    several = content.names_speakers
    for item in timeline(content):
        if isinstance(item, GapRecord):
            lines.append(f"[{gap_text(item, content.language)}]")
            continue
        speaker = f"{content.speaker(item.track)}: " if several else ""
        lines.append(f"[{clock(item.start_s)}] {speaker}{plain(item.text)}")
    return "".join(line + "\n" for line in lines).encode("utf-8")


def md(content: Content) -> bytes:
    """Markdown: title, date, and a paragraph a line; bookmarked lines carry a star."""
    session = content.session
    parts = [
        f"# {_markdown(session.title) or 'Malgeul'}",
        f"{date(session.started_wall_s)} · {clock(session.duration_s)}",
    ]
    several = content.names_speakers
    for item in timeline(content):
        if isinstance(item, GapRecord):
            parts.append(f"*{_markdown(gap_text(item, content.language))}*")
            continue
        speaker = f" {_markdown(content.speaker(item.track))}" if several else ""
        star = " ★" if item.bookmarked else ""
        parts.append(f"**{clock(item.start_s)}{speaker}**{star} {_markdown(item.text)}")
    return ("\n\n".join(parts) + "\n").encode("utf-8")


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", plain(text))


def to_json(content: Content) -> bytes:
    """Everything that is stored, as one JSON object (``format`` malgeul-transcript, version 1)."""
    session = dataclasses.asdict(content.session)
    del session["preview"]
    body: dict[str, Any] = {
        "format": "malgeul-transcript",
        "version": 1,
        "session": session,
        "segments": [
            {**dataclasses.asdict(s), "edited": s.edited, "speaker": content.speaker(s.track)}
            for s in content.segments
        ],
        "gaps": [dataclasses.asdict(gap) for gap in content.gaps],
        "suppressed": [dataclasses.asdict(line) for line in content.suppressed],
    }
    text = json.dumps(_rounded(body), ensure_ascii=False, indent=1, allow_nan=False, default=str)
    return (text + "\n").encode("utf-8", "replace")


def _rounded(value: Any) -> Any:
    """Times to the millisecond, probabilities to four digits: what was measured, not more."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def docx(content: Content) -> bytes:
    """A Word document: heading, date, and a paragraph a line."""
    from docx import Document
    from docx.oxml import OxmlElement
    from docx.shared import RGBColor
    from docx.text.paragraph import Paragraph

    document = Document()
    title = plain(content.session.title) or "Malgeul"
    document.core_properties.title = title[:_MAX_PROPERTY_CHARACTERS]
    document.core_properties.author = "Malgeul"
    document.core_properties.comments = ""
    document.core_properties.created = datetime.datetime.fromtimestamp(
        content.session.started_wall_s, tz=datetime.UTC
    )
    document.add_heading(title, level=1)
    document.add_paragraph(
        f"{date(content.session.started_wall_s)} · {clock(content.session.duration_s)}"
    )
    grey = RGBColor(0x70, 0x70, 0x70)
    several = content.names_speakers
    end = document.element.body.sectPr
    for item in timeline(content):
        # Before the section's properties by hand: add_paragraph looks through the whole body.
        element = OxmlElement("w:p")
        end.addprevious(element)
        paragraph = Paragraph(element, document._body)
        if isinstance(item, GapRecord):
            paragraph.add_run(gap_text(item, content.language)).italic = True
            continue
        paragraph.add_run(f"{clock(item.start_s)}  ").font.color.rgb = grey
        if several:
            paragraph.add_run(f"{content.speaker(item.track)}  ").bold = True
        if item.bookmarked:
            paragraph.add_run("★ ")
        paragraph.add_run(plain(item.text))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
