"""Long lines to subtitle cues: where to break, and when each part is shown.  Pure, any thread.

A cue has at most two lines of 42 Latin or 16 Korean characters (the limits of Netflix's timed
text guides; beside Korean a Latin letter, space or punctuation mark counts one half).  Breaks lie
between words, best after a sentence, a comma or a pause, with cues of similar length: a shortest
path over all possible breaks.  Times come from the recognised words, also for what was edited
since.
"""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from desktop.events import Word
from desktop.records import SegmentRecord
from desktop.settings import ExportSettings

MINIMUM_MS = 833  # 5/6 s, the shortest a cue can be read
_SHORTEST_MS = 200  # where the next cue of the same track comes sooner than MINIMUM_MS
_PAUSE_S = 0.35
_JOINER = "\u200d"
_SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAGS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))  # two letters are one flag
_MAX_CLUSTER = 12  # characters: a family of four has seven
_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")
_CLAUSE_ENDS = (",", ";", ":", "，", "、")
_CUE_COST, _SENTENCE_COST, _CLAUSE_COST, _PAUSE_COST, _WORD_COST = 100.0, 0.0, 8.0, 10.0, 20.0


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: lines of text on the screen from `start_ms` to `end_ms`."""

    lines: tuple[str, ...]
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start_s: float
    end_s: float
    space: bool  # a space stands before it


@lru_cache(maxsize=4096)
def _half_columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """Width in half columns: a Korean character is 2, a Latin one 1."""
    return sum(map(_half_columns, text))


def is_wide(text: str) -> bool:
    """True when the limit for Korean applies: the text holds Hangul, Han or Kana."""
    return any(map(_is_wide_letter, text))


@lru_cache(maxsize=4096)
def _is_wide_letter(character: str) -> bool:
    wide = unicodedata.east_asian_width(character) in "WF"
    return wide and unicodedata.category(character)[0] == "L"


def limit(text: str, options: ExportSettings) -> int:
    """The greatest width of a line of `text`, in half columns."""
    return 2 * options.max_columns_wide if is_wide(text) else options.max_columns_latin


def split(segment: SegmentRecord, options: ExportSettings, *, prefix: str = "") -> list[Cue]:
    """The cues of one line, in order; none when it is empty.

    Args:
        segment: the line; its times may be anything, `arrange` makes them valid.
        options: the limits.
        prefix: shown before the first words, such as "Kim: ".
    """
    text = " ".join(segment.text.split())
    if not text:
        return []
    columns = limit(text + prefix, options)
    tokens = _tokens(text, segment, columns)
    if prefix:
        shown = _shortened(" ".join(prefix.split()), columns // 2)
        head = _Token(shown, tokens[0].start_s, tokens[0].start_s, space=False)
        first = tokens[0]
        tokens = [head, _Token(first.text, first.start_s, first.end_s, space=True), *tokens[1:]]
    cues = []
    for begin, end in _partition(tokens, columns, options.max_lines):
        part = tokens[begin:end]
        lines = _balanced(part, columns)
        cues.append(Cue(tuple(lines), _ms(part[0].start_s), _ms(part[-1].end_s)))
    return cues


def arrange(cues: Sequence[Cue]) -> list[Cue]:
    """Cues of one track without overlap, none too short to read where there is room for it."""
    ordered = sorted(cues, key=lambda cue: cue.start_ms)
    arranged: list[Cue] = []
    free_from = 0
    for i, cue in enumerate(ordered):
        start = max(cue.start_ms, free_from)
        end = max(cue.end_ms, start + MINIMUM_MS)
        if i + 1 < len(ordered):
            end = max(min(end, ordered[i + 1].start_ms), start + _SHORTEST_MS)
        if end - start < MINIMUM_MS:
            start = max(free_from, end - MINIMUM_MS)
        arranged.append(Cue(cue.lines, start, end))
        free_from = end
    return arranged


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000)) if math.isfinite(seconds) else 0


def _shortened(text: str, columns: int) -> str:
    while text and width(text) > columns:
        text = text[:-2].rstrip() + "…" if len(text) > 2 else ""
    return text


# words and their times ------------------------------------------------------------------------


def _tokens(text: str, segment: SegmentRecord, columns: int) -> list[_Token]:
    """The words of `text` with times; what is wider than a line is cut into pieces."""
    times = _character_times(text, segment)
    tokens: list[_Token] = []
    position = 0
    for number, word in enumerate(text.split(" ")):
        space = number > 0
        for piece in _pieces(word, columns):
            last = position + len(piece) - 1
            tokens.append(_Token(piece, times[position][0], times[last][1], space))
            position += len(piece)
            space = False
    return tokens


def _pieces(word: str, columns: int) -> list[str]:
    """`word` whole, or cut between what is seen as characters where it is wider than a line."""
    if width(word) <= columns:
        return [word]
    pieces, piece, used = [], "", 0
    for cluster in _clusters(word):
        needed = width(cluster)
        if piece and used + needed > columns:
            pieces.append(piece)
            piece, used = "", 0
        piece += cluster
        used += needed
    return [*pieces, piece]


def _clusters(word: str) -> list[str]:
    """Marks stay with their letter, joined emoji and their skin together, flags whole."""
    clusters: list[str] = []
    for character in word:
        before = clusters[-1] if clusters else ""
        joins = _half_columns(character) == 0 or character in _SKINS
        flag = character in _FLAGS and len(before) == 1 and before in _FLAGS
        if before and (joins or flag or before[-1] == _JOINER) and len(before) < _MAX_CLUSTER:
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _character_times(text: str, segment: SegmentRecord) -> list[tuple[float, float]]:
    """Start and end of each character of `text` that is not a space.

    Characters that the recognised words share with the text take the words' times; the others, put
    in by an edit, share the time between their neighbours.
    """
    shown = text.replace(" ", "")
    spoken, spoken_times = _spoken(segment.words)
    times: list[tuple[float, float] | None] = [None] * len(shown)
    if spoken == shown:
        return spoken_times
    matcher = difflib.SequenceMatcher(None, spoken, shown, autojunk=False)
    for block in matcher.get_matching_blocks():
        for k in range(block.size):
            times[block.b + k] = spoken_times[block.a + k]
    return _interpolated(times, segment.start_s, max(segment.start_s, segment.end_s))


def _spoken(words: Sequence[Word]) -> tuple[str, list[tuple[float, float]]]:
    characters: list[str] = []
    times: list[tuple[float, float]] = []
    for word in words:
        letters = "".join(word.text.split())
        length = max(0.0, word.end_s - word.start_s) / max(1, len(letters))
        for k, letter in enumerate(letters):
            characters.append(letter)
            times.append((word.start_s + k * length, word.start_s + (k + 1) * length))
    return "".join(characters), times


def _interpolated(
    times: list[tuple[float, float] | None], start_s: float, end_s: float
) -> list[tuple[float, float]]:
    filled: list[tuple[float, float]] = []
    i = 0
    while i < len(times):
        known = times[i]
        if known is not None:
            filled.append(known)
            i += 1
            continue
        after = i
        while after < len(times) and times[after] is None:
            after += 1
        low = filled[-1][1] if filled else start_s
        following = times[after] if after < len(times) else None
        high = max(low, following[0] if following is not None else end_s)
        step = (high - low) / (after - i)
        filled.extend((low + k * step, low + (k + 1) * step) for k in range(after - i))
        i = after
    return filled


# where to break -------------------------------------------------------------------------------


def _joined(tokens: Sequence[_Token]) -> str:
    return "".join((" " if t.space and i else "") + t.text for i, t in enumerate(tokens))


def _line_starts(tokens: Sequence[_Token], widths: Sequence[int], columns: int) -> list[int]:
    """Where lines begin when they are filled one after the other."""
    starts, used = [0], 0
    for i, token in enumerate(tokens):
        needed = widths[i] + (1 if token.space and i > starts[-1] else 0)
        if i > starts[-1] and used + needed > columns:
            starts.append(i)
            used, needed = 0, widths[i]
        used += needed
    return starts


def _balanced(tokens: Sequence[_Token], columns: int) -> list[str]:
    """As few lines as possible, as equally long as possible."""
    widths = [width(token.text) for token in tokens]
    best = _line_starts(tokens, widths, columns)
    if len(best) > 1:
        for narrower in range(columns - 1, max(widths) - 1, -1):
            tried = _line_starts(tokens, widths, narrower)
            if len(tried) > len(best):
                break
            best = tried
    ends = [*best[1:], len(tokens)]
    return [_joined(tokens[begin:end]) for begin, end in zip(best, ends, strict=True)]


def _partition(tokens: Sequence[_Token], columns: int, max_lines: int) -> list[tuple[int, int]]:
    """The cheapest division into cues, as ranges of tokens: a shortest path over the breaks."""
    count = len(tokens)
    room = columns * max_lines
    widths = [width(token.text) for token in tokens]
    cost = [0.0] + [math.inf] * count
    came_from = [0] * (count + 1)
    for begin in range(count):
        lines, on_line, used = 1, 0, 0
        for end in range(begin + 1, count + 1):  # the cue is tokens[begin:end], filled greedily
            needed = widths[end - 1]
            space = 1 if tokens[end - 1].space else 0
            if on_line and on_line + space + needed > columns:
                lines, on_line, space = lines + 1, 0, 0
            if lines > max_lines:
                break
            on_line += needed + (space if on_line else 0)
            used += needed + space
            ending = 0.0 if end == count else _break_cost(tokens[end - 1], tokens[end])
            unused = max(0.0, 1.0 - used / room)
            total = cost[begin] + _CUE_COST + 30.0 * unused * unused + ending
            if total < cost[end]:
                cost[end], came_from[end] = total, begin
    ranges = []
    end = count
    while end > 0:
        ranges.append((came_from[end], end))
        end = came_from[end]
    return ranges[::-1]


def _break_cost(before: _Token, after: _Token) -> float:
    if before.text.endswith(_SENTENCE_ENDS):
        return _SENTENCE_COST
    if before.text.endswith(_CLAUSE_ENDS):
        return _CLAUSE_COST
    return _PAUSE_COST if after.start_s - before.end_s >= _PAUSE_S else _WORD_COST
