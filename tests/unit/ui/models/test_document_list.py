"""Documents as a list: changes, filter, orders."""

from __future__ import annotations

import dataclasses
import time
import unicodedata

from fakes.fake_documents import library

from desktop.events import Document, DocumentState
from desktop.ui.models.document_list import DOCUMENT_ROLE, DocumentFilter, DocumentList

NOW_S = 1_790_000_000.0


def filled() -> tuple[DocumentList, DocumentFilter]:
    documents, shown = DocumentList(), DocumentFilter()
    shown.set_source(documents)
    shown.set_order("when")
    documents.reset(library(NOW_S))
    return documents, shown


def names(shown: DocumentFilter) -> list[str]:
    return [shown.index(row, 0).data(DOCUMENT_ROLE).name for row in range(shown.rowCount())]


def test_changes_replace_append_and_remove(qapp: object) -> None:
    documents, shown = filled()
    before = documents.rowCount()
    known = documents.documents[0]
    new = Document("n1", "새 문서.pdf", "", "pdf", DocumentState.QUEUED)
    documents.update([dataclasses.replace(known, name="바뀐 이름.pdf"), new])
    assert documents.rowCount() == before + 1
    assert documents.documents[documents.row_of(known.document_id)].name == "바뀐 이름.pdf"
    gone = dataclasses.replace(known, state=DocumentState.REMOVED)
    documents.update([gone, gone])
    assert documents.row_of(known.document_id) == -1
    assert documents.documents[documents.row_of("n1")] == new
    assert shown.rowCount() == before


def test_every_word_of_the_filter_counts_whatever_its_normal_form(qapp: object) -> None:
    _, shown = filled()
    shown.set_text("분기 계획")
    assert names(shown) == ["2026년 3분기 제품 출시 계획.pdf"]
    shown.set_text(unicodedata.normalize("NFD", "분기 계획"))
    assert names(shown) == ["2026년 3분기 제품 출시 계획.pdf"]
    shown.set_text("PASSWORD")  # the reason of a failure
    assert names(shown) == ["입찰 조건 비공개.docx"]
    shown.set_text("nothing like it")
    assert shown.rowCount() == 0
    assert shown.filtering


def test_states_and_orders(qapp: object) -> None:
    _, shown = filled()
    assert names(shown)[0] == "회의실 예약 규정.hwpx"  # under way, then the newest
    assert names(shown)[3] == "2026년 3분기 제품 출시 계획.pdf"
    shown.set_shown("failed")
    assert set(names(shown)) == {"입찰 조건 비공개.docx", "invoice-2211.pdf"}
    shown.set_shown("working")
    assert len(names(shown)) == 3
    shown.set_shown("watched")
    assert len(names(shown)) == 3
    shown.set_shown("all")
    shown.set_order("name")
    assert names(shown) == sorted(names(shown), key=str.casefold)
    shown.set_order("size")
    assert names(shown)[0].startswith("2025 사업보고서")
    shown.set_order("state")
    assert names(shown)[0] in {"invoice-2211.pdf", "입찰 조건 비공개.docx"}


def test_a_document_that_is_done_moves_to_its_place(qapp: object) -> None:
    documents, shown = filled()
    queued = next(d for d in documents.documents if d.state is DocumentState.QUEUED)
    done = dataclasses.replace(queued, state=DocumentState.INDEXED, indexed_wall_s=NOW_S)
    documents.update([done])
    assert names(shown)[2] == done.name  # behind the two still under way


def test_thousands_arrive_and_change(qapp: object) -> None:
    """faults: D65"""
    documents, shown = filled()
    many = [
        Document(f"x{n}", f"file {n:05}.txt", "", "txt", DocumentState.QUEUED) for n in range(5_000)
    ]
    documents.update(many)
    documents.update(
        dataclasses.replace(d, state=DocumentState.INDEXED, indexed_wall_s=time.time())
        for d in many[:200]
    )
    assert shown.rowCount() == 5_012
