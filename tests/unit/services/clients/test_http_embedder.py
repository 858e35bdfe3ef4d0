"""The embedding server's clients against real ports: ours, strangers, and nobody."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from fakes.embedding_server import KEY, embedding_server

from desktop.errors import ServiceError
from desktop.services.clients.http_embedder import EmbeddingServer, HttpEmbedder, connect
from desktop.services.supervisor.spec import Endpoint, Secret


@contextmanager
def answering(status: int, body: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server that always says the same; its address, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"] or 0))
            asked.append(self.path)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            serving.join()


def test_vectors_and_scores_of_our_own_server() -> None:
    with embedding_server() as url:
        server = EmbeddingServer(lambda: Endpoint(url, Secret(KEY)))
        embedder, reranker = connect(server)
        made = embedder.embed([f"rose {number}" for number in range(40)])
        assert reranker is not None
        scores = reranker.score("rose", ["roses", "lily"])
        server.close()
    assert (embedder.model, embedder.dimension) == ("letters", 26)
    assert len(made) == 40
    assert all(abs(float(np.linalg.norm(each.dense)) - 1.0) < 1e-5 for each in made)
    assert scores[0] > scores[1]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>router</html>"),
        (500, b"<html>Traceback</html>"),
        (200, b'{"embeddings": [[1.0]], "sparse": []}'),
        (200, b'{"embeddings": [[null, 1.0]]}'),
        (200, b'{"embeddings": "no"}'),
        (200, b"[]"),
    ],
)
def test_nonsense_is_said_in_words(status: int, body: bytes) -> None:
    """faults: N78"""
    with answering(status, body) as (url, asked):
        server = EmbeddingServer(lambda: Endpoint(url, None))
        with pytest.raises(ServiceError) as failed:
            HttpEmbedder(server, "m", 2).embed(["rose"])
        server.close()
    assert failed.value.code == "service.embedding"
    assert "<html>" not in failed.value.message
    assert failed.value.hint
    assert asked == ["/embed/batch"], "what was answered is not asked again (faults: N79)"


def test_what_refuses_is_believed_and_what_is_no_such_server_is_said() -> None:
    """faults: N78"""
    with answering(503, json.dumps({"detail": "Too many texts wait already."}).encode()) as (
        url,
        _,
    ):
        server = EmbeddingServer(lambda: Endpoint(url, None))
        with pytest.raises(ServiceError, match="Too many texts wait already"):
            server.health()
        server.close()
    with answering(200, b'{"status": "healthy"}') as (url, _):
        server = EmbeddingServer(lambda: Endpoint(url, None))
        with pytest.raises(ServiceError, match="Malgeul's kind"):
            connect(server)
        server.close()


def test_a_server_on_another_port_with_another_key_is_found_with_the_next_request() -> None:
    """faults: N79"""
    there: list[Endpoint] = []
    server = EmbeddingServer(lambda: there[-1])
    with embedding_server() as url:
        there.append(Endpoint(url, Secret(KEY)))
        embedder, _ = connect(server)
        (before,) = embedder.embed(["rose"], query=True)
    with pytest.raises(ServiceError, match="cannot be used"):
        embedder.embed(["rose"], query=True)
    with embedding_server() as url:
        there.append(Endpoint(url, Secret("wrong")))
        with pytest.raises(ServiceError, match="key is missing or wrong"):
            embedder.embed(["rose"], query=True)
        there.append(Endpoint(url, Secret(KEY)))
        (after,) = embedder.embed(["rose"], query=True)
    server.close()
    assert np.allclose(before.dense, after.dense)
