"""Models for the local servers: fetched at a pinned revision, known by hash where it is one file.

Thread: the caller's.  Repositories of many files go into Hugging Face's own cache, where vLLM and
the embedding server look for them by name; their fetching runs in a child process, since the
hub's client cannot be stopped inside a file of gigabytes.  ``HF_ENDPOINT`` names a mirror.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import ServiceError, StorageError
from desktop.interpreter import python_command
from desktop.records import RuntimeRecord
from desktop.services.gpu.models import folder_of, hub_folder
from desktop.services.runtimes.command import run_command
from desktop.services.runtimes.conditions import delete, existing
from desktop.services.runtimes.marker import size_of
from desktop.services.runtimes.pinned_file import fetch

_ENDPOINT = "https://huggingface.co"
_SPARE_BYTES = 1_000_000_000
_FETCH = """
import sys
from huggingface_hub import snapshot_download
repository, revision, *patterns = sys.argv[1:]
snapshot_download(repository, revision=revision, allow_patterns=patterns, max_workers=2)
"""
_WEIGHTS = ("*.safetensors", "*.json", "*.txt", "*.model", "LICENSE*")


@dataclass(frozen=True, slots=True)
class ServerModel:
    """One model; with `file` and `sha256` a single file for llama.cpp, else a whole repository."""

    name: str
    label: str
    repository: str
    revision: str
    size_bytes: int
    file: str = ""
    sha256: str = ""
    patterns: tuple[str, ...] = _WEIGHTS


MODELS = (
    ServerModel(
        "qwen2.5-7b", "Qwen2.5 7B", "Qwen/Qwen2.5-7B-Instruct",
        "a09a35458c702b33eeacc393d103063234e8bc28", 15_250_000_000,
    ),
    ServerModel(
        "qwen2.5-7b-awq", "Qwen2.5 7B (AWQ)", "Qwen/Qwen2.5-7B-Instruct-AWQ",
        "b25037543e9394b818fdfca67ab2a00ecc7dd641", 5_580_000_000,
    ),
    ServerModel(
        "qwen2.5-3b-awq", "Qwen2.5 3B (AWQ)", "Qwen/Qwen2.5-3B-Instruct-AWQ",
        "3559b226e8ce77211e2c1bd7ddfb7686fec4d6dd", 2_100_000_000,
    ),
    ServerModel(
        "qwen2.5-1.5b-gguf", "Qwen2.5 1.5B (GGUF)", "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        "91cad51170dc346986eccefdc2dd33a9da36ead9", 1_117_320_736,
        "qwen2.5-1.5b-instruct-q4_k_m.gguf",
        "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
    ),
    ServerModel(
        "bge-m3", "BGE-M3", "BAAI/bge-m3",
        "5617a9f61b028005a4858fdac845db406aefb181", 2_300_000_000,
        patterns=(*_WEIGHTS, "pytorch_model.bin", "sparse_linear.pt", "colbert_linear.pt"),
    ),
    ServerModel(
        "bge-reranker", "BGE reranker v2 m3", "BAAI/bge-reranker-v2-m3",
        "953dc6f6f85a1b2dbfca4c34a2796e7dde08d41e", 2_300_000_000,
    ),
)  # fmt: skip


class ModelShelf:
    """The models of one installation.

    Args:
        root: the data directory.
        models: those there are.
    """

    def __init__(self, root: Path, models: tuple[ServerModel, ...] = MODELS) -> None:
        self._root = root
        self._models = {model.name: model for model in models}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._models)

    def records(self) -> list[RuntimeRecord]:
        """Every model as it is now."""
        return [self._record(model) for model in self._models.values()]

    def _record(self, model: ServerModel) -> RuntimeRecord:
        path = self._path(model)
        unfinished = self._note(model).exists()
        installed = path is not None and not unfinished
        return RuntimeRecord(
            name=model.name,
            label=model.label,
            installed=installed,
            installing=False,
            size_bytes=model.size_bytes,
            path=str(path or ""),
            version=model.revision[:8],
            reason="its installation was interrupted" if unfinished else "",
            hint="Install it again: what was fetched is kept." if unfinished else "",
        )

    def _path(self, model: ServerModel) -> Path | None:
        if not model.file:
            return folder_of(model.repository)
        path = self._root / "models" / "llm" / model.file
        return path if path.is_file() else None

    def _note(self, model: ServerModel) -> Path:
        """Lies there while a model is being fetched, and after that was interrupted."""
        return self._root / "models" / f"{model.name}.part"

    def install(
        self, name: str, report: Callable[[int, int], None], cancel: threading.Event
    ) -> None:
        """Fetches a model; one that is here is left as it is.

        Raises:
            ServiceError: it cannot be had, or was cancelled; what came stays for the next try.
            StorageError: the disk is too full or refuses.
        """
        model = self._models[name]
        note = self._note(model)
        if self._path(model) is not None and not note.exists():
            return
        try:
            note.parent.mkdir(parents=True, exist_ok=True)
            self._check_space(model)
            if model.file:
                self._fetch_file(model, note, report, cancel)
            else:
                note.touch()
                self._fetch_repository(model, report, cancel)
                note.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"{model.label} could not be kept: {error.strerror or error}",
                hint="Free some space or make the folder writable.",
                code="storage.runtime",
            ) from error
        report(model.size_bytes, model.size_bytes)

    def remove(self, name: str) -> None:
        """Deletes a model from the disk, and what was fetched of one that is not whole.

        Raises:
            StorageError: it could not be deleted.
        """
        model = self._models[name]
        if model.file:
            delete(self._root / "models" / "llm" / model.file)
        else:
            delete(hub_folder(model.repository))
        delete(self._note(model))

    def _check_space(self, model: ServerModel) -> None:
        place = self._root if model.file else hub_folder(model.repository)
        free = shutil.disk_usage(existing(place)).free
        needed = model.size_bytes + _SPARE_BYTES
        if free < needed:
            raise StorageError(
                f"{model.label} needs about {needed / 1e9:.1f} GB of disk; "
                f"{free / 1e9:.1f} GB are free.",
                hint="Free some space, or move the data directory with the variable MALGEUL_HOME.",
                code="storage.runtime_space",
            )

    def _fetch_file(
        self,
        model: ServerModel,
        part: Path,
        report: Callable[[int, int], None],
        cancel: threading.Event,
    ) -> None:
        endpoint = os.environ.get("HF_ENDPOINT", _ENDPOINT).rstrip("/")
        fetch(
            f"{endpoint}/{model.repository}/resolve/{model.revision}/{model.file}",
            part,
            sha256=model.sha256,
            size_bytes=model.size_bytes,
            report=report,
            cancel=cancel,
        )
        target = self._root / "models" / "llm" / model.file
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, target)

    def _fetch_repository(
        self, model: ServerModel, report: Callable[[int, int], None], cancel: threading.Event
    ) -> None:
        if getattr(sys, "frozen", False):
            raise ServiceError(
                f"{model.label} cannot be fetched by this build of Malgeul.",
                hint=f"Use Hugging Face's program: hf download {model.repository}",
                code="service.runtime_unfit",
            )
        folder = hub_folder(model.repository)
        blobs = folder / "blobs"

        def look() -> None:
            done = size_of(blobs) if blobs.exists() else 0
            report(min(done, int(model.size_bytes * 0.98)), model.size_bytes)

        arguments = [model.repository, model.revision, *model.patterns]
        ended = run_command(
            [*python_command(), "-I", "-c", _FETCH, *arguments],
            cancel=cancel,
            heard=lambda _: None,
            idle=look,
            environment={"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"},
        )
        if ended.cancelled:
            raise ServiceError("The installation was cancelled.", code="service.cancelled")
        if ended.code != 0:
            last = next((line for line in reversed(ended.tail) if line.strip()), "no reason given")
            raise ServiceError(
                f"{model.label} could not be fetched: {last[:300]}",
                hint="Check the connection and install it again: what was fetched is kept.",
                code="service.runtime_offline",
            )
