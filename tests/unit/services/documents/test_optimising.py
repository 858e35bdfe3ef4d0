"""The index gets its fast form by itself, once documents have settled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from document_shelf import Shelf

from desktop.services.documents.optimising import IndexTender

Write = Callable[[str, str | bytes], Path]
WITHIN_S = 60.0


def generations(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in (shelf.root / "vectors").glob("shard-*"))


def test_once_enough_is_new_and_not_again(
    shelf: Shelf, write: Write, wait_until: Callable[..., None]
) -> None:
    library = shelf.open()
    looks: list[bool] = []

    def is_busy() -> bool:
        looks.append(True)
        return library._parts.manifest.is_busy()

    tender = IndexTender(library._parts.manifest, shelf.store, is_busy, quiet_s=0.05, least_new=3)
    tender.start()
    try:
        library.add([write(f"{i}.txt", f"Rose {i}.") for i in range(2)])
        shelf.settle()
        seen = len(looks)
        wait_until(lambda: len(looks) > seen + 3, WITHIN_S)
        assert generations(shelf) == ["shard-1"], "two are searched one by one"
        library.add([write("2.txt", "The gardener waters roses.")])
        shelf.settle()
        wait_until(lambda: generations(shelf) == ["shard-2"], WITHIN_S)
        seen = len(looks)
        wait_until(lambda: len(looks) > seen + 3, WITHIN_S)
        assert generations(shelf) == ["shard-2"]
        assert shelf.found("gardener") == ["2.txt"]
        tender.begin_anew()
        wait_until(lambda: generations(shelf) == ["shard-3"], WITHIN_S)
    finally:
        tender.stop()
    assert library.verify().equal


def test_closing_does_not_wait_for_it(shelf: Shelf, write: Write) -> None:
    library = shelf.open()
    library.add([write("a.txt", "The gardener waters roses.")])
    shelf.settle()
    stop = threading.Event()
    stop.set()
    assert not shelf.store.optimize(stop)
    assert generations(shelf) == ["shard-1"]
    assert shelf.store.optimize()
    assert generations(shelf) == ["shard-2"]
    assert shelf.found("gardener") == ["a.txt"]
