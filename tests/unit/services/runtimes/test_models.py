"""Fetching models: one file known by its hash, repositories into Hugging Face's cache."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from desktop.errors import ServiceError, StorageError
from desktop.services.gpu.models import hub_folder
from desktop.services.runtimes import models
from desktop.services.runtimes.models import MODELS, ModelShelf, ServerModel
from desktop.services.runtimes.shelf import command_for
from desktop.services.stack import llama
from desktop.settings import LlamaSettings

CONTENT = b"GGUF" + bytes(range(256)) * 4_000


class Hub(BaseHTTPRequestHandler):
    """Has one file, at one revision; everything else is not there."""

    def do_GET(self) -> None:
        if self.path != "/some/model/resolve/abc/small.gguf":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()
        thread.join()


def small(sha256: str = hashlib.sha256(CONTENT).hexdigest()) -> ServerModel:
    return ServerModel("small", "Small", "some/model", "abc", len(CONTENT), "small.gguf", sha256)


def install(shelf: ModelShelf, name: str = "small") -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    shelf.install(name, lambda done, total: told.append((done, total)), threading.Event())
    return told


def test_a_file_is_fetched_checked_and_used(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path, (small(),))
    assert not shelf.records()[0].installed
    assert install(shelf)[-1] == (len(CONTENT), len(CONTENT))
    record = shelf.records()[0]
    assert (record.installed, record.version, record.reason) == (True, "abc", "")
    found = llama.find_model(LlamaSettings(), tmp_path)
    assert found is not None
    assert found.read_bytes() == CONTENT
    assert install(shelf) == []
    shelf.remove("small")
    assert not shelf.records()[0].installed


def test_another_hash_never_becomes_a_model(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path, (small("0" * 64),))
    with pytest.raises(ServiceError, match="hash is another one"):
        install(shelf)
    assert llama.find_model(LlamaSettings(), tmp_path) is None
    assert list((tmp_path / "models").iterdir()) == []


def test_what_was_cut_off_is_not_whole(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path, (small(),))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(ServiceError, match="cancelled"):
        shelf.install("small", lambda _done, _total: None, cancel)
    record = shelf.records()[0]
    assert not record.installed
    assert "interrupted" in record.reason


def test_a_repository_that_cannot_be_had(tmp_path: Path) -> None:
    """Through the real client in its child process, which asks the hub above."""
    missing = ServerModel("missing", "Missing", "some/other", "0" * 40, 1000)
    shelf = ModelShelf(tmp_path, (missing,))
    with pytest.raises(ServiceError, match="Missing could not be fetched"):
        install(shelf, "missing")
    assert "interrupted" in shelf.records()[0].reason
    snapshot = hub_folder("some/other") / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}", encoding="utf-8")
    assert not shelf.records()[0].installed, "half of it"
    shelf.remove("missing")
    assert not hub_folder("some/other").exists()


def test_too_little_disk_is_said_first(tmp_path: Path) -> None:
    huge = ServerModel("huge", "Huge", "some/huge", "abc", 10**15, "huge.gguf", "0" * 64)
    with pytest.raises(StorageError, match="needs about"):
        install(ModelShelf(tmp_path, (huge,)), "huge")


def test_every_model_is_pinned() -> None:
    for model in MODELS:
        assert re.fullmatch(r"[0-9a-f]{40}", model.revision), model.name
        assert bool(model.file) == bool(re.fullmatch(r"[0-9a-f]{64}", model.sha256))
    assert command_for("BAAI/bge-m3") == "malgeul runtimes install bge-m3"
    assert command_for("somebody/else") == ""
    assert len({model.name for model in models.MODELS}) == len(models.MODELS)
