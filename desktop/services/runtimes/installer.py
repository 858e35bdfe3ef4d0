"""Builds, lists and removes the separate environments below ``runtimes`` in the data directory.

Thread: the caller's; `install` takes minutes.  What pip has fetched stays in its cache, so that an
interrupted installation goes on from there; the environment itself is built anew, because a half
unpacked package looks whole to pip.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from desktop.errors import ServiceError, StorageError
from desktop.records import RuntimeRecord
from desktop.services.runtimes import marker
from desktop.services.runtimes.catalogue import (
    TORCH_CPU_INDEX,
    Runtime,
    Step,
    find,
    python_of,
    runtimes,
)
from desktop.services.runtimes.command import Ended, run_command
from desktop.services.runtimes.conditions import check_space, delete, obstacle
from desktop.services.runtimes.interpreter import find_interpreter
from desktop.services.runtimes.progress import PipProgress

PIP = "pip==26.0"  # resumes cut downloads and tells how far it is
PROGRESS = ("--progress-bar", "raw")
Report = Callable[[int, int], None]
_REACH_WITHIN_S = 5.0
_OFFLINE = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|"
    r"Name or service not known|getaddrinfo failed|Network is unreachable|ConnectTimeoutError|"
    r"ReadTimeoutError|Connection refused|ProxyError",
    re.IGNORECASE,
)


class RuntimeInstaller:
    """The environments of one installation.

    Args:
        root: the data directory.
        card: whether there is an NVIDIA card.
    """

    def __init__(self, root: Path, *, card: bool) -> None:
        self._root = root
        self._card = card

    def folder(self, name: str) -> Path:
        return self._root / "runtimes" / name

    def records(self) -> list[RuntimeRecord]:
        """Every environment as it is now; reads a few small files."""
        return [self._record(runtime) for runtime in runtimes(card=self._card)]

    def _record(self, runtime: Runtime) -> RuntimeRecord:
        folder = self.folder(runtime.name)
        built = marker.read(folder)
        by_hand = built is None and not marker.unfinished(folder) and python_of(folder).exists()
        reason, hint = obstacle(runtime, card=self._card)
        possible = not reason
        if marker.unfinished(folder) and possible:
            reason = "its installation was interrupted"
            hint = "Install it again: what was fetched is kept."
        elif built is not None and built.recipe != runtime.recipe:
            reason = "it was made by another version of Malgeul"
            hint = "Install it again to get the versions that belong together."
        return RuntimeRecord(
            name=runtime.name,
            label=runtime.label,
            installed=built is not None or by_hand,
            installing=False,
            size_bytes=built.size_bytes if built is not None else runtime.installed_bytes,
            path=str(folder),
            version=built.version if built is not None else "" if by_hand else runtime.version,
            reason=reason,
            hint=hint,
            possible=possible,
        )

    def install(self, name: str, report: Report, cancel: threading.Event) -> None:
        """Builds the environment; one that is whole and up to date, or made by hand, is left.

        Args:
            report: receives (bytes done, bytes in all), several times a second.
            cancel: ends it early; nothing half built is left.

        Raises:
            NotFoundError: there is no such environment.
            ServiceError: it cannot be made here, or a step failed.
            StorageError: the disk is too full.
        """
        runtime = find(name, card=self._card)
        reason, hint = obstacle(runtime, card=self._card)
        if reason:
            raise ServiceError(
                f"{runtime.label} cannot be installed here: {reason}.",
                hint=hint,
                code="service.runtime_unfit",
            )
        folder = self.folder(name)
        built = marker.read(folder)
        if built is not None and built.recipe == runtime.recipe:
            return
        if built is None and not marker.unfinished(folder) and python_of(folder).exists():
            return  # somebody's own work
        python = find_interpreter()
        check_space(runtime, folder)
        progress = PipProgress(runtime, folder, report)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            self._build(runtime, folder, python, progress, cancel)
        except OSError as error:
            raise StorageError(
                f"The environment in {folder} could not be written: {error.strerror or error}",
                hint="Free some space or make the folder writable.",
                code="storage.runtime",
            ) from error
        finally:
            if marker.unfinished(folder) and cancel.is_set():
                shutil.rmtree(folder, ignore_errors=True)
        progress.finish()

    def remove(self, name: str) -> None:
        """Deletes an environment; stop what runs from it first.

        Raises:
            NotFoundError: there is no such environment.
            StorageError: it could not be deleted.
        """
        find(name, card=self._card)
        folder = self.folder(name)
        if not folder.exists():
            return
        with contextlib.suppress(OSError):  # `delete` says what is the matter
            marker.begin(folder)  # half deleted is not whole
        delete(folder)

    # --- building -------------------------------------------------------------------------------

    def _build(
        self,
        runtime: Runtime,
        folder: Path,
        python: Path,
        progress: PipProgress,
        cancel: threading.Event,
    ) -> None:
        marker.begin(folder)
        scratch = folder / "tmp"  # the system's may be small, and in memory
        scratch.mkdir()
        self._run([str(python), "-m", "venv", str(folder)], runtime, progress, cancel)
        pip = [str(python_of(folder)), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        for step in (Step((PIP,)), *runtime.steps):
            index = ("--extra-index-url", TORCH_CPU_INDEX) if _wants_index(step) else ()
            options = ("install", *PROGRESS, "--only-binary", ":all:", *index)
            first = step.arguments == (PIP,)
            self._run(
                [*pip, *(("install", "-q") if first else options), *step.arguments],
                runtime,
                progress,
                cancel,
            )
        self._try(runtime, folder)
        shutil.rmtree(scratch, ignore_errors=True)
        marker.finish(folder, runtime.name, runtime.version, runtime.recipe)

    def _run(
        self, argv: list[str], runtime: Runtime, progress: PipProgress, cancel: threading.Event
    ) -> None:
        folder = self.folder(runtime.name)
        ended = run_command(
            argv,
            cancel=cancel,
            heard=progress.heard,
            idle=progress.tick,
            environment={"TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"},
            cwd=folder,
        )
        if ended.cancelled:
            raise ServiceError("The installation was cancelled.", code="service.cancelled")
        if ended.code != 0:
            raise _failed(runtime, ended)

    def _try(self, runtime: Runtime, folder: Path) -> None:
        """What it is there for can be found in it."""
        look = (
            "import importlib.util, sys;"
            f"sys.exit(importlib.util.find_spec({runtime.module!r}) is None)"
        )
        done = subprocess.run(
            [str(python_of(folder)), "-I", "-c", look], capture_output=True, check=False
        )
        if done.returncode != 0:
            raise ServiceError(
                f"{runtime.label} is not in its new environment.",
                hint="Install it again; the log has the details.",
                code="service.runtime",
            )


def _wants_index(step: Step) -> bool:
    """torch's own index is asked where it can be reached; elsewhere the usual one must do."""
    if not step.cpu_torch:
        return False
    host = urlsplit(TORCH_CPU_INDEX).hostname
    assert host is not None
    try:
        with socket.create_connection((host, 443), timeout=_REACH_WITHIN_S):
            return True
    except OSError:
        return False


def _failed(runtime: Runtime, ended: Ended) -> ServiceError:
    """Why a step failed, from what it printed last."""
    text = "\n".join(ended.tail)
    if "ensurepip" in text:
        return ServiceError(
            "Python cannot make environments: its venv module is not complete.",
            hint="Install it (Debian, Ubuntu: sudo apt install python3-venv).",
            code="service.no_venv",
        )
    if "No space left" in text:
        return ServiceError(
            f"The disk became full while {runtime.label} was installed.",
            hint="Free some space and install it again: what was fetched is kept.",
            code="service.runtime_space",
        )
    if _OFFLINE.search(text):
        return ServiceError(
            f"{runtime.label} could not be fetched: the package index is out of reach.",
            hint="Check the connection and install it again: what was fetched is kept.",
            code="service.runtime_offline",
        )
    told = [line for line in ended.tail if line.startswith("ERROR")]
    last = told[0] if told else next((line for line in reversed(ended.tail) if line.strip()), "")
    last = last.removeprefix("ERROR: ")[:300] or f"exit code {ended.code}"
    return ServiceError(
        f"{runtime.label} could not be installed: {last}",
        hint="The log has the details; installing again keeps what was fetched.",
        code="service.runtime",
    )
