"""An embedder that needs no model: it counts what it is given, and fails when told to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from desktop.errors import ServiceError
from desktop.services.clients.embedder import Embedding


class CountingEmbedder:
    """Vectors from the texts' hashes; counts, and fails when told to."""

    dimension = 8

    def __init__(self, model: str = "hash@1") -> None:
        self.model = model
        self.texts: list[str] = []
        self.away = False

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        if self.away:
            raise ServiceError("It is not there.", code="service.away")
        self.texts += texts
        vectors = [np.random.default_rng(abs(hash(t))).normal(size=8) for t in texts]
        return [Embedding((v / np.linalg.norm(v)).astype(np.float32), {}) for v in vectors]
