"""Batches of the embedding server: order, company, memory, limits."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from desktop.services.embedding.batching import (
    Batcher,
    BusyError,
    EndingError,
    OutOfMemory,
    Priority,
)


class FakeModel:
    """Doubles numbers; remembers its batches; may be held back or be short of memory."""

    def __init__(self, fits: int = 1_000) -> None:
        self.fits = fits
        self.batches: list[list[int]] = []
        self.go = threading.Event()
        self.go.set()
        self.entered = threading.Event()

    def __call__(self, batch: Sequence[int]) -> list[int]:
        self.entered.set()
        assert self.go.wait(10.0)
        self.batches.append(list(batch))
        if len(batch) > self.fits:
            raise OutOfMemory("no room")
        if 13 in batch:
            raise ValueError("unlucky")
        if 17 in batch:
            return []
        return [2 * item for item in batch]


@contextmanager
def batcher(model: FakeModel, **options: float) -> Iterator[Batcher[int, int]]:
    made: Batcher[int, int] = Batcher(model, lambda item: item, **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        model.go.set()
        made.close()


def hold(model: FakeModel, made: Batcher[int, int]) -> None:
    """Keeps the worker busy with one item, so that what follows queues up."""
    model.go.clear()
    made.submit([1], Priority.INGEST)
    assert model.entered.wait(10.0)


def test_what_comes_together_goes_together() -> None:
    model = FakeModel()
    with batcher(model, window_s=0.2) as made:
        futures = made.submit([3, 5], Priority.QUERY) + made.submit([4], Priority.QUERY)

        assert [future.result(10.0) for future in futures] == [6, 10, 8]
    assert model.batches == [[5, 4, 3]]  # longest first: less padding at the end


def test_queries_go_before_what_waited_longer() -> None:
    model = FakeModel()
    with batcher(model, window_s=0.0) as made:
        hold(model, made)
        slow = made.submit([7, 8], Priority.INGEST)
        fast = made.submit([9], Priority.QUERY)
        model.go.set()

        assert [future.result(10.0) for future in (*slow, *fast)] == [14, 16, 18]
    assert model.batches[1:] == [[9], [8, 7]]


def test_like_lengths_go_together_within_the_budget() -> None:
    model = FakeModel()
    with batcher(model, window_s=0.0, budget=100) as made:
        hold(model, made)
        futures = made.submit([40, 2, 41, 3, 300], Priority.INGEST)
        model.go.set()
        for future in futures:
            future.result(10.0)
    assert model.batches[1:] == [[41, 40], [3, 2], [300]]


def test_running_out_of_memory_halves_the_batch_for_good() -> None:
    model = FakeModel(fits=3)
    with batcher(model, window_s=0.2, batch_size=8) as made:
        futures = made.submit(list(range(20, 28)), Priority.INGEST)

        assert [future.result(10.0) for future in futures] == [2 * n for n in range(20, 28)]
        assert made.batch_size <= 3
        model.batches.clear()
        for future in made.submit(list(range(30, 36)), Priority.INGEST):
            future.result(10.0)
        assert max(map(len, model.batches)) <= 3


def test_one_item_that_never_fits_fails_alone() -> None:
    model = FakeModel(fits=0)
    with batcher(model) as made, pytest.raises(OutOfMemory):
        made.submit([5], Priority.QUERY)[0].result(10.0)


def test_an_error_reaches_whoever_waits_and_the_worker_goes_on() -> None:
    model = FakeModel()
    with batcher(model) as made:
        with pytest.raises(ValueError, match="unlucky"):
            made.submit([13], Priority.QUERY)[0].result(10.0)

        assert made.submit([4], Priority.QUERY)[0].result(10.0) == 8


def test_a_model_that_forgets_an_answer_does_not_end_the_worker() -> None:
    model = FakeModel()
    with batcher(model) as made:
        with pytest.raises(ValueError, match="shorter"):
            made.submit([17], Priority.QUERY)[0].result(10.0)
        assert made.submit([4], Priority.QUERY)[0].result(10.0) == 8


def test_what_does_not_fit_into_the_queue_is_refused_whole() -> None:
    model = FakeModel()
    with batcher(model, max_waiting=3, window_s=0.0) as made:
        hold(model, made)
        made.submit([2, 3], Priority.INGEST)
        with pytest.raises(BusyError):
            made.submit([4, 5], Priority.QUERY)
        assert made.waiting == 2


def test_what_was_given_up_is_not_worked_on() -> None:
    model = FakeModel()
    with batcher(model, window_s=0.0) as made:
        hold(model, made)
        (given_up,) = made.submit([5], Priority.QUERY)
        given_up.cancel()
        (wanted,) = made.submit([6], Priority.INGEST)
        model.go.set()
        assert wanted.result(10.0) == 12
    assert [5] not in model.batches


def test_closing_tells_what_still_waits() -> None:
    model = FakeModel()
    with batcher(model, window_s=0.0) as made:
        hold(model, made)
        (waiting,) = made.submit([5], Priority.INGEST)
        closer = threading.Thread(target=made.close)
        closer.start()
        with pytest.raises(EndingError):
            waiting.result(10.0)
        model.go.set()
        closer.join(10.0)
        with pytest.raises(BusyError):
            made.submit([6], Priority.QUERY)
