"""Speakers and gaps of a transcript in words.  GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.events import Track
from desktop.ui.models.transcript_gaps import PAUSED
from desktop.ui.models.transcript_line import TranscriptLine, clock


def default_name(track: Track) -> str:
    """What a track's speaker is called while nobody has given a name."""
    translate = QCoreApplication.translate
    if track is Track.MIC:
        return translate("Tracks", "Me")
    if track is Track.SYSTEM:
        return translate("Tracks", "Others")
    return translate("Tracks", "Recording")


def gap_text(line: TranscriptLine) -> str:
    """A gap in words, with its length and reason."""
    translate = QCoreApplication.translate
    reasons = {
        "overflow": translate("Gaps", "the computer was too busy"),
        "stall": translate("Gaps", "the sound device stalled"),
        "unplugged": translate("Gaps", "the device was unplugged"),
        "starting": translate("Gaps", "the device was slow to start"),
        "suspended": translate("Gaps", "the computer slept"),
        "paused": translate("Gaps", "paused"),
        "storage": translate("Gaps", "the disk could not keep it"),
    }
    shown = (
        translate("Gaps", "{seconds} s").format(seconds=f"{line.lost_s:.1f}")
        if line.lost_s < 10
        else clock(line.lost_s)
    )
    if line.cause == PAUSED:
        return translate("Gaps", "Paused for {length}").format(length=shown)
    reason = reasons.get(line.cause, line.cause)
    if len(line.lost) > 1:
        several = translate("Gaps", "{length} not captured, in {count} places: {reason}")
        return several.format(length=shown, count=len(line.lost), reason=reason)
    return translate("Gaps", "{length} not captured: {reason}").format(length=shown, reason=reason)
