"""``malgeul index`` and ``malgeul documents``, without a running server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import document_files as files
import pytest

from desktop.errors import StorageError
from desktop.services.documents.manifest import Manifest

Malgeul = Callable[..., Any]


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "garden.txt").write_text("The gardener waters roses.", encoding="utf-8")
    (folder / "refunds.pdf").write_bytes(files.pdf("First.", files.ENGLISH))
    return folder


def test_index_list_remove_verify(malgeul: Malgeul, papers: Path) -> None:
    outcome = malgeul("index", str(papers))
    assert outcome.code == 0, outcome.err
    assert outcome.out == "2 indexed (0 unchanged), 0 failed\n"
    assert malgeul("index", str(papers)).out == "2 indexed (2 unchanged), 0 failed\n"

    listed = json.loads(malgeul("documents", "list", "--json").out)
    assert {d["name"]: (d["state"], d["pages"]) for d in listed} == {
        "garden.txt": ("indexed", 0),
        "refunds.pdf": ("indexed", 2),
    }
    assert "garden.txt" in malgeul("documents", "list").out

    outcome = malgeul("documents", "remove", str(papers / "garden.txt"))
    assert (outcome.code, outcome.out) == (0, "removed garden.txt\n")
    assert malgeul("documents", "remove", "garden.txt").code == 3

    outcome = malgeul("documents", "verify", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out)["equal"]


def test_what_waited_from_before_does_not_count_as_unchanged(
    malgeul: Malgeul, papers: Path, home: Path
) -> None:
    assert malgeul("index", str(papers / "garden.txt")).code == 0
    with Manifest(home / "documents" / "manifest.db").transaction() as db:
        db.execute("UPDATE documents SET state = 'queued', version = 0")  # as after Ctrl+C
    outcome = malgeul("index", str(papers))
    assert outcome.out == "2 indexed (0 unchanged), 0 failed\n"


def test_a_full_disk_ends_the_command_with_the_reason(
    malgeul: Malgeul, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: Any) -> Any:
        raise StorageError("The disk is full.", hint="Free some space.", code="storage.documents")

    with monkeypatch.context() as full:
        full.setattr(Manifest, "save_pending", refusing)
        outcome = malgeul("index", str(papers))
    assert outcome.code == 6
    assert "Error: The disk is full." in outcome.err
    assert malgeul("index", str(papers)).out == "2 indexed (0 unchanged), 0 failed\n"


def test_each_failure_has_its_reason_and_the_rest_goes_on(malgeul: Malgeul, papers: Path) -> None:
    """faults: D60"""
    (papers / "page.pdf").write_bytes(files.html("x"))
    outcome = malgeul("index", str(papers))
    assert outcome.code == 1
    assert f"{papers / 'page.pdf'}: It is not PDF, it is HTML.\n  " in outcome.out
    assert "2 indexed (0 unchanged), 1 failed" in outcome.out

    body = json.loads(malgeul("index", str(papers), "--json").out)
    assert (body["indexed"], body["failed"]) == (2, 1)
    reasons = [d["reason"] for d in body["documents"] if d["state"] == "failed"]
    assert reasons == ["It is not PDF, it is HTML."]


def test_a_path_that_is_not_there(malgeul: Malgeul, tmp_path: Path) -> None:
    outcome = malgeul("index", str(tmp_path / "nothing"))
    assert outcome.code == 3
    assert "There is no file or folder" in outcome.err


def test_a_folder_without_documents_says_so(malgeul: Malgeul, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"x")
    outcome = malgeul("index", str(tmp_path / "photos"))
    assert (outcome.code, outcome.out) == (0, "0 indexed (0 unchanged), 0 failed\n")
    assert "No documents were found" in outcome.err


def test_nothing_indexed_yet(malgeul: Malgeul) -> None:
    outcome = malgeul("documents", "list")
    assert outcome.code == 0
    assert "malgeul index" in outcome.err


def test_a_question_in_another_language_is_told_why_nothing_answers(
    malgeul: Malgeul, papers: Path
) -> None:
    """Without vectors only words are compared, which no two languages share."""
    assert malgeul("index", str(papers)).code == 0
    asked = malgeul("ask", "정원사는 무엇에 물을 주나요?")
    assert asked.code == 3
    assert "낱말만 비교" in asked.out
    assert "실행 환경" in asked.out, "what the window shows names what to click"
    assert "malgeul runtimes install embedding" in asked.err
    searched = malgeul("search", "정원사")
    assert searched.code == 3
    assert "malgeul runtimes install embedding" in searched.err
    assert "roses" in malgeul("ask", "What does the gardener water?").out


def test_that_only_words_are_compared_is_told_also_beside_korean_documents(
    malgeul: Malgeul, papers: Path
) -> None:
    (papers / "공장.txt").write_text("공장의 수도와 전기는 수요기관이 제공한다.", encoding="utf-8")
    assert malgeul("index", str(papers)).code == 0
    asked = malgeul("ask", "공장의 정원사는 장미에 언제 물을 주나요?")
    assert asked.code == 3
    assert "공장.txt" in asked.out, "the nearest passage is in the question's own language"
    assert "낱말만 비교" in asked.out
