"""What the embedding server needs of its models: two protocols.  No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class ModelRefusedError(Exception):
    """A model folder that is damaged, unsafe or of an unknown kind; says why in words."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A unit vector and the weights of the text's tokens (empty: the model has none)."""

    dense: list[float]
    sparse: dict[int, float]


class Encoder(Protocol):
    """Turns texts into vectors.  One thread at a time."""

    @property
    def model(self) -> str: ...

    @property
    def device(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def has_sparse(self) -> bool: ...

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Raises `batching.OutOfMemory`."""
        ...


class PairScorer(Protocol):
    """Judges (query, passage) pairs, 0..1.  One thread at a time."""

    @property
    def model(self) -> str: ...

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Raises `batching.OutOfMemory`."""
        ...
