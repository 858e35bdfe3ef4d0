"""SubRip (SRT) and WebVTT.  Pure, any thread."""

from __future__ import annotations

from desktop.engine.store.export import cues
from desktop.engine.store.export.content import Content, plain
from desktop.engine.store.export.cues import Cue
from desktop.events import Track


def srt(content: Content) -> bytes:
    """SubRip: numbered cues, ``HH:MM:SS,mmm``; the speaker before a line when there are several."""
    blocks = []
    for number, (_track, cue) in enumerate(_all_cues(content, prefixed=True), start=1):
        text = "\n".join(line.replace("-->", "→") for line in cue.lines)
        times = f"{_stamp(cue.start_ms, ',')} --> {_stamp(cue.end_ms, ',')}"
        blocks.append(f"{number}\n{times}\n{text}\n")
    return "\n".join(blocks).encode("utf-8")


def vtt(content: Content) -> bytes:
    """WebVTT with ``<v Speaker>``."""
    blocks = ["WEBVTT\n"]
    for track, cue in _all_cues(content, prefixed=False):
        text = "\n".join(map(_escaped, cue.lines))
        times = f"{_stamp(cue.start_ms, '.')} --> {_stamp(cue.end_ms, '.')}"
        blocks.append(f"{times}\n<v {_escaped(content.speaker(track))}>{text}\n")
    return "\n".join(blocks).encode("utf-8")


def _all_cues(content: Content, *, prefixed: bool) -> list[tuple[Track, Cue]]:
    """The cues of all tracks by time; tracks may overlap each other, never themselves."""
    by_track: dict[Track, list[Cue]] = {}
    several = content.names_speakers
    for segment in content.segments:
        prefix = f"{content.speaker(segment.track)}:" if prefixed and several else ""
        made = cues.split(segment, content.options, prefix=prefix)
        cleaned = [Cue(tuple(map(plain, c.lines)), c.start_ms, c.end_ms) for c in made]
        by_track.setdefault(segment.track, []).extend(c for c in cleaned if any(c.lines))
    found = [(track, cue) for track, own in by_track.items() for cue in cues.arrange(own)]
    return sorted(found, key=lambda item: (item[1].start_ms, item[1].end_ms))


def _stamp(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{ms:03d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
