"""Recordings and documents by their suffix.  Pure, any thread."""

from __future__ import annotations

from pathlib import Path

_MEDIA_NAMES = (
    "wav mp3 m4a m4b flac ogg oga opus aac wma aiff aif amr ac3 mka "
    "mp4 m4v mkv mov webm avi wmv flv mpg mpeg 3gp ogv"
)
_DOCUMENT_NAMES = (
    "pdf docx docm doc pptx pptm ppt xlsx xlsm xls hwp hwpx "
    "html htm xhtml md markdown txt text csv tsv log rst json srt vtt"
)
MEDIA_SUFFIXES = frozenset("." + name for name in _MEDIA_NAMES.split())
DOCUMENT_SUFFIXES = frozenset("." + name for name in _DOCUMENT_NAMES.split())


def kind_by_name(path: Path) -> str:
    """ "media", "document" or "" where the name does not tell."""
    suffix = path.suffix.lower()
    if suffix in MEDIA_SUFFIXES:
        return "media"
    return "document" if suffix in DOCUMENT_SUFFIXES else ""
