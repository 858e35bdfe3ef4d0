"""Fetches one file that is known by its hash; a cut download goes on.  Thread: the caller's."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from desktop.errors import ServiceError

_TIMEOUT_S = 20.0


def fetch(
    url: str,
    target: Path,
    *,
    sha256: str,
    size_bytes: int,
    report: Callable[[int, int], None],
    cancel: threading.Event,
) -> None:
    """Brings the file at `url` to `target`, going on after what lies there.

    Args:
        size_bytes: about, for servers that do not tell.
        report: receives (bytes done, bytes in all).
        cancel: ends it; what came stays.

    Raises:
        ServiceError: it cannot be had, was cancelled, or has another hash and was deleted.
        OSError: the disk refuses.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not (target.exists() and _hash(target) == sha256):
        _bring(url, target, size_bytes, report, cancel)
        if _hash(target) != sha256:
            target.unlink()
            raise ServiceError(
                f"What came from {url} is not what it should be: its hash is another one. "
                "It was deleted.",
                hint="Install it again; if it stays so, somebody changes downloads on the way.",
                code="service.runtime_hash",
            )


def _bring(
    url: str,
    target: Path,
    size_bytes: int,
    report: Callable[[int, int], None],
    cancel: threading.Event,
) -> None:
    import httpx  # only who downloads waits for it

    have = target.stat().st_size if target.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with httpx.stream(
            "GET", url, headers=headers, timeout=_TIMEOUT_S, follow_redirects=True
        ) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                target.unlink()  # longer than it should be: from the start, next time
            answer.raise_for_status()
            have = have if answer.status_code == httpx.codes.PARTIAL_CONTENT else 0
            total = have + int(answer.headers.get("content-length") or size_bytes)
            with open(target, "ab" if have else "wb") as file:
                for piece in answer.iter_raw():
                    file.write(piece)
                    have += len(piece)
                    report(have, total)
                    if cancel.is_set():
                        raise ServiceError(
                            "The installation was cancelled.", code="service.cancelled"
                        )
    except httpx.HTTPError as error:
        raise ServiceError(
            f"{url} could not be fetched: {error}",
            hint="Check the connection and install it again: what was fetched is kept.",
            code="service.runtime_offline",
        ) from error


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
