"""What every export is made of, and the words and numbers they share.  Pure, any thread."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from desktop.events import Track
from desktop.records import GapRecord, SegmentRecord, SessionRecord, SuppressedRecord
from desktop.settings import ExportSettings

# Not allowed in XML 1.0 and of no use in any text file.
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

_NO_SOUND = {"ko": "소리 없음", "en": "no sound"}
_CAUSES = {
    "ko": {
        "overflow": "넘침",
        "stall": "멈춤",
        "unplugged": "장치 분리",
        "starting": "장치 시작 지연",
        "suspended": "절전",
        "paused": "일시 정지",
        "storage": "저장 공간",
    },
    "en": {},
}


@dataclass(frozen=True, slots=True)
class Content:
    """One session, ready to be written in any format; lines and gaps are in time order."""

    session: SessionRecord
    segments: Sequence[SegmentRecord]
    suppressed: Sequence[SuppressedRecord]
    gaps: Sequence[GapRecord]
    options: ExportSettings

    def speaker(self, track: Track) -> str:
        """The name shown for a track; its plain name when it has no other."""
        for record in self.session.tracks:
            if record.track == track and record.name.strip():
                return plain(record.name)
        return track.value

    @property
    def names_speakers(self) -> bool:
        """True when more than one track could have spoken."""
        return len({*(t.track for t in self.session.tracks), *(s.track for s in self.segments)}) > 1

    @property
    def language(self) -> str:
        """The language for the few words an export adds itself."""
        spoken = [track.language for track in self.session.tracks if track.language]
        return "en" if spoken and all(language != "ko" for language in spoken) else "ko"


def plain(text: str) -> str:
    """One line of `text` without control characters."""
    return " ".join(_INVALID.sub("", text).split())


def clock(seconds: float) -> str:
    """``0:01:02`` with hours that count on beyond 24."""
    whole = max(0, int(seconds)) if math.isfinite(seconds) else 0
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def date(wall_s: float) -> str:
    """Local date and time of day."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(wall_s))


def gap_text(gap: GapRecord, language: str) -> str:
    """``no sound 0:01:02-0:01:09: unplugged`` in the language of the transcript."""
    cause = _CAUSES[language].get(gap.cause, plain(gap.cause))
    return f"{_NO_SOUND[language]} {clock(gap.start_s)}–{clock(gap.end_s)}: {cause}"


def timeline(content: Content) -> list[SegmentRecord | GapRecord]:
    """Lines and gaps together in time order."""
    items: list[SegmentRecord | GapRecord] = [*content.segments, *_once(content.gaps)]
    return sorted(items, key=lambda item: item.start_s)


def _once(gaps: Sequence[GapRecord]) -> list[GapRecord]:
    """What several tracks miss at once, as in a pause, is missing once."""
    kept: list[GapRecord] = []
    latest: dict[str, int] = {}  # of each cause
    for gap in gaps:
        at = latest.get(gap.cause, -1)
        if at >= 0 and kept[at].track != gap.track and gap.start_s < kept[at].end_s:
            kept[at] = replace(kept[at], end_s=max(kept[at].end_s, gap.end_s))
        else:
            latest[gap.cause] = len(kept)
            kept.append(gap)
    return kept
