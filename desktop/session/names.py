"""What sessions and tracks are called until a person renames them."""

from __future__ import annotations

import locale
import time
import unicodedata
from pathlib import Path

from desktop.engine.asr.recogniser import Recogniser
from desktop.events import Track
from desktop.settings import InterfaceSettings

_NAMES = {
    "ko": {Track.MIC: "나", Track.SYSTEM: "상대", Track.FILE: "파일"},
    "en": {Track.MIC: "Me", Track.SYSTEM: "Others", Track.FILE: "File"},
}


def interface_language(settings: InterfaceSettings) -> str:
    """``ko`` or ``en``: the setting, else the system's language, else Korean."""
    if settings.language != "auto":
        return settings.language
    system = locale.getlocale()[0] or ""
    if system.startswith(("ko", "Korean")):
        return "ko"
    return "en" if system.startswith(("en", "English")) else "ko"


def track_name(track: Track, language: str) -> str:
    """The speaker's name of a track."""
    return _NAMES.get(language, _NAMES["en"])[track]


def model_name(recogniser: Recogniser | None, wanted: str) -> str:
    """What the list calls the model of a session that begins; empty while it is not decided.

    Args:
        recogniser: the loaded one; None while it loads.
        wanted: the setting: a name, a folder, or "auto".
    """
    if recogniser is not None:
        return recogniser.info.model
    return "" if wanted == "auto" else Path(wanted).name


def session_title(started_wall_s: float, source: Path | None = None) -> str:
    """The file's name, or the local date and time."""
    if source is not None:
        return unicodedata.normalize("NFC", source.stem)  # macOS takes Korean letters apart
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(started_wall_s))
