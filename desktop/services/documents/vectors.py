"""Makes the vectors of chunks, each set of words only once.  Used by one thread a maker.

The vectors are kept in the manifest beside the chunks: a copy of a document, an unchanged page of
a changed one, and a lost index cost no second analysis.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.errors import ServiceError
from desktop.services.clients.embedder import Embedder, Embedding
from desktop.services.documents.chunk import Chunk
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.rows import chunk_key

_log = logging.getLogger(__name__)
_EMBED_BATCH = 32

Terms = Mapping[int, float]


class TermsEncoder(Protocol):
    """Turns passages into sparse vectors of words (`desktop.services.rag.terms.TermVectors`)."""

    @property
    def version(self) -> str: ...

    def documents(
        self, texts: Sequence[str], headings: Sequence[str] | None = None
    ) -> list[dict[int, float]]: ...


class VectorMaker:
    """Vectors of chunks, from the manifest or made anew.

    Args:
        manifest: keeps them.
        terms: of words.
        embedder: of meaning; None: there are none.
    """

    def __init__(self, manifest: Manifest, terms: TermsEncoder, embedder: Embedder | None) -> None:
        self._manifest = manifest
        self._terms = terms
        self._embedder = embedder
        self.missed = False  # whether something was left without embeddings for want of it

    @property
    def terms_version(self) -> str:
        return self._terms.version

    @property
    def model(self) -> str:
        """Of the embeddings; empty without an embedder."""
        return self._embedder.model if self._embedder is not None else ""

    def terms_of(self, chunks: Sequence[Chunk]) -> list[Terms]:
        """Term vectors, in order.  Raises ServiceError when the analyser fails."""
        maker = f"terms:{self._terms.version}"
        keys = [chunk_key(chunk) for chunk in chunks]
        known: dict[bytes, Terms] = {
            key: _unpack(sparse) for key, (sparse, _) in self._load(keys, maker).items()
        }
        new = _first_of_each(keys, known)
        if new:
            made = self._terms.documents(
                [chunks[i].text for i in new], [chunks[i].heading for i in new]
            )
            vectors: dict[bytes, Terms] = dict(zip((keys[i] for i in new), made, strict=True))
            self._save(maker, {key: (_pack(vector), b"") for key, vector in vectors.items()})
            known |= vectors
        return [known[key] for key in keys]

    def embeddings_of(self, chunks: Sequence[Chunk]) -> list[Embedding] | None:
        """Embeddings, in order; None without an embedder or while it is not there (`missed`)."""
        if self._embedder is None:
            return None
        maker = f"model:{self._embedder.model}"
        keys = [chunk_key(chunk) for chunk in chunks]
        known = {
            key: Embedding(np.frombuffer(dense, dtype=np.float32), _unpack(sparse))
            for key, (sparse, dense) in self._load(keys, maker).items()
        }
        new = _first_of_each(keys, known)
        try:
            for at in range(0, len(new), _EMBED_BATCH):
                part = new[at : at + _EMBED_BATCH]
                made = self._embedder.embed([embedded_text(chunks[i]) for i in part])
                vectors = dict(zip((keys[i] for i in part), made, strict=True))
                self._save(
                    maker,
                    {key: (_pack(v.sparse), _bytes(v.dense)) for key, v in vectors.items()},
                )
                known |= vectors
        except ServiceError as error:
            _log.warning("indexing by words only for now: %s", error)
            self.missed = True
            return None
        return [known[key] for key in keys]

    def _load(self, keys: Sequence[bytes], maker: str) -> dict[bytes, tuple[bytes, bytes]]:
        found = {}
        wanted = list(dict.fromkeys(keys))
        for at in range(0, len(wanted), 500):
            part = wanted[at : at + 500]
            marks = ",".join("?" * len(part))
            for key, sparse, dense in self._manifest.query(
                f"SELECT key, sparse, dense FROM vectors WHERE maker = ? AND key IN ({marks})",  # noqa: S608
                (maker, *part),
            ):
                found[key] = (sparse, dense)
        return found

    def _save(self, maker: str, vectors: Mapping[bytes, tuple[bytes, bytes]]) -> None:
        """Keeps them while a chunk with these words is there: it may be removed by now."""
        with self._manifest.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO vectors SELECT ?1, ?2, ?3, ?4"
                " WHERE EXISTS (SELECT 1 FROM chunks WHERE key = ?1)",
                [(key, maker, sparse, dense) for key, (sparse, dense) in vectors.items()],
            )


def embedded_text(chunk: Chunk) -> str:
    """What a chunk's meaning is taken from: its headings and its text."""
    return f"{chunk.heading}\n{chunk.text}" if chunk.heading else chunk.text


def _first_of_each(keys: Sequence[bytes], known: Mapping[bytes, object]) -> list[int]:
    """Where each key that is not known stands first."""
    first = {key: index for index, key in reversed(list(enumerate(keys))) if key not in known}
    return sorted(first.values())


def _pack(vector: Mapping[int, float]) -> bytes:
    numbers = np.fromiter(vector.keys(), dtype=np.uint32, count=len(vector))
    weights = np.fromiter(vector.values(), dtype=np.float32, count=len(vector))
    return numbers.tobytes() + weights.tobytes()


def _unpack(data: bytes) -> dict[int, float]:
    half = len(data) // 2
    numbers = np.frombuffer(data[:half], dtype=np.uint32)
    weights = np.frombuffer(data[half:], dtype=np.float32)
    return dict(zip(numbers.tolist(), weights.tolist(), strict=True))


def _bytes(vector: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(vector, dtype=np.float32).tobytes()
