"""Every setting, its default and its bounds, kept in one JSON file.

A damaged file never stops the app (faults: S50): defaults apply and the file is kept as ``.bad``.
Unknown keys are kept on save, so a newer version's settings survive an older one.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from desktop.errors import StorageError

_log = logging.getLogger(__name__)

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="allow", validate_assignment=True)


class AudioSettings(_Section):
    """Devices are stable names; empty means "follow the system's default"."""

    source: Literal["mic", "system", "both"] = "both"
    microphone: str = ""
    system: str = ""
    keep_audio: bool = True


class RecognitionSettings(_Section):
    model: str = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "auto"
    language: str = "ko"  # ISO 639-1 or "auto" (starts with `default_language`, may switch)
    default_language: str = "ko"
    threads: Annotated[int, Field(ge=0, le=256)] = 0  # 0 = choose by machine
    vad_threshold: Fraction = 0.5
    suppress_hallucinations: bool = True
    short_windows: Literal["calibrated", "off"] = "calibrated"


class OverlaySettings(_Section):
    enabled: bool = False
    lines: Annotated[int, Field(ge=1, le=4)] = 2
    font_family: str = ""
    font_size_pt: Annotated[int, Field(ge=10, le=96)] = 28
    text_colour: str = "#FFFFFF"
    background_colour: str = "#101418"
    opacity: Fraction = 0.72
    show_partial: bool = True
    positions: dict[str, tuple[int, int, int, int]] = Field(default_factory=dict)


class HotkeySettings(_Section):
    toggle_capture: str = "Ctrl+Alt+R"
    toggle_overlay: str = "Ctrl+Alt+O"
    grab_overlay: str = "Ctrl+Alt+G"


class InterfaceSettings(_Section):
    language: Literal["auto", "ko", "en"] = "auto"
    theme: Literal["auto", "light", "dark"] = "auto"
    font_size_pt: Annotated[int, Field(ge=8, le=32)] = 12
    close_to_tray: bool = False
    geometry: str = ""  # base64 of QMainWindow.saveGeometry()
    splitter: str = ""


class ExportSettings(_Section):
    max_lines: Annotated[int, Field(ge=1, le=3)] = 2
    max_columns_latin: Annotated[int, Field(ge=20, le=80)] = 42
    max_columns_wide: Annotated[int, Field(ge=8, le=40)] = 16


class Settings(_Section):
    """All settings, by section."""

    audio: AudioSettings = Field(default_factory=AudioSettings)
    recognition: RecognitionSettings = Field(default_factory=RecognitionSettings)
    overlay: OverlaySettings = Field(default_factory=OverlaySettings)
    hotkeys: HotkeySettings = Field(default_factory=HotkeySettings)
    interface: InterfaceSettings = Field(default_factory=InterfaceSettings)
    export: ExportSettings = Field(default_factory=ExportSettings)


def load(path: Path) -> Settings:
    """Reads settings; missing file or fields mean defaults, a damaged file is set aside."""
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
        return Settings.model_validate(raw)
    except FileNotFoundError:
        return Settings()
    except (ValueError, ValidationError) as error:
        bad = path.with_suffix(".json.bad")
        _log.warning("settings are damaged (%s); kept as %s, defaults apply", error, bad)
        try:
            os.replace(path, bad)
        except OSError:
            _log.exception("the damaged settings could not be set aside")
        return Settings()


def save(settings: Settings, path: Path) -> None:
    """Writes settings so that a crash leaves the old file or the new one, never half of it.

    Raises:
        StorageError: the directory cannot be written.
    """
    temporary = path.with_suffix(".json.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(settings.model_dump_json(indent=2))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        if os.name == "posix":
            directory = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
    except OSError as error:
        raise StorageError(
            f"Settings could not be saved to {path}: {error.strerror or error}",
            hint="Free some space or make the folder writable.",
            code="storage.settings",
        ) from error
