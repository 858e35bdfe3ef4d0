"""The models on this machine: listed, downloaded, imported, removed.

A model's folder appears under its final name only when everything in it is there and checked;
what is still coming lies under ``.incoming``.  Thread: any; a download blocks its caller.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.util
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from desktop.engine.asr.basic import BASIC_MODEL_NAME
from desktop.engine.asr.catalogue import CATALOGUE, compute_type_for, find_spec, recommend
from desktop.engine.asr.hardware import Hardware, detect
from desktop.engine.asr.modelfolder import MODEL_FILES, WEIGHTS, verify_folder
from desktop.engine.asr.modelhub import Progress, fetch_model
from desktop.errors import ModelError, NotFoundError
from desktop.records import ModelRecord

_INCOMING = ".incoming"
_NAME = re.compile(r"[\w][\w.\- ]{0,63}")
_BASIC_BYTES = 40_000_000
_BASIC_MEMORY_BYTES = 140_000_000
_IMPORT_OVERHEAD_BYTES = 600_000_000
_SPARE_BYTES = 200_000_000


class ModelStore:
    """The models below one directory, plus what could be there.

    Args:
        directory: created on the first download or import.
        hardware: for the recommendation; None looks at the machine when asked.
        endpoint: of the hub; None follows HF_ENDPOINT.
    """

    def __init__(
        self,
        directory: Path,
        *,
        hardware: Callable[[], Hardware] = detect,
        endpoint: str | None = None,
    ) -> None:
        self._directory = directory
        self._hardware = hardware
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def list(self) -> list[ModelRecord]:
        """Everything that is or can be installed: imported, catalogue, then the basic one."""
        hardware = self._hardware()
        best = recommend(hardware)
        known = {spec.name for spec in CATALOGUE}
        records = [
            self._imported(path) for path in self._installed_folders() if path.name not in known
        ]
        for spec in CATALOGUE:
            path = self._directory / spec.name
            installed = _looks_whole(path)
            records.append(
                ModelRecord(
                    name=spec.name,
                    label=spec.label,
                    installed=installed,
                    size_bytes=_folder_bytes(path) if installed else spec.download_bytes,
                    memory_bytes=spec.memory_bytes(compute_type_for(hardware, spec.name)[1]),
                    path=str(path) if installed else "",
                    languages=spec.languages,
                    recommended=spec.name == best,
                )
            )
        records.append(_basic_record())
        return records

    def resolve(self, name: str) -> Path:
        """The folder of an installed model, by its name or as a path to any model folder.

        Raises:
            NotFoundError: it is not installed.
            ModelError: it is there but damaged.
        """
        path = self._folder(name)
        if not (_NAME.fullmatch(name) and path.is_dir()):
            path = Path(os.path.expanduser(name))  # Path.expanduser raises for unknown users
            if not (path.is_absolute() or os.sep in name) or not path.is_dir():
                raise NotFoundError(
                    f"The model “{name}” is not installed.",
                    hint=f"Get it with: malgeul models get {name}",
                    code="not_found.model",
                )
        verify_folder(path)
        return path

    def verify(self, path: Path) -> None:
        """Raises ModelError when `path` does not hold a whole CTranslate2 Whisper model."""
        verify_folder(path)

    def download(self, name: str, progress: Progress, cancel: threading.Event) -> ModelRecord:
        """Fetches a model of the catalogue; returns at once when it is installed.

        Args:
            progress: called with bytes there and bytes in all, from this thread.
            cancel: stops the download; it continues from there next time.

        Raises:
            NotFoundError: the catalogue has no such model.
            ModelError: offline, no space, wrong content, cancelled or already running.
        """
        spec = find_spec(name)
        target = self._directory / spec.name
        with self._exclusively(spec.name):
            if not _looks_whole(target):
                folder = self._directory / _INCOMING / spec.name
                fetch_model(spec, folder, progress, cancel, endpoint=self._endpoint)
                verify_folder(folder)
                self._publish(folder, target)
        return self._record(spec.name)

    def import_folder(self, path: Path) -> ModelRecord:
        """Copies a CTranslate2 Whisper folder into the store under the folder's name.

        Pickled models are refused (faults: N81); only known model files are copied.

        Raises:
            ModelError: it is no whole Whisper model, its name is taken, or it cannot be copied.
        """
        verify_folder(path)
        name = _import_name(path)
        target = self._directory / name
        if target.exists() or name in (BASIC_MODEL_NAME, "auto"):
            raise ModelError(
                f"There is a model called “{name}” already.",
                hint="Rename the folder, or remove the other model first.",
                code="model.exists",
            )
        self._sweep()
        with self._exclusively(name):
            folder = self._directory / _INCOMING / f"import-{name}-{os.getpid()}"
            try:
                self._copy(path, folder)
                verify_folder(folder)
                self._publish(folder, target)
            except OSError as error:
                raise ModelError(
                    f"The model cannot be copied to {self._directory}: {error.strerror or error}.",
                    hint="Free some space or make the folder writable.",
                    code="model.storage",
                ) from error
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        return self._record(name)

    def remove(self, name: str) -> None:
        """Deletes an installed model and what was left of its download.

        Raises:
            NotFoundError: it is not installed.
            ModelError: it cannot be deleted, or is being downloaded.
        """
        self._sweep()
        target = self._folder(name)
        wanted = target.name
        partial = self._directory / _INCOMING / wanted
        if not _NAME.fullmatch(name) or not (target.is_dir() or partial.is_dir()):
            raise NotFoundError(f"The model “{name}” is not installed.", code="not_found.model")
        with self._exclusively(wanted):
            try:
                for folder in (target, partial):
                    if folder.is_dir():
                        # out of sight first: a half deleted model must not look installed
                        doomed = self._directory / _INCOMING / f"removed-{wanted}"
                        doomed.parent.mkdir(parents=True, exist_ok=True)
                        shutil.rmtree(doomed, ignore_errors=True)
                        os.replace(folder, doomed)
                        shutil.rmtree(doomed)
            except OSError as error:
                raise ModelError(
                    f"The model “{name}” cannot be deleted: {error.strerror or error}.",
                    hint="Close programs that use it and check the folder's permissions.",
                    code="model.storage",
                ) from error

    @contextlib.contextmanager
    def _exclusively(self, name: str) -> Iterator[None]:
        with self._lock:
            if name in self._busy:
                raise ModelError(
                    f"The model “{name}” is being downloaded or changed already.",
                    hint="Wait until that has finished.",
                    code="model.busy",
                )
            self._busy.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(name)

    def _sweep(self) -> None:
        """Deletes what imports and removals left whose program was killed: a model is large."""
        import psutil

        incoming = self._directory / _INCOMING
        for folder in incoming.glob("import-*"):
            number = folder.name.rpartition("-")[2]
            if not (number.isdecimal() and psutil.pid_exists(int(number))):
                shutil.rmtree(folder, ignore_errors=True)
        for folder in incoming.glob("removed-*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _publish(self, folder: Path, target: Path) -> None:
        """Gives a finished folder its name in one step."""
        try:
            if target.exists():  # a damaged model in its place
                shutil.rmtree(target)
            os.replace(folder, target)
        except OSError as error:
            raise ModelError(
                f"The model cannot be put into {target}: {error.strerror or error}.",
                hint="Make the folder writable and try again.",
                code="model.storage",
            ) from error

    @staticmethod
    def _copy(source: Path, folder: Path) -> None:
        files = [source / name for name in MODEL_FILES if (source / name).is_file()]
        folder.mkdir(parents=True)
        needed = sum(file.stat().st_size for file in files) + _SPARE_BYTES
        free = shutil.disk_usage(folder).free
        if needed > free:
            raise ModelError(
                f"The disk has {free / 1e9:.1f} GB free; the model needs {needed / 1e9:.1f} GB.",
                hint="Free some space.",
                code="model.space",
            )
        for file in files:
            shutil.copyfile(file, folder / file.name)

    def _folder(self, name: str) -> Path:
        """Where the model called `name` lies: an imported one may bear another's second name."""
        exact = self._directory / name
        return exact if _looks_whole(exact) else self._directory / _canonical(name)

    def _installed_folders(self) -> builtins.list[Path]:
        try:
            found = [path for path in self._directory.iterdir() if path.name[0] != "."]
        except OSError:
            return []
        return sorted(path for path in found if _looks_whole(path))

    def _imported(self, path: Path) -> ModelRecord:
        weights_bytes = (path / WEIGHTS).stat().st_size
        return ModelRecord(
            name=path.name,
            label=path.name,
            installed=True,
            size_bytes=_folder_bytes(path),
            memory_bytes=weights_bytes + _IMPORT_OVERHEAD_BYTES,
            path=str(path),
            languages="multilingual",
        )

    def _record(self, name: str) -> ModelRecord:
        return next(record for record in self.list() if record.name == name)


