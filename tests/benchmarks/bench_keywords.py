"""Keyword quality without a language model on the shared sets: F1@5 and F1@10, and its speed.

Run with ``pytest -m benchmark tests/benchmarks/bench_keywords.py -s``.  A keyword counts as right
when it equals one of the authors' in lower case, Korean without spaces.  The weights were set on
the even rows; the odd rows are shown apart.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from desktop.services.keywords.basic import BasicExtractor

DATA = Path(__file__).parents[3] / "shared" / "data" / "keywords"
BARS = {"ko_kci_half": 0.235, "en_inspec500": 0.146}


@pytest.fixture(scope="module")
def extractor() -> Iterator[BasicExtractor]:
    extractor = BasicExtractor(min_importance=0.0)
    extractor.extract("준비", "ko")  # starts the analyser
    yield extractor
    extractor.close()


def _plain(text: str, language: str) -> str:
    return re.sub(r"\s+", "" if language == "ko" else " ", text.casefold()).strip()


def _f1(found: list[str], wanted: set[str]) -> float:
    hits = len(set(found) & wanted)
    return 2 * hits / (len(found) + len(wanted)) if hits else 0.0


def _measure(extractor: BasicExtractor, rows: list[dict[str, Any]]) -> dict[int, list[float]]:
    scores: dict[int, list[float]] = {5: [], 10: []}
    for row in rows:
        language = row["lang"]
        wanted = {_plain(keyword, language) for keyword in row["keywords"]}
        keywords = extractor.extract(row["text"], language, limit=10)
        found = [_plain(keyword.text, language) for keyword in keywords]
        for depth, values in scores.items():
            values.append(_f1(found[:depth], wanted))
    return scores


@pytest.mark.benchmark
@pytest.mark.shared
@pytest.mark.parametrize("name", list(BARS))
def test_keywords(name: str, extractor: BasicExtractor) -> None:
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip("the shared sets are not beside the checkout")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    began = time.perf_counter()
    scores = _measure(extractor, rows)
    took_s = time.perf_counter() - began
    for depth, values in scores.items():
        odd = values[1::2]
        print(
            f"\n{name} F1@{depth} {sum(values) / len(values):.4f}"
            f" (odd rows {sum(odd) / len(odd):.4f})",
            end="",
        )
    print(f"\n{name} {1000 * took_s / len(rows):.1f} ms a text")
    assert sum(scores[5]) / len(rows) > BARS[name]


@pytest.mark.benchmark
def test_loading_leaves_the_application_running() -> None:
    """The longest this process stands still while the Korean analyser loads, and its memory."""
    pauses: list[float] = []
    done = threading.Event()

    def watch() -> None:
        last = time.perf_counter()
        while not done.wait(0.005):
            now = time.perf_counter()
            pauses.append(now - last)
            last = now

    watching = threading.Thread(target=watch)
    watching.start()
    extractor = BasicExtractor()
    began = time.perf_counter()
    extractor.extract("오늘 예산 회의를 시작하겠습니다.", "ko")
    loaded_s = time.perf_counter() - began
    done.set()
    watching.join()
    children = [c for c in psutil.Process().children() if "kiwi_child" in " ".join(c.cmdline())]
    memory = sum(child.memory_info().rss for child in children) / 1e6
    batch = "\n".join(["다음 분기 마케팅 예산을 검토하고 신제품 출시 일정을 정하겠습니다."] * 5)
    began = time.perf_counter()
    for _ in range(100):
        extractor.extract(batch, "ko")
    batch_ms = 10 * (time.perf_counter() - began)
    extractor.close()
    print(
        f"\nloading {loaded_s:.1f} s, longest pause here {1000 * max(pauses):.0f} ms,"
        f" analyser {memory:.0f} MB; five spoken lines {batch_ms:.1f} ms"
    )
