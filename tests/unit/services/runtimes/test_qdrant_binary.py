"""Fetching Qdrant's program: whole, cut, wrong, cancelled; from a real server of files."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from desktop.errors import ServiceError
from desktop.services.runtimes import marker, qdrant_binary
from desktop.services.runtimes.qdrant_binary import PROGRAM, Asset, QdrantBinary
from desktop.services.stack import qdrant

BODY = b"#!/bin/sh\necho qdrant 1.19.0\n" + os.urandom(600_000)


def archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as file:
        member = tarfile.TarInfo(PROGRAM)
        member.size = len(BODY)
        file.addfile(member, io.BytesIO(BODY))
    return packed.getvalue()


class Files(BaseHTTPRequestHandler):
    """Serves one file, in part when asked to; cuts the first answer short when told."""

    content = b""
    cut_after = 0
    asked: list[str]

    def do_GET(self) -> None:
        match = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(match[1]) if match else 0
        self.asked.append(self.headers.get("Range", ""))
        if start > len(self.content):
            self.send_error(416)
            return
        self.send_response(206 if match else 200)
        self.send_header("Content-Length", str(len(self.content) - start))
        self.end_headers()
        body = self.content[start:]
        if type(self).cut_after:
            body, type(self).cut_after = body[: self.cut_after], 0
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[tuple[type[Files], str]]:
    Files.content, Files.cut_after, Files.asked = archive(), 0, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Files, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def binary(served: tuple[type[Files], str], tmp_path: Path) -> QdrantBinary:
    files, url = served
    sha256 = hashlib.sha256(files.content).hexdigest()
    return QdrantBinary(tmp_path, asset=Asset("q.tar.gz", sha256, 1000), releases=url)


def install(binary: QdrantBinary) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    binary.install(lambda done, total: told.append((done, total)), threading.Event())
    return told


def test_it_is_fetched_checked_and_found(binary: QdrantBinary, tmp_path: Path) -> None:
    assert not binary.record().installed
    told = install(binary)
    assert told[-1][0] == told[-1][1] == len(Files.content)
    record = binary.record()
    assert (record.installed, record.version) == (True, qdrant_binary.VERSION)
    assert record.size_bytes >= len(BODY)
    program = tmp_path / "runtimes" / "qdrant" / PROGRAM
    assert program.read_bytes() == BODY
    assert qdrant.find_server(tmp_path) == program
    assert install(binary) == [], "what is there is left alone"
    assert [path.name for path in (tmp_path / "runtimes").iterdir()] == ["qdrant"]
    marker.begin(program.parent)
    assert qdrant.find_server(tmp_path) != program, "half of it is none"
    binary.remove()
    assert not binary.record().installed


def test_a_cut_download_goes_on(binary: QdrantBinary, served: tuple[type[Files], str]) -> None:
    served[0].cut_after = 200_000
    with pytest.raises(ServiceError) as failed:
        install(binary)
    assert failed.value.code == "service.runtime_offline"
    told = install(binary)
    assert Files.asked == ["", "bytes=200000-"]
    assert told[0][0] > 200_000
    assert binary.record().installed


def test_another_hash_is_thrown_away(binary: QdrantBinary, tmp_path: Path) -> None:
    Files.content = Files.content[:-1] + b"!"
    with pytest.raises(ServiceError) as failed:
        install(binary)
    assert failed.value.code == "service.runtime_hash"
    assert list((tmp_path / "runtimes").iterdir()) == []


def test_too_much_on_disk_begins_anew(binary: QdrantBinary, tmp_path: Path) -> None:
    part = tmp_path / "runtimes" / "q.tar.gz.part"
    part.parent.mkdir()
    part.write_bytes(b"0" * (len(Files.content) + 10))
    with pytest.raises(ServiceError):
        install(binary)
    install(binary)
    assert binary.record().installed


def test_a_cancelled_one_keeps_what_came(binary: QdrantBinary, tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(ServiceError, match="cancelled"):
        binary.install(lambda _done, _total: None, cancel)
    assert (tmp_path / "runtimes" / "q.tar.gz.part").stat().st_size > 0
    assert not binary.record().installed


def test_no_server_and_no_build(tmp_path: Path) -> None:
    asset = replace(qdrant_binary._ASSETS["linux", "x86_64"])
    away = QdrantBinary(tmp_path, asset=asset, releases="http://127.0.0.1:9")
    with pytest.raises(ServiceError, match=r"http://127\.0\.0\.1:9/\S+ could not be fetched"):
        install(away)
    nothing = QdrantBinary(tmp_path)
    assert nothing.record().reason
    with pytest.raises(ServiceError, match="no Qdrant for this processor"):
        install(nothing)


def test_pins_are_hashes() -> None:
    for asset in qdrant_binary._ASSETS.values():
        assert re.fullmatch(r"[0-9a-f]{64}", asset.sha256)
        assert asset.file.startswith("qdrant-")
