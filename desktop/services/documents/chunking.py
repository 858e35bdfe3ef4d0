"""Cuts a document into chunks: whole sentences of one section, tables by rows.  Any thread.

Every character that is not white space lies in at least one chunk; a chunk's text is the
document's from `start` to `end` (of a table, after the repeated header row).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from desktop.services.documents.chunk import Chunk
from desktop.services.documents.extracted import Block, BlockKind, Extracted
from desktop.settings import IngestSettings

_RULES = "chunks-1"  # raise it with any change of where chunks begin and end
_SEPARATOR = " › "
_MAX_HEADING_CHARS = 160
_SENTENCE_END = re.compile(r"(?<=[.!?。！？…])[\"'”’)\]」』]*[ \t\u00a0\u3000]+|\n+")
_ITEM = re.compile(r"\s*(?:[-*•·○●◦◇◆□■▪▶※❍ㅇ]|\(?[0-9가-하]{1,3}[.)]|[①-⑳])")
_CLOSED = tuple(".!?。！？…:;")
_CAPTION = 80  # a text this short before a table says what is in it
_SHORT_LINE = 30  # a line this short was ended on purpose
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is not cut any further: a sentence, a line, a row."""

    start: int
    end: int
    block: Block
    heading: str


def chunker_version(settings: IngestSettings) -> str:
    """Names how documents are cut; another one means to index again."""
    s = settings
    return f"{_RULES}/{s.chunk_chars}/{s.overlap_chars}/{s.section_chars}"


def make_chunks(
    document: Extracted, document_id: str, version: int, settings: IngestSettings
) -> list[Chunk]:
    """The chunks of a document, in order."""
    cutter = _Cutter(document, document_id, version, settings)
    for section in _sections(list(_pieces(document, settings.chunk_chars)), settings.section_chars):
        cutter.cut(section)
    return cutter.chunks


def _pieces(document: Extracted, most: int) -> Iterator[_Piece]:
    """Sentences and rows in order; a heading belongs to what follows it."""
    path: list[tuple[int, str]] = []
    title = _short(document.title)
    waiting: Block | None = None
    heading = title
    for block in document.blocks:
        if block.kind is BlockKind.HEADING:
            path = [entry for entry in path if entry[0] < block.level]
            path.append((block.level, _short(document.text[block.start : block.end])))
            heading = _SEPARATOR.join(
                dict.fromkeys(part for part in (title, *(text for _, text in path)) if part)
            )[-_MAX_HEADING_CHARS:]
            if waiting is not None:  # a heading without a text of its own
                yield from _cut_up(
                    document.text, waiting.start, waiting.end, waiting, most, heading
                )
            waiting = block
            continue
        if waiting is not None:
            yield from _cut_up(document.text, waiting.start, waiting.end, waiting, most, heading)
            waiting = None
        yield from _inside(document.text, block, most, heading)
    if waiting is not None:
        yield from _cut_up(document.text, waiting.start, waiting.end, waiting, most, heading)


def _inside(text: str, block: Block, most: int, heading: str) -> Iterator[_Piece]:
    if block.kind is BlockKind.TEXT:
        ends = list(_sentence_ends(text, block.start, block.end))
    else:
        ends = [m.start() for m in re.compile("\n").finditer(text, block.start, block.end)]
    start = block.start
    for end in (*ends, block.end):
        yield from _cut_up(text, start, end, block, most, heading)
        start = end


def _sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """After a sentence; after a line only where it was ended on purpose."""
    line = start
    for match in _SENTENCE_END.finditer(text, start, end):
        at = match.start()
        if text[at] == "\n":
            on_purpose = (
                text[at - 1 : at] in _CLOSED
                or at - line < _SHORT_LINE
                or _ITEM.match(text, match.end(), end)
            )
            line = match.end()
            if not on_purpose:
                continue
        yield match.end()


