# ruff: noqa: E501
"""A scripted `DocumentsBackend`: Korean and English documents and answers, without a server.

For tests of the interface and for `demo_window.py`.  Thread-safe where the task runner calls it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from desktop import events as ev
from desktop.bus import EventBus
from desktop.errors import NotFoundError, ServiceError
from desktop.events import DocumentState as State
from desktop.records import DocumentsStatus, PassageView

WATCHED = "/home/mina/문서/제품 자료"
_DAY_S = 86_400.0

PAGE_LINES = (
    "3. 출시 일정과 위험 요소", "",
    "3분기 정식 출시는 9월 24일로 확정한다. 공개 시험판은 8월 20일부터",
    "4주 동안 운영하며, 시험판 사용자는 최소 300명을 목표로 한다.", "",
    "가장 큰 위험은 CPU만 있는 노트북에서의 인식 지연이다. 실측 결과",
    "네 코어 노트북에서 지연이 2.4초까지 늘어났으며, 기준(1.5초)을 넘는",
    "경우 작은 모델로 자동 전환하는 기능을 출시 전에 갖춘다.", "",
    "3.1 책임과 기한", "",
    "자동 전환은 인식 팀이 8월 6일까지 구현하고, 품질 팀이 8월 13일까지",
    "열두 종의 노트북에서 검증한다. 검증에 실패하면 출시를 2주 미룬다.",
)  # fmt: skip


def passage(number: int, source: str, text: str, *matched: str, page: int = 0, heading: str = "",
            session_id: str = "", start_s: float = 0.0, document_id: str = "") -> ev.Passage:  # fmt: skip
    """A passage with `matched` marked wherever it stands in the text."""
    spans = sorted((at, at + len(w)) for w in matched for at in _places(text, w))
    kind = ev.PassageKind.TRANSCRIPT if session_id else ev.PassageKind.DOCUMENT
    return ev.Passage(f"p{number}", document_id or f"d{number}", source, kind, text, heading, page, 100, 100 + len(text),
                      0.9 - number / 20, tuple(spans), matched, session_id, start_s)  # fmt: skip


def _places(text: str, word: str) -> list[int]:
    found, at = [], text.find(word)
    while at >= 0:
        found.append(at)
        at = text.find(word, at + len(word))
    return found


PLAN = passage(1, "2026년 3분기 제품 출시 계획.pdf", "3분기 정식 출시는 9월 24일로 확정한다. 공개 시험판은 8월 20일부터 4주 동안 운영하며, 시험판 사용자는 최소 300명을 목표로 한다.", "출시", "시험판", page=12)  # fmt: skip
RISK = passage(2, "2026년 3분기 제품 출시 계획.pdf", "가장 큰 위험은 CPU만 있는 노트북에서의 인식 지연이다. 실측 결과 네 코어 노트북에서 지연이 2.4초까지 늘어났으며, 기준(1.5초)을 넘는 경우 작은 모델로 자동 전환하는 기능을 출시 전에 갖춘다.", "위험", "지연", page=12)  # fmt: skip
SPOKEN = passage(3, "주간 개발 회의", "다만 CPU만 있는 노트북에서는 아직 여유가 크지 않아서, 작은 모델로 바꾸는 기준을 정해야 합니다.", "노트북", "모델", session_id="s-weekly", start_s=25.6)  # fmt: skip
LATENCY = passage(4, "Streaming latency report v2.docx", "Median end-to-end latency fell from 2.1 s to 0.9 s after the forced prefix was introduced. On four-core laptops without a GPU the 95th percentile is still 2.4 s, which misses the target of 1.5 s.", "latency", "laptops", heading="4 Results › 4.2 Laptops")  # fmt: skip
GUIDE = passage(5, "개인정보 처리 지침(개정).hwp", "녹음과 전사본은 사용자의 기기에만 저장하며, 외부로 전송하지 않는다. 보관 기간은 사용자가 정한다.", "녹음", heading="제4조(보관)")  # fmt: skip

KOREAN = ev.Answer(
    "정식 출시는 9월 24일로 확정되어 있고, 공개 시험판은 8월 20일부터 4주 동안 운영됩니다 [1]. 가장 큰 위험은 CPU만 있는 노트북에서 인식이 2.4초까지 늦어지는 것입니다 [2][3]. 회의에서는 작은 모델로 바꾸는 기준을 정하기로 했습니다 [3]. 전환 기능은 이미 모든 노트북에서 검증되었습니다.",
    "Qwen2.5-7B-Instruct", (PLAN, RISK, SPOKEN),
    (
        ev.AnswerSentence("정식 출시는 9월 24일로 확정되어 있고, 공개 시험판은 8월 20일부터 4주 동안 운영됩니다 [1].", (1,), ev.Support.SUPPORTED),
        ev.AnswerSentence("가장 큰 위험은 CPU만 있는 노트북에서 인식이 2.4초까지 늦어지는 것입니다 [2][3].", (2, 3), ev.Support.SUPPORTED),
        ev.AnswerSentence("회의에서는 작은 모델로 바꾸는 기준을 정하기로 했습니다 [3].", (3,), ev.Support.WEAK),
        ev.AnswerSentence("전환 기능은 이미 모든 노트북에서 검증되었습니다.", (), ev.Support.UNSUPPORTED),
    ),
    timings_s=(("rewrite", 0.11), ("retrieve", 0.021), ("rerank", 0.19), ("first_token", 0.42), ("generate", 1.3), ("check", 0.03), ("total", 1.94)),
)  # fmt: skip
ENGLISH = ev.Answer(
    "Median end-to-end latency fell from 2.1 s to 0.9 s after the forced prefix was introduced [1].\nOn four-core laptops without a GPU the 95th percentile is still 2.4 s, which misses the target of 1.5 s [1].",
    "basic", (LATENCY,),
    (
        ev.AnswerSentence("Median end-to-end latency fell from 2.1 s to 0.9 s after the forced prefix was introduced [1].", (1,), ev.Support.SUPPORTED),
        ev.AnswerSentence("On four-core laptops without a GPU the 95th percentile is still 2.4 s, which misses the target of 1.5 s [1].", (1,), ev.Support.SUPPORTED),
    ),
    cached=True, standalone_question="How far did the streaming latency fall on laptops?",
    timings_s=(("retrieve", 0.012), ("extract", 0.034), ("total", 0.046)),
)  # fmt: skip
REFUSED = ev.Answer(
    "", "basic", (GUIDE, PLAN), (), refused=True, timings_s=(("retrieve", 0.014), ("total", 0.016))
)


def library(now_s: float) -> list[ev.Document]:
    """A realistic shelf: read, failed, under way, watched, with notes."""

    def made(number: int, name: str, kind: str, state: State, **more: object) -> ev.Document:
        path = "" if kind == "transcript" else f"/home/mina/문서/{name}"
        return ev.Document(f"d{number}", name, path, kind, state, **more)  # type: ignore[arg-type]

    return [
        made(1, "2026년 3분기 제품 출시 계획.pdf", "pdf", State.INDEXED, size_bytes=2_410_000, pages=38, chunks=214, indexed_wall_s=now_s - 900, folder=WATCHED),
        made(4, "Streaming latency report v2.docx", "docx", State.INDEXED, size_bytes=184_000, chunks=61, indexed_wall_s=now_s - 1800),
        made(5, "개인정보 처리 지침(개정).hwp", "hwp", State.INDEXED, size_bytes=96_000, chunks=33, indexed_wall_s=now_s - _DAY_S),
        made(6, "2025 사업보고서 (전자공시 제출본, 정오표 및 연결재무제표 주석 포함, 최종 수정 2026-03-28).pdf", "pdf", State.INDEXED, size_bytes=18_700_000, pages=412, chunks=3_120, indexed_wall_s=now_s - 2 * _DAY_S, warnings=("hidden-text",)),
        made(7, "분기별 매출 추이.xlsx", "xlsx", State.INDEXED, size_bytes=61_000, pages=4, chunks=22, indexed_wall_s=now_s - 2 * _DAY_S, folder=WATCHED),
        made(8, "고객 인터뷰 요약.pptx", "pptx", State.INDEXED, size_bytes=5_300_000, pages=27, chunks=54, indexed_wall_s=now_s - 3 * _DAY_S, folder=WATCHED),
        made(3, "주간 개발 회의", "transcript", State.INDEXED, size_bytes=9_200, chunks=12, indexed_wall_s=now_s - 26 * 3600),
        made(9, "입찰 조건 비공개.docx", "docx", State.FAILED, size_bytes=220_000, reason="The file is password-protected.", hint="Save a copy without the password and add that."),
        made(10, "invoice-2211.pdf", "pdf", State.FAILED, size_bytes=14_000, reason="This is not a PDF, it is HTML.", hint="Rename it to .html, or download the PDF again."),
        made(11, "회의실 예약 규정.hwpx", "hwpx", State.INDEXING, size_bytes=410_000, pages=9, progress=0.62),
        made(12, "README.md", "md", State.PARSING, size_bytes=8_100, progress=0.1),
        made(13, "제품 사양서 v14.pdf", "pdf", State.QUEUED, size_bytes=7_900_000),
    ]  # fmt: skip


class FakeDocuments:
    """Keeps documents in memory and remembers every command in `document_calls`.

    With `answers_at_once` an answer streams and ends within `ask`; otherwise a test plays it with
    `stream` and `finish_answer`.
    """

    def __init__(self, bus: EventBus) -> None:
        self.document_bus = bus
        self.shelf: dict[str, ev.Document] = {}
        self.document_calls: list[tuple[object, ...]] = []
        self.watched: tuple[str, ...] = (WATCHED,)
        self.answers_at_once = True
        self.server_down = False
        self.way, self.way_hint = (
            "words (Kiwi)",
            "Install the embedding runtime to search by meaning too.",
        )
        self._asked = 0

    # scripted content ------------------------------------------------------------------------
    def fill_documents(self, now_s: float | None = None) -> None:
        for document in library(time.time() if now_s is None else now_s):
            self.shelf[document.document_id] = document

    def publish_ingest(self, *, paused: bool = False) -> None:
        self.document_bus.publish(
            ev.IngestProgressed(13, 24, 2, 39, 41.0, 95.0, paused, "회의실 예약 규정.hwpx")
        )

    def publish_passages(self, passages: Sequence[ev.Passage] = (RISK, LATENCY, SPOKEN)) -> None:
        words = tuple(dict.fromkeys(word for p in passages for word in p.reasons))
        self.document_bus.publish(ev.PassagesFound(tuple(passages), words, time.time(), 60.0, 0.02))

    def stream(self, answer_id: str, answer: ev.Answer, share: float = 1.0) -> None:
        """Sends the first part of an answer's text in pieces."""
        text = answer.text[: round(len(answer.text) * share)]
        for at in range(0, len(text), 7):
            self.document_bus.publish(ev.AnswerExtended(answer_id, text[at : at + 7]))

    def finish_answer(self, answer_id: str, answer: ev.Answer) -> None:
        self.document_bus.publish(ev.AnswerFinished(answer_id, answer, time.time()))

    def change(self, document: ev.Document) -> None:
        """Says that a document has changed."""
        self.shelf[document.document_id] = document
        self.document_bus.publish(ev.DocumentChanged(document, time.time()))

    # DocumentsBackend ------------------------------------------------------------------------
    def _check(self) -> None:
        if self.server_down:
            raise ServiceError(
                "The answer server is not running.", hint="Start it on the Services page."
            )

    def documents(self) -> Sequence[ev.Document]:
        self._check()
        return tuple(self.shelf.values())

    def documents_status(self) -> DocumentsStatus:
        self._check()
        ready = [d for d in self.shelf.values() if d.state is State.INDEXED]
        return DocumentsStatus(len(self.shelf), sum(d.chunks for d in ready), 38_400_000 if ready else 0,
                               self.watched, False, self.way, self.way_hint)  # fmt: skip

    def add_documents(self, paths: Sequence[Path]) -> int:
        self._check()
        self.document_calls.append(("add_documents", tuple(paths)))
        for path in paths:
            number = f"d{100 + len(self.shelf)}"
            self.change(ev.Document(number, path.name, str(path), path.suffix[1:], State.QUEUED))
        return len(paths)

    def reindex_document(self, document_id: str) -> None:
        self.document_calls.append(("reindex_document", document_id))
        self.change(dataclasses.replace(self.shelf[document_id], state=State.QUEUED, progress=0.0))

    def remove_document(self, document_id: str) -> None:
        self.document_calls.append(("remove_document", document_id))
        gone = dataclasses.replace(self.shelf.pop(document_id), state=State.REMOVED)
        self.document_bus.publish(ev.DocumentChanged(gone, time.time()))

    def watch_folder(self, folder: Path, on: bool) -> None:
        self.document_calls.append(("watch_folder", folder, on))
        rest = tuple(name for name in self.watched if name != str(folder))
        self.watched = (*rest, str(folder)) if on else rest

    def pause_ingest(self, on: bool) -> None:
        self.document_calls.append(("pause_ingest", on))
        self.publish_ingest(paused=on)

    def cancel_ingest(self) -> None:
        self.document_calls.append(("cancel_ingest",))
        self.document_bus.publish(ev.IngestProgressed(0, 24, 2, 26, 0.0, None))

    def search_passages(self, query: str, count: int = 10) -> Sequence[ev.Passage]:
        return (PLAN, RISK, SPOKEN, LATENCY)[:count]

    def ask(self, question: str, conversation_id: str = "", session_id: str = "") -> str:
        self.document_calls.append(("ask", question, conversation_id, session_id))
        self._check()
        self._asked += 1
        answer_id = f"a{self._asked}"
        conversation = conversation_id or f"c{self._asked}"
        self.document_bus.publish(ev.AnswerStarted(answer_id, conversation, question, time.time()))
        if self.answers_at_once:
            self._answer(answer_id, question)
        return answer_id

    def _answer(self, answer_id: str, question: str) -> None:
        if "연봉" in question or "salary" in question:
            self.finish_answer(answer_id, REFUSED)
            return
        if "fail" in question:
            self.stream(answer_id, ENGLISH, 0.4)
            self.document_bus.publish(
                ev.AnswerFailed(
                    answer_id,
                    "The language model stopped while it wrote.",
                    "Try again; the server starts by itself.",
                    ENGLISH.text[:76],
                )
            )
            return
        answer = ENGLISH if question.isascii() else KOREAN
        self.stream(answer_id, answer)
        self.finish_answer(answer_id, answer)

    def stop_answer(self, answer_id: str) -> None:
        self.document_calls.append(("stop_answer", answer_id))
        self.finish_answer(
            answer_id,
            dataclasses.replace(KOREAN, text=KOREAN.text[:58], sentences=(), partial=True),
        )

    def view_passage(self, passage: ev.Passage, page: int = 0) -> PassageView:
        self.document_calls.append(("view_passage", passage.passage_id))
        if passage.source.startswith("lost"):
            raise NotFoundError("This document does not exist any more.", hint="Ask again.")
        if page and page != passage.page:
            return PassageView(passage.source, page, 38, page_png())
        if passage.page:
            return PassageView(
                passage.source,
                passage.page,
                38,
                page_png(),
                ((0.10, 0.166, 0.78, 0.062),) if passage is PLAN else ((0.10, 0.262, 0.78, 0.092),),
            )
        before = "\n".join(
            f"{n}. 앞선 단락입니다. 이 문서는 화면을 채우기 위한 여러 줄의 글로 이루어져 있습니다."
            for n in range(1, 40)
        )
        text = f"{before}\n\n{passage.heading}\n\n{passage.text}\n\n" + "그다음 단락입니다.\n" * 30
        at = text.index(passage.text)
        return PassageView(passage.source, 0, 0, text=text, marks=((at, at + len(passage.text)),))


def page_png() -> bytes:
    """A page of a report as PNG."""
    image = QImage(900, 1272, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    font = QFont("Noto Sans CJK KR")
    for number, line in enumerate(PAGE_LINES):
        font.setPixelSize(30 if line.startswith("3.") else 23)
        font.setBold(line.startswith("3."))
        painter.setFont(font)
        painter.setPen(QColor("#222222"))
        painter.drawText(
            QRectF(100, 130 + number * 41, 760, 44), Qt.AlignmentFlag.AlignVCenter, line
        )
    painter.drawText(QRectF(0, 1200, 900, 40), Qt.AlignmentFlag.AlignCenter, "12")
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
