"""How fast documents are indexed: each stage alone, and the whole beside its slowest stage."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import document_files as files
from benchmarks.figures import Figure
from document_shelf import Shelf

from desktop.services.clients.qdrant_edge_store import QdrantEdgeStore
from desktop.services.documents.batch import Batch, points
from desktop.services.documents.chunk import Chunk
from desktop.services.documents.chunking import make_chunks
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.pipeline import BATCH_CHUNKS
from desktop.services.documents.reader import DocumentReader
from desktop.services.documents.rows import Row
from desktop.services.rag.terms import TermVectors
from desktop.settings import IngestSettings

TITLE = "Indexing documents"
_KOREAN = (
    "담당자는 박서연 책임이며 예산은 3,200만 원으로 확정되었다.",
    "실시간 자막의 지연은 평균 1.2초로 측정되었고 목표는 0.8초이다.",
    "다음 회의는 7월 12일 오후 3시에 대회의실에서 진행하기로 했다.",
    "사업 수행 계획서는 착수일로부터 10일 이내에 제출하여야 한다.",
    "보안 취약점 점검 결과에 따라 서버 구성을 변경할 수 있다.",
)
_ENGLISH = (
    "The refund is paid within fourteen days of the request.",
    "Latency was measured at the ninetieth percentile over a week.",
    "The committee approved the budget without further discussion.",
    "Every device reports its state to the server once a minute.",
)


def measure(*, quick: bool = False) -> list[Figure]:
    """120 documents in half Korean, 30 in the quick version."""
    count = 30 if quick else 120
    with tempfile.TemporaryDirectory(prefix="malgeul-ingest-") as folder:
        papers = _papers(Path(folder) / "papers", count)
        alone, chunks = _stages(papers, Path(folder))
        whole = _whole(Path(folder))
    rates = {name: chunks / seconds for name, seconds in alone.items()}
    slowest = min(rates, key=lambda name: rates[name])
    note = f"{count} documents, {chunks} chunks"
    figures = [Figure(f"{name} alone", rate, "chunks/s", note=note) for name, rate in rates.items()]
    figures.append(Figure("the whole", chunks / whole, "chunks/s", note=note))
    share = 100 * (chunks / whole) / rates[slowest]
    figures.append(
        Figure("the whole beside its slowest stage", share, "%", note=f"{slowest}; goal 80 %")
    )
    return figures


def _papers(folder: Path, count: int) -> list[Path]:
    """Documents of several kinds with different text, some long."""
    folder.mkdir()
    chance = random.Random(3)
    made = []
    for number in range(count):
        sentences = _KOREAN if number % 2 else _ENGLISH
        paragraphs = [
            " ".join(f"{chance.choice(sentences)} ({chance.randrange(9999)})" for _ in range(6))
            for _ in range(chance.choice([5, 20, 60]))
        ]
        path, content = _file(number, paragraphs)
        (folder / path).write_bytes(content)
        made.append(folder / path)
    return made


def _file(number: int, paragraphs: list[str]) -> tuple[str, bytes]:
    kind = number % 4
    if kind == 0:
        pages = ["\n".join(p.replace("(", "").replace(")", "").split(". ")) for p in paragraphs]
        return f"{number}.pdf", files.pdf(*pages)
    if kind == 1:
        return f"{number}.hwpx", files.hwpx("\n".join(paragraphs))
    if kind == 2:
        return f"{number}.html", files.html("".join(f"<p>{p}</p>" for p in paragraphs))
    return f"{number}.txt", "\n\n".join(paragraphs).encode()


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _stages(papers: list[Path], folder: Path) -> tuple[dict[str, float], int]:
    """Seconds of each stage by itself, and how many chunks there are."""
    texts: list[Extracted] = []
    chunks: list[Chunk] = []
    reader, terms = DocumentReader(), TermVectors()
    store = QdrantEdgeStore(folder / "alone")
    try:
        reader.read(papers[0])  # the process is there in use, too
        terms.documents(["준비하고 시작한다."])
        seconds = {"parse": _timed(lambda: texts.extend(reader.read(p)[0] for p in papers))}
        seconds["chunk"] = _timed(
            lambda: [
                chunks.extend(make_chunks(text, f"d{i}", 1, IngestSettings()))
                for i, text in enumerate(texts)
            ]
        )
        parts = [chunks[at : at + BATCH_CHUNKS] for at in range(0, len(chunks), BATCH_CHUNKS)]
        vectors = []
        seconds["terms"] = _timed(
            lambda: vectors.extend(
                terms.documents([c.text for c in part], [c.heading for c in part]) for part in parts
            )
        )
        row = _row()
        batches = [
            points(Batch(row, 1, part, last=False, total=len(chunks), terms=found))
            for part, found in zip(parts, vectors, strict=True)
        ]
        seconds["upsert"] = _timed(lambda: [store.upsert(batch) for batch in batches])
        return seconds, len(chunks)
    finally:
        reader.close()
        terms.close()
        store.close()


def _row() -> Row:
    from desktop.events import DocumentState

    return Row(
        document_id="d", path="/a.txt", folder="", name="a.txt", kind="txt",
        state=DocumentState.INDEXING, size=1, mtime_ns=1, digest="", parser="", chunker="",
        terms="", model="", version=1, pending=0, last_version=0, pages=0, chunks=0, reason="",
        hint="", warnings=(), metadata={}, session_id="", indexed_s=0.0,
    )  # fmt: skip


def _whole(folder: Path) -> float:
    shelf = Shelf(folder / "whole")
    library = shelf.open()
    try:
        shelf.terms.documents(["준비하고 시작한다."])
        library.add_text("ready", name="ready")
        library.wait(60)

        def index() -> None:
            library.add([folder / "papers"])
            assert library.wait(600)

        seconds = _timed(index)
        assert library.verify().equal
        return seconds
    finally:
        shelf.close()
        shelf.terms.close()


if __name__ == "__main__":
    for figure in measure():
        print(figure)
