"""What turns text into vectors: the protocol; the embedding server is behind it.  Any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Embedding:
    """`dense` is a float32 unit vector, `sparse` maps token ids to weights (may be empty)."""

    dense: NDArray[np.float32]
    sparse: Mapping[int, float]


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def model(self) -> str:
        """Name and revision; vectors of different models never mix."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        """One embedding a text, in order.  Queries go ahead of documents.

        Raises:
            ServiceError: the server is not there or cannot do it now.
        """
        ...


class Reranker(Protocol):
    """Judges how well passages answer a question."""

    @property
    def model(self) -> str: ...

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """0..1 for each passage, in order.

        Raises:
            ServiceError: the server is not there or cannot do it now.
        """
        ...
