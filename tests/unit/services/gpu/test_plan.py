"""Who gets the graphics memory: the worked example, common cards, and what always holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.gpu import lessons, models
from desktop.services.gpu.models import QWEN_7B, QWEN_7B_AWQ, candidates, facts_of, folder_of
from desktop.services.gpu.plan import (
    EMBEDDER_BYTES,
    GIB,
    OVERHEAD_BYTES,
    RESERVE_BYTES,
    SHORTEST_TOKENS,
    GpuPlan,
    Sacrifice,
    Wish,
    plan,
)
from desktop.services.gpu.planning import Held, RecogniserNeed, plan_card
from desktop.services.gpu.telemetry import Card
from desktop.settings import ServicesSettings

QWEN = candidates(QWEN_7B.name)
WHISPER_MEDIUM = 5 * GIB  # with CUDA and cuDNN, as the original measured it


def card_of(gib: float, foreign_gib: float = 0.7, **more: object) -> Wish:
    """A whole set on a card of `gib`, a desktop running on it."""
    total = round(gib * GIB)
    given = {
        "total": total,
        "free": total - round(foreign_gib * GIB),
        "recogniser": round(2.6 * GIB),
        "embedding": True,
        "rerank": True,
        "models": QWEN,
        **more,
    }
    return Wish(**given)  # type: ignore[arg-type]


def check(wish: Wish, found: GpuPlan) -> None:
    """What holds for every plan."""
    first = max(0, wish.recogniser - wish.recogniser_held)
    assert found.recogniser == wish.recogniser, "captions are never given up"
    assert found.new_bytes <= max(first, wish.free - wish.reserve)
    assert found.language_model <= wish.total * wish.most_share
    if found.model is None:
        assert found.language_model == 0
        return
    assert found.model in wish.models
    assert found.tokens >= min(SHORTEST_TOKENS, wish.tokens, found.model.most_tokens)
    assert found.tokens <= wish.tokens
    least = found.model.weights_bytes + wish.overhead + found.model.cache_bytes * found.tokens
    assert found.language_model >= least
    assert found.utilisation * wish.total <= wish.free, "vLLM refuses what is not free"


def test_the_worked_example() -> None:
    """32 GB: Whisper medium 5, Qwen2.5-7B 13, BGE-M3 3, together 21.

    Full weights alone are 14.2 GiB, so a share of 13 is that of the quantised (AWQ) form.
    """
    wish = Wish(
        total=32 * GIB,
        free=31 * GIB,
        recogniser=WHISPER_MEDIUM,
        embedding=True,
        models=QWEN,
        most_share=13 / 32,
    )
    found = plan(wish)
    check(wish, found)
    shares = (found.recogniser, found.language_model, found.embedding)
    assert [round(share / GIB) for share in shares] == [5, 13, 3]
    assert round(sum(shares) / GIB) == 21
    assert found.model is QWEN_7B_AWQ
    assert found.sacrifices == (Sacrifice.QUANTISED,)
    assert found.tokens == 8_192


def test_half_of_the_worked_examples_card_holds_the_full_model() -> None:
    """50 % with a very short context is how full weights fit: 14.2 GiB of 16."""
    wish = Wish(
        total=32 * GIB, free=31 * GIB, recogniser=WHISPER_MEDIUM, embedding=True,
        models=QWEN, most_share=0.5, tokens=512,
    )  # fmt: skip
    found = plan(wish)
    check(wish, found)
    assert found.model is QWEN_7B
    assert found.utilisation == pytest.approx(0.5, abs=0.01)
    assert found.sacrifices == ()
    assert round(found.language_model / GIB) == 16


@pytest.mark.parametrize(
    ("gib", "model", "tokens", "embedding", "worst"),
    [
        (4, None, 0, False, Sacrifice.LANGUAGE_MODEL),
        (8, "Qwen/Qwen2.5-3B-Instruct-AWQ", 4_096, False, Sacrifice.SMALLER_MODEL),
        (12, "Qwen/Qwen2.5-7B-Instruct-AWQ", 4_096, False, Sacrifice.EMBEDDING_ON_CPU),
        (16, "Qwen/Qwen2.5-7B-Instruct-AWQ", 4_096, True, Sacrifice.QUANTISED),
        (24, "Qwen/Qwen2.5-7B-Instruct-AWQ", 8_192, True, Sacrifice.QUANTISED),
        (32, "Qwen/Qwen2.5-7B-Instruct", 8_192, True, None),
        (48, "Qwen/Qwen2.5-7B-Instruct", 8_192, True, None),
        (80, "Qwen/Qwen2.5-7B-Instruct", 8_192, True, None),
    ],
)
def test_common_cards(
    gib: int, model: str | None, tokens: int, embedding: bool, worst: Sacrifice | None
) -> None:
    wish = card_of(gib)
    found = plan(wish)
    check(wish, found)
    assert (found.model.name if found.model else None) == model
    assert bool(found.embedding) is embedding
    assert max(found.sacrifices, default=None) == worst
    assert found.tokens >= tokens


def test_a_large_card_is_not_taken_whole() -> None:
    found = plan(card_of(80))
    assert found.language_model < 24 * GIB, "more would serve nobody"


def test_what_is_held_already_is_not_counted_twice() -> None:
    before = card_of(24)
    loaded = replace(
        before,
        free=before.free - before.recogniser - EMBEDDER_BYTES,
        recogniser_held=before.recogniser,
        embedding_held=EMBEDDER_BYTES,
    )
    assert plan(loaded).language_model == plan(before).language_model


def test_other_programs_on_the_card_are_seen() -> None:
    """A game holds 9 of 16 GiB: the plan shrinks instead of failing at the start."""
    wish = card_of(16, foreign_gib=9)
    found = plan(wish)
    check(wish, found)
    assert Sacrifice.EMBEDDING_ON_CPU in found.sacrifices
    full = plan(card_of(16, foreign_gib=15.5))
    assert not full.fits
    assert full.missing > 0


sizes = st.integers(0, 96 * GIB)


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    total = draw(st.integers(1 * GIB, 96 * GIB))
    free = draw(st.integers(0, total))
    recogniser = draw(st.integers(0, 6 * GIB))
    return Wish(
        total=total,
        free=free,
        recogniser=recogniser,
        recogniser_held=draw(st.integers(0, recogniser)),
        embedding=draw(st.booleans()),
        embedding_held=draw(st.sampled_from((0, GIB, EMBEDDER_BYTES))),
        rerank=draw(st.booleans()),
        models=draw(st.sampled_from((QWEN, QWEN[1:], QWEN[:1], ()))),
        tokens=draw(st.sampled_from((512, 2_048, 8_192, 32_768))),
        most_share=draw(st.sampled_from((0.3, 0.6, 0.95))),
        reserve=draw(st.sampled_from((0, RESERVE_BYTES, 3 * GIB))),
        overhead=draw(st.sampled_from((OVERHEAD_BYTES, OVERHEAD_BYTES + 2 * GIB))),
    )


@given(wishes())
def test_no_plan_exceeds_what_is_free(wish: Wish) -> None:
    check(wish, plan(wish))


@given(wishes(), sizes)
def test_more_free_memory_never_makes_it_worse(wish: Wish, more: int) -> None:
    richer = replace(wish, free=min(wish.total, wish.free + more))
    poor, rich = plan(wish), plan(richer)
    assert max(rich.sacrifices, default=0) <= max(poor.sacrifices, default=0)
    if poor.model is not None:
        assert rich.model is not None
        assert wish.models.index(rich.model) <= wish.models.index(poor.model)


@given(wishes(), st.integers(0, 4 * GIB))
def test_a_lesson_never_makes_the_next_plan_larger(wish: Wish, step: int) -> None:
    wiser = replace(wish, overhead=wish.overhead + step, reserve=wish.reserve + step)
    before, after = plan(wish), plan(wiser)
    assert max(after.sacrifices, default=0) >= max(before.sacrifices, default=0)
    assert (
        after.new_bytes <= max(before.new_bytes, wish.recogniser - wish.recogniser_held)
        or after.sacrifices != before.sacrifices
    )


def test_lessons_are_kept(tmp_path: Path) -> None:
    """faults: P11"""
    assert lessons.read(tmp_path, "RTX") == lessons.Lesson()
    lessons.learn(tmp_path, "RTX", lessons.Shortage.RAN_OUT, 10 * GIB)
    learnt = lessons.learn(tmp_path, "RTX", lessons.Shortage.NOT_FREE, 8 * GIB)
    assert learnt == lessons.read(tmp_path, "RTX") == lessons.Lesson(GIB, GIB, int(6.8 * GIB))
    assert lessons.read(tmp_path, "other") == lessons.Lesson()
    for _ in range(20):
        learnt = lessons.learn(tmp_path, "RTX", lessons.Shortage.NO_CACHE, GIB)
    assert (learnt.overhead, learnt.most) == (8 * GIB, int(6.8 * GIB))
    lessons.path_in(tmp_path).write_text("{", encoding="utf-8")
    assert lessons.read(tmp_path, "RTX") == lessons.Lesson()
    lessons.forget(tmp_path)
    assert not lessons.path_in(tmp_path).exists()


@pytest.mark.parametrize("shortage", list(lessons.Shortage))
@pytest.mark.parametrize("gib", [8, 12, 16, 24, 32])
def test_out_of_memory_makes_the_next_plan_smaller(
    tmp_path: Path, shortage: lessons.Shortage, gib: int
) -> None:
    """faults: P11; until nothing is left to try"""
    settings, card = ServicesSettings(), Card(0, "RTX", gib * GIB, (gib - 1) * GIB)
    need = RecogniserNeed("Whisper turbo", "cuda", round(2.6 * GIB))
    for _ in range(20):
        before = plan_card(settings, tmp_path, card, need).plan
        if before.model is None:
            break
        lessons.learn(tmp_path, "RTX", shortage, before.language_model)
        after = plan_card(settings, tmp_path, card, need).plan
        cache = before.model.cache_bytes * before.tokens
        assert after.model is None or (
            after.language_model < before.language_model
            or after.model.weights_bytes < before.model.weights_bytes
            or after.model.cache_bytes * after.tokens < cache
            or shortage is lessons.Shortage.NO_CACHE
        )


def test_what_is_ours_is_given_back_before_the_next_start(tmp_path: Path) -> None:
    settings = ServicesSettings()
    running = Card(0, "RTX", 24 * GIB, 6 * GIB)
    held = Held(recogniser=3 * GIB, language_model=14 * GIB)
    idle = Card(0, "RTX", 24 * GIB, 20 * GIB)
    need = RecogniserNeed("", "cuda", 3 * GIB)
    again = plan_card(settings, tmp_path, running, need, held)
    assert again.plan == plan_card(settings, tmp_path, idle, need, Held(recogniser=3 * GIB)).plan
    assert held.all == 17 * GIB


def test_candidates() -> None:
    assert [each.name.split("-")[1] for each in QWEN] == ["7B", "7B", "3B", "1.5B"]
    assert candidates(models.QWEN_3B_AWQ.name)[0] is models.QWEN_3B_AWQ
    assert candidates(models.QWEN_SMALL.name) == (models.QWEN_SMALL, models.QWEN_SMALL_AWQ)
    assert candidates("somebody/unknown") == ()


def test_a_model_whose_fetching_was_interrupted_is_not_here(tmp_path: Path) -> None:
    """A start would fail offline, so nothing plans with it."""
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    assert folder_of(str(tmp_path)) is None
    parts = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    index = {"weight_map": {"a": parts[0], "b": parts[1], "c": parts[1]}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    (tmp_path / parts[0]).write_bytes(b"0" * 10)
    assert folder_of(str(tmp_path)) is None
    (tmp_path / parts[1]).write_bytes(b"0" * 5)
    assert folder_of(str(tmp_path)) == tmp_path
    (tmp_path / "pytorch_model.bin").write_bytes(b"0" * 100)
    facts = facts_of(str(tmp_path))
    assert facts is not None
    assert facts.weights_bytes == 15, "the same weights in another form do not count twice"


def test_a_model_of_ones_own_is_measured(tmp_path: Path) -> None:
    config = {
        "num_attention_heads": 9, "hidden_size": 576, "num_key_value_heads": 3,
        "num_hidden_layers": 30, "max_position_embeddings": 8192,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert facts_of(str(tmp_path)) is None, "no weights"
    (tmp_path / "model.safetensors").write_bytes(b"0" * 1000)
    facts = facts_of(str(tmp_path))
    assert facts is not None
    assert (facts.weights_bytes, facts.cache_bytes) == (1000, 30 * 3 * 64 * 4)
    assert candidates(str(tmp_path)) == (facts,)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    assert facts_of(str(tmp_path)) is not None
