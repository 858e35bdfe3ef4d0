"""Caption lines under random speech: they only grow, stay within their limits, and lose nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ui.overlay.made_captions import committed, partial, segment, suppressed

from desktop.events import Event, Track
from desktop.ui.overlay.caption_lines import CaptionLine, CaptionLines
from desktop.ui.overlay.columns import half_columns, has_wide


class Camera:
    """Keeps every committed state of every line number that was ever visible."""

    def __init__(self) -> None:
        self.final: dict[int, CaptionLine] = {}
        self.bottom = -1

    def take(self, lines: CaptionLines) -> None:
        visible = lines.visible()
        for line in visible:
            before = self.final.get(line.number)
            if before is not None and before.committed:
                assert line.committed.startswith(before.committed)
                assert line.track == before.track
            self.final[line.number] = line
        if visible:
            assert visible[-1].number >= self.bottom  # never scrolls back
            self.bottom = visible[-1].number

    def text(self, track: Track) -> str:
        return "".join(
            "".join(line.committed.split())
            for _, line in sorted(self.final.items())
            if line.track == track
        )


_WORD = st.one_of(
    st.text(alphabet="가나다라마바사한글회의", min_size=1, max_size=9),
    st.text(alphabet="abcdefgXYZ", min_size=1, max_size=14),
    st.text(alphabet="ab가나", min_size=20, max_size=60),
    st.sampled_from(["네.", "yes,", "정말요?", "3.5", "👩‍👩‍👧", "Wi-Fi", "（그래서）", "漢字"]),
)


_TRACK = st.sampled_from([Track.MIC, Track.SYSTEM])


@st.composite
def _scripts(draw: st.DrawFn) -> list[tuple[str, Track, str]]:
    kind = st.sampled_from(["commit", "commit", "partial", "partial", "segment", "suppress"])
    text = st.lists(_WORD, min_size=1, max_size=8).map(" ".join)
    return draw(st.lists(st.tuples(kind, _TRACK, text), min_size=1, max_size=25))


@settings(max_examples=150, deadline=None)
@given(script=_scripts(), rows=st.integers(1, 4))
def test_committed_text_is_stable_and_complete(
    script: list[tuple[str, Track, str]], rows: int
) -> None:
    """Lines only grow, never scroll back, stay within their limits, and nothing is lost."""
    lines = CaptionLines(rows=rows)
    expected: dict[Track, str] = {Track.MIC: "", Track.SYSTEM: ""}
    growing: dict[Track, str] = {Track.MIC: "", Track.SYSTEM: ""}
    numbers: dict[int, str] = {}
    makers: dict[str, Any] = {
        "commit": committed,
        "partial": partial,
        "segment": segment,
        "suppress": suppressed,
    }
    seen_bottom = -1
    for step, (kind, track, drawn) in enumerate(script):
        text = drawn
        at_s = step * 100.0
        if kind == "segment":
            text = f"{growing[track]} {text}".strip()
        event: Event = makers[kind](text, at_s, track)
        lines.apply(event)
        if kind in ("commit", "segment"):
            bare = "".join(text.split())
            before = "".join(growing[track].split())
            expected[track] += bare[len(before) :] if kind == "segment" else bare
            growing[track] = "" if kind == "segment" else f"{growing[track]} {text}".strip()
        for line in lines._lines:  # the whole history, also what scrolled by within one event
            assert line.committed.startswith(numbers.get(line.number, ""))
            numbers[line.number] = line.committed
            limit = 32 if has_wide(line.committed + line.partial) else 42
            assert half_columns(line.committed + line.partial) <= limit
        visible = lines.visible()
        assert len(visible) <= rows
        if visible:
            assert visible[-1].number >= seen_bottom
            seen_bottom = visible[-1].number
    if len(numbers) < 32:
        everything = "".join("".join(text.split()) for _, text in sorted(numbers.items()))
        assert sorted(everything) == sorted(expected[Track.MIC] + expected[Track.SYSTEM])


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(_WORD, min_size=1, max_size=30), batches=st.integers(1, 5))
def test_one_track_reads_in_order(texts: list[str], batches: int) -> None:
    lines = CaptionLines(rows=4)
    camera = Camera()
    for start in range(0, len(texts), batches):
        for one in texts[start : start + batches]:
            lines.apply(committed(one, float(start)))
            camera.take(lines)
    assert camera.text(Track.MIC) == "".join("".join(texts).split())


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(_WORD, min_size=1, max_size=12))
def test_confirmed_partial_stays_where_it_was(texts: list[str]) -> None:
    """A partial that is confirmed word for word lands on the very same places."""
    lines = CaptionLines(rows=4)
    lines.apply(partial(" ".join(texts)))
    before = [(line.number, line.text) for line in lines.visible()]
    lines.apply(committed(" ".join(texts)))
    after = [(line.number, line.text) for line in lines.visible()]
    whole = "".join("".join(text.split()) for _, text in before)
    if whole == "".join("".join(texts).split()):  # nothing had to be cut off
        assert after == before