def _cut_up(  # noqa: PLR0917 - the inner loop
    text: str, start: int, end: int, block: Block, most: int, heading: str
) -> Iterator[_Piece]:
    """``text[start:end]`` without outer white space; in pieces where it is too long."""
    while True:
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if start >= end:
            return
        if end - start <= most:
            yield _Piece(start, end, block, heading)
            return
        cut = start + most
        for sign in ("\n", "\t", ", ", " "):
            found = text.rfind(sign, start + most // 2, cut)
            if found > 0:
                cut = found + 1
                break
        yield from _cut_up(text, start, cut, block, most, heading)
        start = cut


def _sections(pieces: list[_Piece], most: int) -> Iterator[list[_Piece]]:
    """Runs of pieces under one heading, none longer than `most`."""
    section: list[_Piece] = []
    for piece in pieces:
        begins = section and (
            piece.end - section[0].start > most
            or (
                piece.heading != section[-1].heading
                and section[-1].block.kind is not BlockKind.HEADING
            )
            or (
                piece.block.kind is BlockKind.HEADING
                and section[-1].block.kind is not BlockKind.HEADING
            )
        )
        if begins:
            yield section
            section = []
        section.append(piece)
    if section:
        yield section


class _Cutter:
    def __init__(
        self, document: Extracted, document_id: str, version: int, settings: IngestSettings
    ) -> None:
        self.chunks: list[Chunk] = []
        self._document = document
        self._document_id = document_id
        self._version = version
        self._most = settings.chunk_chars
        self._overlap = min(settings.overlap_chars, settings.chunk_chars // 2)

    def cut(self, section: list[_Piece]) -> None:
        """Adds the chunks of one section."""
        bounds = section[0].start, section[-1].end
        group: list[_Piece] = []
        for piece in section:
            if group and self._is_full(group, piece):
                self._add(group, bounds)
                group = [] if _is_table(piece) else self._tail(group, piece)
            group.append(piece)
        self._add(group, bounds)

    def _is_full(self, group: list[_Piece], piece: _Piece) -> bool:
        """Tables stand apart; only the heading or caption above one goes with it."""
        kinds = _is_table(piece), _is_table(group[-1])
        caption = (
            piece.start - group[0].start < _CAPTION or group[-1].block.kind is BlockKind.HEADING
        )
        if kinds[0] != kinds[1] and not (kinds[0] and caption):
            return True
        if all(kinds) and piece.block is not group[-1].block:
            return True
        return piece.end - group[0].start > self._most

    def _tail(self, group: list[_Piece], following: _Piece) -> list[_Piece]:
        """The end of a chunk that the next one begins with: sentences, or words of the last."""
        if _is_table(group[-1]) or self._overlap == 0:
            return []
        last = group[-1]
        tail = [
            p for p in group[1:]
            if last.end - p.start <= self._overlap and following.end - p.start <= self._most
        ]  # fmt: skip
        if tail:
            return tail
        room = self._most - (following.end - last.end)
        reach = last.end - min(self._overlap, room)
        space = self._document.text.find(" ", max(reach - 1, last.start), last.end)
        if room <= 0 or space < 0 or space + 1 >= last.end:
            return []
        return [_Piece(space + 1, last.end, last.block, last.heading)]

    def _add(self, group: list[_Piece], bounds: tuple[int, int]) -> None:
        start, end = group[0].start, group[-1].end
        block = group[-1].block
        text = self._document.text[start:end]
        if block.kind is BlockKind.TABLE:
            header = self._header(block)
            if header and start >= block.start + len(header):
                text = f"{header}\n{text}"
        self.chunks.append(
            Chunk(
                document_id=self._document_id,
                version=self._version,
                ordinal=len(self.chunks),
                text=text,
                start=start,
                end=end,
                page=self._document.page_of(start),
                heading=group[-1].heading,
                section_start=bounds[0],
                section_end=bounds[1],
                table=block.kind is BlockKind.TABLE,
                start_s=group[0].block.start_s,
            )
        )

    def _header(self, block: Block) -> str:
        end = self._document.text.find("\n", block.start, block.end)
        return (
            ""
            if end < 0 or end - block.start > self._most // 2
            else self._document.text[block.start : end]
        )


def _is_table(piece: _Piece) -> bool:
    return piece.block.kind is BlockKind.TABLE


def _short(text: str) -> str:
    return _SPACES.sub(" ", text).strip()[:80]
