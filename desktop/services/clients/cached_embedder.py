"""An embedder that asks the cache first.  Any thread."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np

from desktop.services.clients.cache import Cache
from desktop.services.clients.cache_keys import embedding_key
from desktop.services.clients.embedder import Embedder, Embedding

_HEAD = struct.Struct("<II")


class CachedEmbedder:
    """An `Embedder` in front of another.

    Args:
        embedder: asked for what the cache does not have.
        cache: loses nothing but time.
        ttl_s: how long a vector is kept; 0 keeps none.
        max_tokens: where the embedder cuts a text; part of the key.
    """

    def __init__(
        self, embedder: Embedder, cache: Cache, ttl_s: Callable[[], int], max_tokens: int = 0
    ) -> None:
        self._embedder = embedder
        self._cache = cache
        self._ttl_s = ttl_s
        self._max_tokens = max_tokens

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        """See `Embedder.embed`; equal texts are embedded once."""
        keys = [
            embedding_key(self.model, text, query=query, max_tokens=self._max_tokens)
            for text in texts
        ]
        found: dict[str, Embedding] = {}
        for key, kept in zip(keys, self._cache.get_many(keys), strict=True):
            embedding = _unpacked(kept, self.dimension) if kept is not None else None
            if embedding is not None:
                found[key] = embedding
        missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in found}
        if missing:
            made = self._embedder.embed(list(missing.values()), query=query)
            for key, embedding in zip(missing, made, strict=True):
                found[key] = embedding
                self._cache.set(key, _packed(embedding), self._ttl_s())
        return [found[key] for key in keys]


def _packed(embedding: Embedding) -> bytes:
    dense = np.ascontiguousarray(embedding.dense, dtype="<f4")
    tokens = np.fromiter(embedding.sparse.keys(), dtype="<u4", count=len(embedding.sparse))
    weights = np.fromiter(embedding.sparse.values(), dtype="<f4", count=len(embedding.sparse))
    head = _HEAD.pack(len(dense), len(tokens))
    return head + dense.tobytes() + tokens.tobytes() + weights.tobytes()


def _unpacked(kept: bytes, dimension: int) -> Embedding | None:
    """None of what another version or program wrote."""
    if len(kept) < _HEAD.size:
        return None
    size, count = _HEAD.unpack_from(kept)
    if size != dimension or len(kept) != _HEAD.size + 4 * size + 8 * count:
        return None
    dense = np.frombuffer(kept, "<f4", size, _HEAD.size).astype(np.float32)
    tokens = np.frombuffer(kept, "<u4", count, _HEAD.size + 4 * size)
    weights = np.frombuffer(kept, "<f4", count, _HEAD.size + 4 * size + 4 * count)
    return Embedding(dense, dict(zip(tokens.tolist(), weights.tolist(), strict=True)))
