"""Chunks cover the text, say where they stand, and stay within bounds."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.services.documents.chunking import chunker_version, make_chunks
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers.building import TextBuilder
from desktop.services.documents.transcripts import Spoken, transcript
from desktop.settings import IngestSettings

WORDS = st.text(st.sampled_from("abc 가나다. \n!?-·1)"), max_size=300)
ROWS = st.lists(st.lists(st.text(st.sampled_from("ab 가"), max_size=80), max_size=5), max_size=12)
BLOCKS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["text", "heading", "code"]), WORDS),
        st.tuples(st.just("table"), ROWS),
    ),
    max_size=12,
)
SIZES = st.sampled_from([(100, 0, 200), (100, 50, 300), (350, 50, 1500)])


def build(blocks: list[tuple[str, object]]) -> Extracted:
    builder = TextBuilder("txt")
    builder.title = "Title"
    for kind, value in blocks:
        if kind == "heading":
            builder.heading(str(value), len(str(value)) % 4 + 1)
        else:
            getattr(builder, kind)(value)
    return builder.build()


@given(BLOCKS, SIZES)
@settings(deadline=None, max_examples=150)
def test_every_character_is_covered_and_every_offset_exact(
    blocks: list[tuple[str, object]], sizes: tuple[int, int, int]
) -> None:
    most, overlap, section = sizes
    document = build(blocks)
    options = IngestSettings(chunk_chars=most, overlap_chars=overlap, section_chars=section)
    covered = bytearray(len(document.text))
    last = -1
    for ordinal, chunk in enumerate(make_chunks(document, "d", 3, options)):
        span = document.text[chunk.start : chunk.end]
        assert chunk.ordinal == ordinal
        assert 0 < len(span) <= most
        assert chunk.text == span or (chunk.table and chunk.text.endswith("\n" + span))
        assert len(chunk.text) <= 1.5 * most + 1
        assert chunk.section_start <= chunk.start < chunk.end <= chunk.section_end
        assert chunk.section_end - chunk.section_start <= section
        assert chunk.start > last
        last = chunk.start
        covered[chunk.start : chunk.end] = b"\1" * len(span)
    assert all(
        mark or letter.isspace() for mark, letter in zip(covered, document.text, strict=True)
    )


def test_sentences_stay_whole_and_overlap() -> None:
    sentences = [f"Sentence number {i} says something of its own." for i in range(40)]
    document = build([("text", " ".join(sentences))])
    chunks = make_chunks(document, "d", 1, IngestSettings())
    assert all(chunk.text.endswith(".") for chunk in chunks)
    assert all(chunk.text.startswith("Sentence") for chunk in chunks)
    assert all(a.end > b.start for a, b in itertools.pairwise(chunks)
               if a.section_start == b.section_start)  # fmt: skip


def test_headings_are_told_and_begin_sections() -> None:
    document = build([
        ("heading", "Chapter"), ("text", "Body. " * 5), ("heading", "Other one"), ("text", "More."),
    ])  # fmt: skip
    chunks = make_chunks(document, "d", 1, IngestSettings())
    assert chunks[0].heading.endswith("Chapter")
    assert chunks[0].text.startswith("Chapter\nBody.")
    assert chunks[-1].text == "Other one\nMore."
    assert chunks[-1].section_start == chunks[-1].start


def test_tables_stand_apart_with_their_header() -> None:
    rows = [["Name", "Amount"], *[[f"Person {i}", str(i * 1000)] for i in range(60)]]
    document = build([("text", "Before. " * 30), ("table", rows), ("text", "After.")])
    chunks = make_chunks(document, "d", 1, IngestSettings())
    tables = [chunk for chunk in chunks if chunk.table]
    assert len(tables) > 2
    assert all(chunk.text.startswith("Name\tAmount\n") for chunk in tables)
    assert all("Before" not in chunk.text and "After" not in chunk.text for chunk in tables)


def test_pages() -> None:
    builder = TextBuilder("pdf")
    for number in range(3):
        builder.page()
        builder.text(f"This is page {number + 1}. " * 20)
    chunks = make_chunks(builder.build(), "d", 1, IngestSettings())
    assert {chunk.page for chunk in chunks} == {1, 2, 3}


def test_a_meeting_says_when() -> None:
    lines = [Spoken(f"Line {i} about the budget of next year.", 10.0 * i, "Kim") for i in range(30)]
    document = transcript("Planning", lines)
    chunks = make_chunks(document, "d", 1, IngestSettings())
    assert document.kind == "transcript"
    assert chunks[0].start_s == 0.0
    assert chunks[0].text.startswith("Kim: Line 0")
    assert [c.start_s for c in chunks] == sorted(c.start_s for c in chunks)
    assert chunks[-1].start_s > 200.0


def test_other_sizes_are_another_chunker() -> None:
    assert chunker_version(IngestSettings()) != chunker_version(IngestSettings(chunk_chars=400))
