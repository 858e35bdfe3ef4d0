"""Fetches a model's files from the Hugging Face hub: resumed, checked, cancellable.

Thread: the caller's; `fetch_model` blocks for as long as it takes.  The hub's own client is not
used for the files because it cannot be cancelled inside a file of 3 GB; its HTTP interface is
small and stable.  ``HF_ENDPOINT`` names a mirror.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import os
import re
import shutil
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.engine.asr.catalogue import ModelSpec
from desktop.engine.asr.modelfolder import CONFIG, MODEL_FILES, WEIGHTS
from desktop.errors import ModelError

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

_DEFAULT_ENDPOINT = "https://huggingface.co"
_CHUNK_BYTES = 256 * 1024
_TIMEOUT_S = 15.0
_ATTEMPTS = 5  # in a row without a new byte
_BACKOFF_S = 1.0
_SPARE_BYTES = 200_000_000  # left free on the disk for everything else
_METADATA_LIMIT_BYTES = 20_000_000
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_AGENT = {"User-Agent": "malgeul", "Accept-Encoding": "identity"}
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file to fetch; `digest` is a SHA-256, or git's SHA-1 for small files."""

    name: str
    size: int
    digest: str


def fetch_model(
    spec: ModelSpec,
    folder: Path,
    progress: Progress,
    cancel: threading.Event,
    *,
    endpoint: str | None = None,
    backoff_s: float = _BACKOFF_S,
) -> None:
    """Brings all files of `spec` into `folder`, continuing what an earlier call left there.

    Args:
        progress: called with bytes there and bytes in all, from this thread.
        cancel: set it to stop within a moment; partial files stay for the next time.

    Raises:
        ModelError: offline, refused, no space, wrong content or cancelled; see its code.
    """
    client = _Client((endpoint or os.environ.get("HF_ENDPOINT") or _DEFAULT_ENDPOINT).rstrip("/"))
    fetch = _Fetch(client, spec, folder, progress=progress, cancel=cancel, backoff_s=backoff_s)
    fetch.run()


class _Client:
    """HTTP with errors that people understand."""

    def __init__(self, endpoint: str) -> None:
        if urllib.parse.urlsplit(endpoint).scheme not in ("http", "https"):
            raise ModelError(
                f"HF_ENDPOINT is no web address: {endpoint}",
                hint="Set it to an address such as https://huggingface.co, or unset it.",
                code="model.endpoint",
            )
        self.endpoint = endpoint

    def open(self, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self.endpoint + urllib.parse.quote(path, safe="/?=&"), headers=_AGENT | headers
        )
        response: http.client.HTTPResponse = urllib.request.urlopen(  # noqa: S310 - as above
            request, timeout=_TIMEOUT_S
        )
        return response


