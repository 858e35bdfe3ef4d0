"""Fusion and expansion: arithmetic, and that a weak leg does not spoil a strong one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.clients.vectors import Leg
from desktop.services.rag import expansion, fusion
from desktop.services.rag.fusion import QueryKind


def test_scores_are_between_0_and_1_and_best_first() -> None:
    legs = {
        Leg.TERMS: [("a", 30.0), ("b", 28.0), ("d", 2.0)],
        Leg.DENSE: [("b", 0.9), ("c", 0.5), ("a", 0.4)],
    }
    fused = fusion.fuse(legs, {Leg.TERMS: 0.6, Leg.DENSE: 0.4})
    assert [identity for identity, _ in fused] == ["b", "a", "c", "d"]
    assert fused[0][1] == 1.0
    assert fused[-1][1] == 0.0


def test_a_leg_alone_keeps_its_order_and_a_silent_one_has_no_say() -> None:
    hits = [("a", 3.0), ("b", 2.0), ("c", 1.0)]
    fused = fusion.fuse({Leg.TERMS: hits, Leg.DENSE: [], Leg.LEARNED: []}, {Leg.TERMS: 0.5})
    assert [identity for identity, _ in fused] == ["a", "b", "c"]
    assert fused[0][1] == 1.0
    assert fusion.fuse({}, {}) == []


hits = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.floats(-1, 50)), max_size=8, unique_by=lambda h: h[0]
).map(lambda found: sorted(found, key=lambda h: -h[1]))


@given(hits, hits, hits)
def test_whatever_the_legs_say_the_scores_are_sound(
    a: list[fusion.Scored], b: list[fusion.Scored], c: list[fusion.Scored]
) -> None:
    legs = {Leg.TERMS: a, Leg.DENSE: b, Leg.LEARNED: c}
    for kind in QueryKind:
        fused = fusion.fuse(legs, fusion.WEIGHTS[kind])
        assert len(fused) == len({i for leg in legs.values() for i, _ in leg})
        values = [score for _, score in fused]
        assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(("skill", "gain"), [(0.0, -0.01), (0.2, -0.01), (0.6, 0.02), (1.0, 0.04)])
def test_fusion_is_not_below_its_best_leg(skill: float, gain: float) -> None:
    """A leg of noise costs nothing, a good one helps: 600 made-up queries to 2,000 passages."""
    chance = np.random.default_rng(4)
    answers: list[str] = []
    of_legs: dict[Leg, list[list[str]]] = {Leg.TERMS: [], Leg.DENSE: []}
    of_both: list[list[str]] = []
    for _ in range(600):
        right = int(chance.integers(2_000))
        legs = {
            Leg.TERMS: _ranking(chance, right, 1.1, 40.0),
            Leg.DENSE: _ranking(chance, right, skill, 0.8),
        }
        answers.append(f"{right}")
        for leg, rankings in of_legs.items():
            rankings.append([identity for identity, _ in legs[leg]])
        fused = fusion.fuse(legs, fusion.WEIGHTS[QueryKind.QUESTION])
        of_both.append([identity for identity, _ in fused])
    best = max(_mrr(rankings, answers) for rankings in of_legs.values())
    assert _mrr(of_both, answers) >= best + gain


def _ranking(
    chance: np.random.Generator, right: int, skill: float, width: float
) -> list[fusion.Scored]:
    """Scores with a long tail, the right one raised by up to `skill`; the best 100."""
    scores = width * chance.beta(1.5, 8, 2_000)
    scores[right] += width * skill * chance.random()
    best = np.argsort(-scores)[:100]
    return [(f"{i}", float(scores[i])) for i in best]


def _mrr(rankings: list[list[str]], answers: list[str]) -> float:
    found = (r.index(a) + 1 for r, a in zip(rankings, answers, strict=True) if a in r[:10])
    return sum(1 / place for place in found) / len(answers)


def test_a_leg_is_believed_by_what_the_words_found() -> None:
    words = [(f"{i}", 10.0 - i) for i in range(10)]
    strange = [(f"x{i}", 1.0 - i / 20) for i in range(10)]
    assert fusion.belief(Leg.DENSE, {Leg.TERMS: words, Leg.DENSE: words}) == 1.0
    assert fusion.belief(Leg.DENSE, {Leg.TERMS: words, Leg.DENSE: strange}) < 0.5
    assert fusion.belief(Leg.DENSE, {Leg.TERMS: words[:3], Leg.DENSE: strange}) == 1.0
    assert fusion.belief(Leg.TERMS, {Leg.TERMS: words, Leg.DENSE: strange}) == 1.0


def test_a_reranker_sees_the_best_of_every_leg() -> None:
    legs = {
        Leg.TERMS: [(f"t{i}", 100.0 - i) for i in range(50)],
        Leg.DENSE: [(f"d{i}", 0.9 - i / 100) for i in range(50)],
    }
    fused = fusion.fuse(legs, {Leg.TERMS: 0.9, Leg.DENSE: 0.1})
    seen = [identity for identity, _ in fusion.candidates(legs, fused, 20)]
    assert len(seen) == 20
    assert {"t0", "t4", "d0", "d4"} <= set(seen)
    assert seen == [identity for identity, _ in fused if identity in seen]


@pytest.mark.parametrize(
    "query",
    [
        "예산",
        "GPT-4 모델이 무엇인지 자세히 알려 줘",
        'who said "never again" at the end',
        "ISO 9001 인증",
    ],
)
def test_short_and_exact_queries(query: str) -> None:
    assert fusion.kind_of(query) is QueryKind.EXACT


@pytest.mark.parametrize(
    "query",
    ["올해 예산을 누가 언제 확정했나요?", "why did the committee change its mind about the plan"],
)
def test_questions(query: str) -> None:
    assert fusion.kind_of(query) is QueryKind.QUESTION


def test_keywords_count_less_than_the_query() -> None:
    wide = expansion.widened({1: 1.0, 2: 1.0}, [{2: 9.0, 3: 1.0}, {4: 1.0, 3: 0.5}])
    assert wide[1] == wide[2] == 1.0
    assert wide[3] == wide[4] > 0
    assert wide[3] + wide[4] <= 0.6 + 1e-9


def test_keywords_alone_are_a_query() -> None:
    assert expansion.widened({}, [{1: 1.0}, {2: 1.0}]) == {1: 1.0, 2: 1.0}
    assert expansion.widened({1: 1.0}, []) == {1: 1.0}
    assert expansion.widened({}, []) == {}
