"""Fetches Qdrant's server program: one pinned release, known by its hash before it is unpacked.

Thread: the caller's.  A cut download goes on where it stopped; a file with another hash is thrown
away and never unpacked.  Qdrant publishes no checksum file; the hashes below are those that many
independent projects pin for the release's files.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import ServiceError, StorageError
from desktop.records import RuntimeRecord
from desktop.services.runtimes import marker
from desktop.services.runtimes.conditions import delete, existing
from desktop.services.runtimes.pinned_file import fetch

NAME = "qdrant"
LABEL = "Qdrant (vector store)"
VERSION = "1.19.0"
RELEASES = f"https://github.com/qdrant/qdrant/releases/download/v{VERSION}"
_INSTALLED_BYTES = 100_000_000
PROGRAM = "qdrant.exe" if sys.platform == "win32" else "qdrant"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the release."""

    file: str
    sha256: str
    size_bytes: int  # about


_ASSETS = {  # the musl builds run on every Linux, whatever its C library
    ("linux", "x86_64"): Asset(
        "qdrant-x86_64-unknown-linux-musl.tar.gz",
        "9ec667456443463eee390e43cd36988af6b730c6db807b4e39f57c303d0264a3",
        31_974_028,
    ),
    ("linux", "aarch64"): Asset(
        "qdrant-aarch64-unknown-linux-musl.tar.gz",
        "8986afbbff9ac32d6e2dbe5cabec80565f613f777126096a461ba066573d3245",
        29_972_695,
    ),
    ("win32", "amd64"): Asset(
        "qdrant-x86_64-pc-windows-msvc.zip",
        "980cb2e1ae771155cf211da8c0a8a9206b6482bd4effdc4db994d3adb707b087",
        29_340_688,
    ),
}


def asset_here() -> Asset | None:
    """The file for this system and processor; None when there is none."""
    machine = platform.machine().lower()
    return _ASSETS.get((sys.platform, {"arm64": "aarch64"}.get(machine, machine)))


class QdrantBinary:
    """The program below ``runtimes/qdrant`` in the data directory.

    Args:
        root: the data directory.
        asset: which file; None where there is none for this machine.
        releases: where the release's files lie.
    """

    def __init__(self, root: Path, *, asset: Asset | None = None, releases: str = RELEASES) -> None:
        self.folder = root / "runtimes" / NAME
        self._asset = asset
        self._releases = releases

    def record(self) -> RuntimeRecord:
        """As it is now."""
        built = marker.read(self.folder)
        by_hand = built is None and os.access(self.folder / PROGRAM, os.X_OK)
        reason = "" if self._asset is not None else "there is no build for this processor"
        return RuntimeRecord(
            name=NAME,
            label=LABEL,
            installed=built is not None or by_hand,
            installing=False,
            size_bytes=built.size_bytes if built is not None else _INSTALLED_BYTES,
            path=str(self.folder),
            version=built.version if built is not None else "" if by_hand else VERSION,
            reason=reason,
            hint="Vectors are kept in the application meanwhile." if reason else "",
            possible=not reason,
        )

    def install(self, report: Callable[[int, int], None], cancel: threading.Event) -> None:
        """Fetches, checks and unpacks it.

        Raises:
            ServiceError: it cannot be had, or it is not what it should be.
            StorageError: the disk refuses.
        """
        asset = self._asset
        if asset is None:
            raise ServiceError(
                "There is no Qdrant for this processor.",
                hint="Use a server of your own (services.qdrant.url in settings.json), or none: it "
                "works without.",
                code="service.runtime_unfit",
            )
        built = marker.read(self.folder)
        if built is not None and built.recipe == asset.sha256[:12]:
            return
        archive = self.folder.parent / f"{asset.file}.part"
        try:
            self._check_space()
            fetch(
                f"{self._releases}/{asset.file}",
                archive,
                sha256=asset.sha256,
                size_bytes=asset.size_bytes,
                report=report,
                cancel=cancel,
            )
            self._unpack(asset, archive)
        except OSError as error:
            raise StorageError(
                f"Qdrant could not be written to {self.folder}: {error.strerror or error}",
                hint="Free some space or make the folder writable.",
                code="storage.runtime",
            ) from error

    def remove(self) -> None:
        """Deletes the program; its data stays.

        Raises:
            StorageError: it could not be deleted.
        """
        delete(self.folder)

    def _check_space(self) -> None:
        free = shutil.disk_usage(existing(self.folder)).free
        if free < 3 * _INSTALLED_BYTES:
            raise StorageError(
                f"{LABEL} needs about {3 * _INSTALLED_BYTES / 1e9:.1f} GB of disk; "
                f"{free / 1e9:.1f} GB are free.",
                hint="Free some space, or move the data directory with the variable MALGEUL_HOME.",
                code="storage.runtime_space",
            )

    def _unpack(self, asset: Asset, archive: Path) -> None:
        """Takes the one program out of the archive, whose hash was found to be right."""
        marker.begin(self.folder)
        target = self.folder / PROGRAM
        temporary = target.with_suffix(".new")
        with open(temporary, "wb") as file:
            if asset.file.endswith(".zip"):
                with zipfile.ZipFile(archive) as packed, packed.open(PROGRAM) as source:
                    shutil.copyfileobj(source, file)
            else:
                with tarfile.open(archive, "r:gz") as packed_tar:
                    member = packed_tar.extractfile(PROGRAM)
                    assert member is not None, "the hash is that of an archive with the program"
                    shutil.copyfileobj(member, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o755)
        os.replace(temporary, target)
        marker.finish(self.folder, NAME, VERSION, asset.sha256[:12])
        archive.unlink()
