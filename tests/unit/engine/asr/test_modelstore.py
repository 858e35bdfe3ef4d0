"""The model manager against a real HTTP server that speaks the hub's interface and misbehaves."""

from __future__ import annotations

import errno
import hashlib
import http.client
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from model_files import COMMIT, FILES

from desktop.engine.asr import catalogue, modelhub
from desktop.engine.asr.catalogue import ModelSpec
from desktop.engine.asr.modelstore import ModelStore
from desktop.errors import ModelError, NotFoundError


@dataclass
class Hub:
    """What the server has, how it misbehaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    drops: int = 0  # answers for model.bin that break off half-way
    failures: int = 0  # answers that are 503
    status: int = 0  # for everything, when set
    lie: bool = False  # send other bytes than announced
    ignore_range: bool = False
    slow_s: float = 0.0
    revisions: tuple[str, ...] = (COMMIT, "main")
    html: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def metadata(self) -> bytes:
        siblings = []
        for name, data in self.files.items():
            item: dict[str, object] = {"rfilename": name, "size": len(data)}
            item["blobId"] = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
            if name == "model.bin":
                item["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            siblings.append(item)
        return json.dumps({"id": "test/tiny", "sha": COMMIT, "siblings": siblings}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        hub = self.hub
        hub.requests.append((self.path, self.headers.get("Range", "")))
        if hub.status or hub.failures:
            hub.failures -= 1 if hub.failures else 0
            self.send_error(hub.status or 503)
        elif self.path.startswith("/api/models/"):
            revision = self.path.split("/revision/")[1].split("?")[0]
            if revision in hub.revisions:
                self._answer(200, b"<html>login" if hub.html else hub.metadata())
            else:
                self.send_error(404)
        else:
            self._send_file(self.path.rsplit("/", 1)[1])

    def _send_file(self, name: str) -> None:
        hub, data = self.hub, self.hub.files[name]
        start = 0
        asked = self.headers.get("Range")
        if asked and not hub.ignore_range:
            start = int(asked.removeprefix("bytes=").split("-")[0])
        if hub.lie and name == "model.bin":
            data = b"\xff" * len(data)
        body, status = data[start:], 206 if start else 200
        broken = name == "model.bin" and hub.drops > 0
        if broken:
            hub.drops -= 1
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        body = body[: len(body) // 2] if broken else body
        step = 20_000 if hub.slow_s else len(body) or 1
        try:
            for first in range(0, len(body), step):
                self.wfile.write(body[first : first + step])
                time.sleep(hub.slow_s)
        except OSError:
            pass

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A running server; the catalogue's model "tiny" points to it, without pinned hashes."""
    state = Hub()
    handler = type("BoundHandler", (Handler,), {"hub": state})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("HF_ENDPOINT", state.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(modelhub, "_SPARE_BYTES", 0)
    monkeypatch.setattr(
        modelhub.fetch_model, "__kwdefaults__", {"endpoint": None, "backoff_s": 0.01}
    )
    _use(monkeypatch, ModelSpec("tiny", "Tiny", "test/tiny", 39, 300_000))
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def _use(monkeypatch: pytest.MonkeyPatch, spec: ModelSpec) -> None:
    monkeypatch.setattr(catalogue, "CATALOGUE", (spec,))
    monkeypatch.setattr("desktop.engine.asr.modelstore.CATALOGUE", (spec,))


def _download(store: ModelStore, seen: list[tuple[int, int]] | None = None) -> None:
    store.download("tiny", lambda *step: (seen if seen is not None else []).append(step),
                   threading.Event())  # fmt: skip


def _fails(store: ModelStore, code: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        _download(store)
    assert caught.value.code == code
    record = next(r for r in store.list() if r.name == "tiny")
    assert not record.installed, "a model that did not arrive whole must not look installed"
    with pytest.raises(NotFoundError):
        store.resolve("tiny")
    return caught.value


def test_download_from_beginning_to_end(hub: Hub, store: ModelStore, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    _download(store, seen)
    path = store.resolve("tiny")
    assert sorted(p.name for p in path.iterdir()) == [
        "config.json", "model.bin", "tokenizer.json", "vocabulary.txt",
    ]  # fmt: skip
    assert (path / "model.bin").read_bytes() == FILES["model.bin"]
    assert seen[-1][0] == seen[-1][1] == sum(len(FILES[p.name]) for p in path.iterdir())
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    record = next(r for r in store.list() if r.name == "tiny")
    assert record.installed
    assert record.recommended
    assert record.path == str(path)
    hub.requests.clear()
    _download(store)
    assert hub.requests == [], "an installed model needs no network"


def test_broken_connection_is_resumed_where_it_stopped(hub: Hub, store: ModelStore) -> None:
    hub.drops = 3
    _download(store)
    ranges = [asked for path, asked in hub.requests if path.endswith("model.bin")]
    assert ranges[0] == ""
    assert [int(r[6:-1]) for r in ranges[1:]] == sorted(int(r[6:-1]) for r in ranges[1:])
    assert len(ranges) == 4
    assert (store.resolve("tiny") / "model.bin").read_bytes() == FILES["model.bin"]


def test_endless_trouble_gives_up_and_the_next_call_continues(hub: Hub, store: ModelStore) -> None:
    hub.status = 503
    _fails(store, "model.server")
    hub.status = 0
    hub.failures = 2
    _download(store)
    assert store.resolve("tiny")


def test_server_that_ignores_ranges(hub: Hub, store: ModelStore) -> None:
    hub.drops, hub.ignore_range = 1, True
    _download(store)
    assert (store.resolve("tiny") / "model.bin").read_bytes() == FILES["model.bin"]


def test_wrong_content_is_refused_and_not_kept(hub: Hub, store: ModelStore) -> None:
    hub.lie = True
    assert "checksum" in _fails(store, "model.hash").message
    hub.lie = False
    _download(store)
    assert store.resolve("tiny")


def test_weights_other_than_the_pinned_ones(
    hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(monkeypatch, ModelSpec("tiny", "T", "test/tiny", 39, 1, weights_sha256="0" * 64))
    _fails(store, "model.hash")


def test_pinned_revision_that_is_gone_falls_back_to_main(
    hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(monkeypatch, ModelSpec("tiny", "T", "test/tiny", 39, 1, revision="b" * 40))
    _download(store)
    assert store.resolve("tiny")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_refusals(hub: Hub, store: ModelStore, status: int) -> None:
    hub.status = status
    assert _fails(store, "model.server").hint


def test_login_page_instead_of_the_hub(hub: Hub, store: ModelStore) -> None:
    hub.html = True
    with pytest.raises(ModelError) as caught:
        _download(store)
    assert caught.value.code in ("model.server", "model.offline")


def test_repository_without_weights(hub: Hub, store: ModelStore) -> None:
    del hub.files["model.bin"]
    _fails(store, "model.server")


def test_offline(store: ModelStore, monkeypatch: pytest.MonkeyPatch, hub: Hub) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    error = _fails(store, "model.offline")
    assert "import" in error.hint


def test_a_network_that_goes_down_is_not_taken_for_the_disk(
    hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interface that goes down in the middle (the one thing a test cannot really do)."""
    receive, failures = http.client.HTTPResponse.read1, iter([False, True, False, True])

    def read1(response: http.client.HTTPResponse, most: int = -1) -> bytes:
        if next(failures, False):
            raise OSError(errno.ENETDOWN, os.strerror(errno.ENETDOWN))
        return receive(response, most)

    monkeypatch.setattr(http.client.HTTPResponse, "read1", read1)
    _download(store)
    assert (store.resolve("tiny") / "model.bin").read_bytes() == FILES["model.bin"]
    store.remove("tiny")

    def never(response: http.client.HTTPResponse, most: int = -1) -> bytes:
        raise OSError(errno.ENETDOWN, os.strerror(errno.ENETDOWN))

    monkeypatch.setattr(http.client.HTTPResponse, "read1", never)
    assert "Network is down" in _fails(store, "model.offline").message


def test_cancel_keeps_the_part_and_the_next_call_continues(
    hub: Hub, store: ModelStore, tmp_path: Path
) -> None:
    hub.slow_s = 0.02
    cancel = threading.Event()

    def progress(done: int, total: int) -> None:
        if done > total // 3:
            cancel.set()

    with pytest.raises(ModelError) as caught:
        store.download("tiny", progress, cancel)
    assert caught.value.code == "model.cancelled"
    part = tmp_path / "models/.incoming/tiny/model.bin.part"
    kept = part.stat().st_size
    assert 0 < kept < len(FILES["model.bin"])
    assert not next(r for r in store.list() if r.name == "tiny").installed
    hub.slow_s = 0.0
    hub.requests.clear()
    _download(store)
    assert f"bytes={kept}-" in [asked for _, asked in hub.requests]
    assert (store.resolve("tiny") / "model.bin").read_bytes() == FILES["model.bin"]


def test_one_download_of_a_model_at_a_time(hub: Hub, store: ModelStore) -> None:
    hub.slow_s = 0.02
    found: list[str] = []

    def progress(done: int, total: int) -> None:
        if not found:
            try:
                store.download("tiny", lambda *_: None, threading.Event())
            except ModelError as error:
                found.append(error.code)

    store.download("tiny", progress, threading.Event())
    assert found == ["model.busy"]


def test_no_space(hub: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """faults: S41"""
    monkeypatch.setattr(modelhub, "_SPARE_BYTES", 10**18)
    assert "needs" in _fails(store, "model.space").message


def test_directory_that_cannot_be_made(hub: Hub, tmp_path: Path) -> None:
    """faults: S43"""
    (tmp_path / "models").write_text("a file is in the way")
    with pytest.raises(ModelError) as caught:
        _download(ModelStore(tmp_path / "models"))
    assert caught.value.code == "model.storage"


def test_an_endpoint_that_is_no_address(store: ModelStore, hub: Hub) -> None:
    with pytest.raises(ModelError) as caught:
        _download(ModelStore(store._directory, endpoint="file:///etc"))
    assert caught.value.code == "model.endpoint"


def test_what_a_killed_import_or_removal_left_is_deleted(
    tmp_path: Path, whisper_fixture_path: Path
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    incoming = tmp_path / ".incoming"
    running = f"import-other-{os.getpid()}"
    for name in (f"import-big-{ended.pid}", "removed-old", running, "turbo"):
        (incoming / name).mkdir(parents=True)
        (incoming / name / "model.bin").write_bytes(b"w" * 1_000)
    store = ModelStore(tmp_path)
    store.import_folder(whisper_fixture_path)
    there = {path.name for path in incoming.iterdir()}
    assert there == {running, "turbo"}  # the second: a download that can go on