class _Fetch:
    """One download from beginning to end."""

    def __init__(
        self,
        client: _Client,
        spec: ModelSpec,
        folder: Path,
        *,
        progress: Progress,
        cancel: threading.Event,
        backoff_s: float,
    ) -> None:
        self._client = client
        self._spec = spec
        self._folder = folder
        self._progress = progress
        self._cancel = cancel
        self._backoff_s = backoff_s
        self._done_bytes = 0
        self._total_bytes = 0

    def run(self) -> None:
        commit, files = self._metadata()
        self._total_bytes = sum(file.size for file in files)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._check_space(files)
            for file in files:
                self._bring(commit, file)
        except OSError as error:
            raise ModelError(
                f"The model cannot be written to {self._folder}: {error.strerror or error}.",
                hint="Free some space or make the folder writable; the download then continues.",
                code="model.storage",
            ) from error

    def _metadata(self) -> tuple[str, list[HubFile]]:
        revisions = [self._spec.revision] if self._spec.revision else []
        for revision in [*revisions, "main"]:
            try:
                raw = self._with_retries(
                    lambda r=revision: self._read_metadata(r)  # type: ignore[misc]  # bound now
                )
            except urllib.error.HTTPError as error:
                if error.code == 404 and revision != "main":
                    _log.warning("%s has no revision %s", self._spec.repo_id, revision)
                    continue
                raise self._refused(error) from error
            return self._parse(raw)
        raise AssertionError("unreachable: main is always tried")

    def _read_metadata(self, revision: str) -> Any:
        path = f"/api/models/{self._spec.repo_id}/revision/{revision}?blobs=true"
        with self._client.open(path, {"Accept": "application/json"}) as response:
            return json.loads(response.read(_METADATA_LIMIT_BYTES))

    def _parse(self, raw: Any) -> tuple[str, list[HubFile]]:
        try:
            commit = str(raw["sha"])
            files = [
                _hub_file(item) for item in raw["siblings"] if item["rfilename"] in MODEL_FILES
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise self._nonsense() from error
        names = {file.name for file in files}
        if not _COMMIT.fullmatch(commit) or not {WEIGHTS, CONFIG} <= names:
            raise self._nonsense()
        pinned = self._spec.weights_sha256
        weights = next(file for file in files if file.name == WEIGHTS)
        if pinned and weights.digest != pinned:
            raise ModelError(
                f"The model “{self._spec.name}” on the server is not the one that is known here.",
                hint="Update Malgeul, or get the model's folder elsewhere and import it.",
                code="model.hash",
            )
        return commit, sorted(files, key=lambda file: file.size)

    def _nonsense(self) -> ModelError:
        return ModelError(
            f"{self._client.endpoint} did not answer like a model server.",
            hint="Check HF_ENDPOINT and whether a login page of the network is in between.",
            code="model.server",
        )

    def _check_space(self, files: list[HubFile]) -> None:
        there = sum(_size(self._folder / (f.name + ".part")) for f in files)
        there += sum(_size(self._folder / f.name) for f in files)
        needed = self._total_bytes - there + _SPARE_BYTES
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise ModelError(
                f"The disk has {free / 1e9:.1f} GB free; “{self._spec.name}” needs "
                f"{needed / 1e9:.1f} GB.",
                hint="Free some space or choose a smaller model.",
                code="model.space",
            )

    def _bring(self, commit: str, file: HubFile) -> None:
        target, part = self._folder / file.name, self._folder / (file.name + ".part")
        if _size(target) == file.size:  # checked before it got its name
            self._report(file.size)
            return
        before = self._done_bytes
        if _size(part) > file.size:
            part.unlink()
        if _size(part) < file.size or not part.exists():
            try:
                self._with_retries(lambda: self._transfer(commit, file, part, before))
            except urllib.error.HTTPError as error:
                raise self._refused(error) from error
        self._done_bytes = before
        self._report(file.size)
        if self._digest(part, file) != file.digest:
            part.unlink()
            raise ModelError(
                f"{file.name} of “{self._spec.name}” arrived damaged (its checksum is wrong).",
                hint="Download it again.",
                code="model.hash",
            )
        os.replace(part, target)

    def _transfer(self, commit: str, file: HubFile, part: Path, before: int) -> None:
        """Receives the rest of `file`; returns when it is whole."""
        have = _size(part)
        headers = {"Range": f"bytes={have}-"} if have else {}
        path = f"/{self._spec.repo_id}/resolve/{commit}/{file.name}"
        with self._client.open(path, headers) as response:
            resumed = response.status == 206 and _range_start(response) == have
            with open(part, "r+b" if have else "wb") as target:
                have = have if resumed else 0
                target.seek(have)
                target.truncate()
                self._done_bytes = before + have
                while have < file.size:
                    self._check_cancel()
                    chunk = _received(response, min(_CHUNK_BYTES, file.size - have))
                    target.write(chunk)
                    have += len(chunk)
                    self._report(len(chunk))
                target.flush()
                os.fsync(target.fileno())

    def _with_retries(self, action: Callable[[], Any]) -> Any:
        """Repeats `action` after network trouble, for as long as bytes keep coming."""
        failures, reached = 0, -1
        while True:
            self._check_cancel()
            try:
                return action()
            except urllib.error.HTTPError as error:
                error.close()
                failures += 1
                if error.code not in _TRANSIENT or failures >= _ATTEMPTS:
                    raise
                trouble: Exception = error
            except (http.client.HTTPException, ConnectionError, TimeoutError, ValueError) as error:
                trouble = error
                failures = 1 if self._done_bytes > reached >= 0 else failures + 1
                reached = self._done_bytes
            except urllib.error.URLError as error:
                trouble = error
                failures += 1
            _log.info("download of %s: %s", self._spec.name, trouble)
            if failures >= _ATTEMPTS:
                raise self._unreachable(trouble) from trouble
            self._cancel.wait(self._backoff_s * 2 ** (failures - 1))

    def _digest(self, path: Path, file: HubFile) -> str:
        if len(file.digest) == 64:
            digest = hashlib.sha256()
        else:  # git's own name of a small file
            digest = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
        with open(path, "rb") as source:
            while chunk := source.read(1 << 20):
                self._check_cancel()
                digest.update(chunk)
        return digest.hexdigest()

    def _report(self, new_bytes: int) -> None:
        self._done_bytes += new_bytes
        self._progress(self._done_bytes, self._total_bytes)

    def _check_cancel(self) -> None:
        if self._cancel.is_set():
            raise ModelError(
                f"The download of “{self._spec.name}” was cancelled.",
                hint="Start it again to continue where it stopped.",
                code="model.cancelled",
            )

    def _unreachable(self, error: Exception) -> ModelError:
        reason = getattr(error, "reason", None) or error
        host = urllib.parse.urlsplit(self._client.endpoint).hostname
        return ModelError(
            f"{host} cannot be reached: {reason}.",
            hint="Check the network and try again, the download continues where it stopped. "
            "Without a network, import a model folder instead.",
            code="model.offline",
        )

    def _refused(self, error: urllib.error.HTTPError) -> ModelError:
        host = urllib.parse.urlsplit(self._client.endpoint).hostname
        reason = {
            401: "it asks for a login",
            403: "it refuses access",
            404: "it does not have this model",
            429: "there are too many requests at the moment",
        }.get(error.code, f"the server has trouble (HTTP {error.code})")
        return ModelError(
            f"“{self._spec.name}” cannot be downloaded from {host}: {reason}.",
            hint="Try again later, or import a model folder.",
            code="model.server",
        )


def _received(response: http.client.HTTPResponse, most: int) -> bytes:
    """The next bytes, at least one.

    Raises:
        ConnectionError: the network failed; no OSError else, which would be taken for the disk's.
    """
    try:
        chunk = response.read1(most)
    except OSError as error:  # also TLS that breaks, an interface that goes down
        raise ConnectionError(str(error)) from error
    if not chunk:
        raise ConnectionError("the server closed the connection early")
    return chunk


def _hub_file(item: dict[str, Any]) -> HubFile:
    lfs = item.get("lfs")
    digest = str(lfs["sha256"] if lfs else item["blobId"])
    size = int(lfs["size"] if lfs else item["size"])
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digest) or size < 0:
        raise ValueError("no digest")
    return HubFile(str(item["rfilename"]), size, digest)


def _range_start(response: http.client.HTTPResponse) -> int:
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else -1


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
