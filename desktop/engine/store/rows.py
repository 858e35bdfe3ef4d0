"""Rows of the database to records and back.  Pure functions, any thread."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable
from typing import Any

from desktop.events import Track, Word
from desktop.records import GapRecord, SegmentRecord, SuppressedRecord

SEGMENT_COLUMNS = (
    "segment_id, session_id, sequence, track, start_s, end_s, text, original_text, words, "
    "language, confidence, bookmarked, crc"
)
SUPPRESSED_COLUMNS = (
    "suppressed_id, session_id, track, start_s, end_s, text, words, language, confidence, reason, "
    "restored_segment_id, crc"
)

_UNSTORABLE = dict.fromkeys((0, *range(0xD800, 0xE000)), 0xFFFD)


class RowDamagedError(Exception):
    """A stored row is not what was written."""


def clean(text: str) -> str:
    """`text` with what UTF-8 cannot carry (lone surrogates) and NUL shown as U+FFFD."""
    return text.translate(_UNSTORABLE) if not text.isascii() or "\0" in text else text


def finite(value: float) -> float:
    """`value`, or 0 for NaN and infinities, which neither SQLite nor JSON can carry."""
    return float(value) if math.isfinite(value) else 0.0


def encode_words(words: Iterable[Word]) -> str:
    """Words as compact JSON.  Times keep milliseconds, probabilities four digits."""
    return json.dumps(
        [
            [
                clean(w.text),
                round(finite(w.start_s), 3),
                round(finite(w.end_s), 3),
                round(finite(w.probability), 4),
            ]
            for w in words
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def decode_words(stored: str) -> tuple[Word, ...]:
    if stored == "[]":
        return ()
    return tuple(Word(*fields) for fields in json.loads(stored))


def checksum(track: str, start_s: float, end_s: float, *parts: str) -> int:
    """CRC-32 of what was said, when and by whom."""
    body = "\x1f".join((track, repr(start_s), repr(end_s), *parts))
    return zlib.crc32(body.encode("utf-8"))


def segment(row: tuple[Any, ...]) -> SegmentRecord:
    """A `SegmentRecord` from `SEGMENT_COLUMNS`.

    Raises:
        RowDamagedError: the row is not what was written.
    """
    (key, session_id, sequence, track, start, end, text, original, words, *rest) = row
    language, confidence, bookmarked, crc = rest
    if crc != checksum(track, start, end, text, original or "", words, language):
        raise RowDamagedError(f"line {key}")
    return SegmentRecord(
        segment_id=key,
        session_id=session_id,
        sequence=sequence,
        track=Track(track),
        start_s=start,
        end_s=end,
        text=text,
        original_text=text if original is None else original,
        words=decode_words(words),
        language=language,
        confidence=confidence,
        bookmarked=bool(bookmarked),
    )


def suppressed(row: tuple[Any, ...]) -> SuppressedRecord:
    """A `SuppressedRecord` from `SUPPRESSED_COLUMNS`.

    Raises:
        RowDamagedError: the row is not what was written.
    """
    (key, session_id, track, start, end, text, words, language, confidence, reason, *rest) = row
    restored, crc = rest
    if crc != checksum(track, start, end, text, words, language, reason):
        raise RowDamagedError(f"suppressed line {key}")
    return SuppressedRecord(
        suppressed_id=key,
        session_id=session_id,
        track=Track(track),
        start_s=start,
        end_s=end,
        text=text,
        words=decode_words(words),
        language=language,
        confidence=confidence,
        reason=reason,
        restored=restored is not None,
    )


def gap(row: tuple[Any, ...]) -> GapRecord:
    track, start, end, cause = row
    return GapRecord(Track(track), start, end, cause)
