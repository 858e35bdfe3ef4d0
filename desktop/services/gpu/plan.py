"""Who gets the graphics memory: a pure function of what is there and what is wished for.

The recogniser comes first, then the embedding model and its reranker, and what remains is the
language model's.  Where it is too little, things are given up in this order: the deep reranking,
length of context, the full model for its quantised (AWQ) form, the embedding model's place on the
card, and at last the size of the model.  Captions are never given up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from desktop.services.gpu.models import LanguageModelFacts

GIB = 1 << 30
RESERVE_BYTES = 1 * GIB  # for whatever draws on the screen meanwhile
EMBEDDER_BYTES = 3 * GIB  # BGE-M3: weights in half precision, CUDA, a batch of 32
RERANK_DEEP_BYTES = 2 * GIB
RERANK_SHALLOW_BYTES = int(1.3 * GIB)
SHALLOW_RERANK_DEPTH = 10  # passages judged at once where the deep reranking was given up
OVERHEAD_BYTES = int(1.25 * GIB)  # of vLLM: CUDA, activations, graphs
SHORTEST_TOKENS = 2_048  # below it neither keywords nor passages fit
SEQUENCES_LEAST = 2  # a question and keywords at once
SEQUENCES_WISHED = 16


class Sacrifice(IntEnum):
    """What is given up, the lightest first."""

    RERANK = 1
    CONTEXT = 2
    QUANTISED = 3
    EMBEDDING_ON_CPU = 4
    SMALLER_MODEL = 5
    LANGUAGE_MODEL = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What there is, and what is wanted of it.  All in bytes unless the name says otherwise.

    Args:
        total: of the card.
        free: as the driver says now.
        recogniser: what it needs on the card; 0 when it runs on the processor.
        recogniser_held, embedding_held: what of it the card holds already.
        embedding, rerank: whether they are wanted on the card.
        models: those that may be served, best first; empty for none.
        tokens: the context wished for.
        most_share: of the card for the language model, 0..1.
        reserve, overhead: more than usual after a card has run out of memory.
    """

    total: int
    free: int
    recogniser: int = 0
    recogniser_held: int = 0
    embedding: bool = False
    embedding_held: int = 0
    rerank: bool = False
    models: tuple[LanguageModelFacts, ...] = ()
    tokens: int = 8_192
    most_share: float = 0.6
    reserve: int = RESERVE_BYTES
    overhead: int = OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class GpuPlan:
    """Who gets what.  Bytes are of the card; 0 means that it runs elsewhere or not at all.

    `new_bytes` is what is not held yet: never more than what is free less the reserve, except for
    the recogniser alone, which decides for itself when it loads.
    """

    recogniser: int
    embedding: int
    reranker: int
    language_model: int
    model: LanguageModelFacts | None
    tokens: int
    utilisation: float  # --gpu-memory-utilization
    deep_rerank: bool
    sacrifices: tuple[Sacrifice, ...]
    new_bytes: int
    missing: int = 0  # for the smallest model, when none fits

    @property
    def fits(self) -> bool:
        """A language model was wished for and finds room."""
        return self.model is not None


@dataclass(frozen=True, slots=True)
class _Option:
    """One way of giving things up."""

    model: LanguageModelFacts
    tokens: int
    deep_rerank: bool
    embedding: bool
    sacrifices: tuple[Sacrifice, ...]


def plan(wish: Wish) -> GpuPlan:
    """The best that fits.  More free memory never makes it worse."""
    first = max(0, wish.recogniser - wish.recogniser_held)
    room = max(0, wish.free - wish.reserve - first)
    missing = 0
    for option in _options(wish):
        embedding, reranker = _companions(wish, option.embedding, option.deep_rerank)
        left = room - _outstanding(wish, embedding + reranker)
        least = _needs(wish, option, SEQUENCES_LEAST)
        most = math.floor(wish.total * wish.most_share)
        share = min(_needs(wish, option, SEQUENCES_WISHED), left, most)
        utilisation = math.floor(share / wish.total * 1000) / 1000 if wish.total else 0.0
        share = int(utilisation * wish.total)
        if share >= least:
            return GpuPlan(
                recogniser=wish.recogniser,
                embedding=embedding,
                reranker=reranker,
                language_model=share,
                model=option.model,
                tokens=option.tokens,
                utilisation=utilisation,
                deep_rerank=option.deep_rerank,
                sacrifices=option.sacrifices,
                new_bytes=first + _outstanding(wish, embedding + reranker) + share,
            )
        missing = least - min(left, most)
    return _without_model(wish, room, first, missing)


