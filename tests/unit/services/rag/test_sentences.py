"""Sentences of passages and answers."""

from __future__ import annotations

from desktop.services.rag import sentences


def test_english_abbreviations_and_decimals_do_not_end_sentences() -> None:
    text = "Dr. Kim paid 3.5 million, e.g. for U.S. rights. It was cheap [1]. Was it? Yes!"

    assert sentences.split(text) == [
        "Dr. Kim paid 3.5 million, e.g. for U.S. rights.",
        "It was cheap [1].",
        "Was it?",
        "Yes!",
    ]


def test_korean_sentences_end_with_and_without_spaces() -> None:
    text = "회의는 3시에 시작합니다.준비물은 없습니다. 장소는 3.5층입니다."

    assert sentences.split(text) == [
        "회의는 3시에 시작합니다.",
        "준비물은 없습니다.",
        "장소는 3.5층입니다.",
    ]


def test_a_line_wrapped_in_the_middle_of_a_sentence_is_one() -> None:
    text = "This sentence is long enough to be wrapped by the page\nand goes on here."

    assert len(sentences.split(text)) == 1


def test_rows_bullets_and_headings_are_sentences() -> None:
    text = (
        "Name\tPhone\nKim\t1234\n\nSteps\n- first, open the door and look inside the room\n- then"
    )

    assert sentences.split(text) == [
        "Name\tPhone",
        "Kim\t1234",
        "Steps",
        "- first, open the door and look inside the room",
        "- then",
    ]


def test_spans_cover_what_they_say() -> None:
    text = "  하나입니다.  둘입니다.\n"

    assert [text[a:b] for a, b in sentences.spans(text)] == ["하나입니다.", "둘입니다."]