def _canonical(name: str) -> str:
    try:
        return find_spec(name).name
    except NotFoundError:
        return name


def _looks_whole(path: Path) -> bool:
    """A quick look for lists; `verify_folder` is the thorough one."""
    return (path / WEIGHTS).is_file() and (path / "config.json").is_file()


def _folder_bytes(path: Path) -> int:
    try:
        return sum(entry.stat().st_size for entry in path.iterdir() if entry.is_file())
    except OSError:
        return 0


def _import_name(path: Path) -> str:
    name = path.resolve().name
    if re.fullmatch(r"[0-9a-f]{40}", name):  # a snapshot in the hub's own cache
        name = path.resolve().parent.parent.name.split("--")[-1]
    cleaned = re.sub(r"[^\w.\- ]", "_", name).strip(" .")[:64]
    return cleaned if _NAME.fullmatch(cleaned) else "model"


def _basic_record() -> ModelRecord:
    installed = importlib.util.find_spec("pocketsphinx") is not None
    return ModelRecord(
        name=BASIC_MODEL_NAME,
        label="Basic recogniser (English, rough)",
        installed=installed,
        size_bytes=_BASIC_BYTES,
        memory_bytes=_BASIC_MEMORY_BYTES,
        path="",
        languages="en",
        basic=True,
    )
