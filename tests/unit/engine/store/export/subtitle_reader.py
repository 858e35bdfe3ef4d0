"""A small strict reader of SRT and WebVTT, written from the formats and not from our writer."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

_SRT_TIMES = re.compile(
    r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d),(\d{3})"
)
_VTT_TIMES = re.compile(
    r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"
)
_VOICE = re.compile(r"<v ([^<>\n]+)>")


class ReadCue(NamedTuple):
    start_ms: int
    end_ms: int
    lines: list[str]
    voice: str


def _times(match: re.Match[str] | None) -> tuple[int, int]:
    assert match is not None
    h1, m1, s1, f1, h2, m2, s2, f2 = map(int, match.groups())
    return ((h1 * 60 + m1) * 60 + s1) * 1000 + f1, ((h2 * 60 + m2) * 60 + s2) * 1000 + f2


def _text(body: bytes) -> str:
    text = body.decode("utf-8")
    assert "\r" not in text
    assert "\ufeff" not in text
    return text


def read_srt(body: bytes) -> list[ReadCue]:
    text = _text(body)
    if not text:
        return []
    assert text.endswith("\n")
    cues = []
    for number, block in enumerate(text[:-1].split("\n\n"), start=1):
        head, times, *lines = block.split("\n")
        assert head == str(number)
        assert lines
        assert all(line.strip() and "-->" not in line for line in lines)
        cues.append(ReadCue(*_times(_SRT_TIMES.fullmatch(times)), lines, ""))
    return cues


def read_vtt(body: bytes) -> list[ReadCue]:
    text = _text(body)
    header, *blocks = text.rstrip("\n").split("\n\n")
    assert header == "WEBVTT"
    cues = []
    for block in blocks:
        times, *lines = block.split("\n")
        assert lines
        voice = _VOICE.match(lines[0])
        assert voice is not None
        lines[0] = lines[0][voice.end() :]
        for line in lines:
            assert line.strip()
            assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", line)
        found = [html.unescape(line) for line in lines]
        cues.append(ReadCue(*_times(_VTT_TIMES.fullmatch(times)), found, html.unescape(voice[1])))
    return cues