def _options(wish: Wish) -> Iterator[_Option]:
    """Every way, the least painful first."""
    for number, model in enumerate(wish.models):
        quantised = number > 0 and model.quantised
        smaller = _family(model) != _family(wish.models[0])
        on_card = (True, False) if wish.embedding else (False,)
        for embedding in on_card:
            if wish.embedding and not embedding and number + 1 < len(wish.models) and number == 0:
                continue  # the quantised form goes before the embedding model
            for tokens in _contexts(wish, model):
                for deep in (True, False) if wish.rerank and embedding else (False,):
                    given = {
                        Sacrifice.RERANK: wish.rerank and not deep,
                        Sacrifice.CONTEXT: tokens < min(wish.tokens, model.most_tokens),
                        Sacrifice.QUANTISED: quantised,
                        Sacrifice.EMBEDDING_ON_CPU: wish.embedding and not embedding,
                        Sacrifice.SMALLER_MODEL: smaller,
                    }
                    yield _Option(
                        model, tokens, deep, embedding, tuple(s for s, on in given.items() if on)
                    )


def _family(model: LanguageModelFacts) -> str:
    return model.name.removesuffix("-AWQ")


def _contexts(wish: Wish, model: LanguageModelFacts) -> list[int]:
    """The wished context, then halves of it."""
    tokens = min(wish.tokens, model.most_tokens)
    found = [tokens]
    while tokens // 2 >= SHORTEST_TOKENS:
        tokens //= 2
        found.append(tokens)
    return found


def _companions(wish: Wish, on_card: bool, deep: bool) -> tuple[int, int]:
    """Bytes of the embedding model and the reranker."""
    if not on_card:
        return 0, 0
    reranker = (RERANK_DEEP_BYTES if deep else RERANK_SHALLOW_BYTES) if wish.rerank else 0
    return EMBEDDER_BYTES, reranker


def _outstanding(wish: Wish, companions: int) -> int:
    """What the companions will still take; one that must leave the card gives back nothing yet."""
    return max(0, companions - wish.embedding_held)


def _needs(wish: Wish, option: _Option, sequences: int) -> int:
    cache = option.model.cache_bytes * option.tokens * sequences
    return option.model.weights_bytes + wish.overhead + cache


def _without_model(wish: Wish, room: int, first: int, missing: int) -> GpuPlan:
    """No language model on the card: the companions may still fit."""
    embedding = reranker = 0
    deep = False
    given: Sequence[Sacrifice] = (Sacrifice.LANGUAGE_MODEL,) if wish.models else ()
    for deep in (True, False):
        embedding, reranker = _companions(wish, wish.embedding, deep)
        if _outstanding(wish, embedding + reranker) <= room:
            break
    else:
        embedding = reranker = 0
    if wish.embedding and not embedding:
        given = (Sacrifice.EMBEDDING_ON_CPU, *given)
    if wish.rerank and not (deep and reranker):
        given = (Sacrifice.RERANK, *given)
    return GpuPlan(
        recogniser=wish.recogniser,
        embedding=embedding,
        reranker=reranker,
        language_model=0,
        model=None,
        tokens=0,
        utilisation=0.0,
        deep_rerank=bool(deep and reranker),
        sacrifices=tuple(given),
        new_bytes=first + _outstanding(wish, embedding + reranker),
        missing=missing,
    )


def unused(plan: GpuPlan, wish: Wish) -> int:
    """What stays free beside the reserve; may be below 0 only by the recogniser's doing."""
    return wish.free - wish.reserve - plan.new_bytes
