"""The embedding server itself on a real port, with a model that counts letters."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from desktop.services.embedding.encoder import Encoded
from desktop.services.embedding.server import EmbeddingService, create_app
from desktop.services.http_guard import GuardRules

KEY = "key-of-this-test"
_WITHIN_S = 20.0


class LetterEncoder:
    """Counts letters: an encoder whose numbers anybody can follow."""

    model = "letters"
    device = "cpu"
    dimension = 26
    has_sparse = True

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        return [self._one(text.lower()) for text in texts]

    def _one(self, text: str) -> Encoded:
        counts = [float(text.count(chr(97 + at))) for at in range(self.dimension)]
        length = math.sqrt(sum(count * count for count in counts)) or 1.0
        sparse = {at: count for at, count in enumerate(counts) if count}
        return Encoded([count / length for count in counts], sparse)


class LetterScorer:
    """The share of the query's letters that a passage has."""

    model = "letters"

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [len(set(query) & set(passage)) / len(set(query)) for query, passage in pairs]


@contextmanager
def embedding_server() -> Iterator[str]:
    """Its address."""
    service = EmbeddingService(LetterEncoder(), LetterScorer())
    config = uvicorn.Config(
        create_app(service, GuardRules(KEY)), port=0, log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    thread = threading.Thread(target=server.run, args=([socket],), name="embedding-server")
    thread.start()
    ends_s = time.monotonic() + _WITHIN_S
    while not server.started:
        assert time.monotonic() < ends_s
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20.0)
        socket.close()
        service.close()
