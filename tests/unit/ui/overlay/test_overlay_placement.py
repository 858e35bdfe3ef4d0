"""Where the overlay goes: remembered per monitor, always fully visible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.ui.overlay.grab import Drag, Edge, edge_at
from desktop.ui.overlay.placement import (
    Box,
    Monitor,
    default_box,
    keep_inside,
    monitor_of,
    place,
    remember,
)

LAPTOP = Monitor("eDP-1", "", (0, 30, 1920, 1050), (1920, 1080))
SCREEN = Monitor("DP-2", "X123", (1920, 0, 2560, 1440), (2560, 1440))


def test_default_is_centred_above_the_bottom() -> None:
    x, y, width, height = default_box(LAPTOP, 900, 120)
    assert (x, width, height) == (510, 900, 120)
    assert 30 + 1050 - 120 - y == 63


def test_place_is_found_again_on_its_monitor() -> None:
    positions = remember({}, (2000, 100, 800, 120), [LAPTOP, SCREEN])
    assert positions == {SCREEN.key: (80, 100, 800, 120)}
    assert place(positions, [LAPTOP, SCREEN], 900, 120) == (2000, 100, 800, 120)


def test_monitor_that_moved_takes_the_overlay_along() -> None:
    positions = remember({}, (2000, 100, 800, 120), [LAPTOP, SCREEN])
    moved = Monitor("DP-2", "X123", (0, 0, 2560, 1440), (2560, 1440))
    assert place(positions, [moved], 900, 120) == (80, 100, 800, 120)


def test_unplugged_monitor_falls_back_and_is_used_again_when_it_returns() -> None:
    positions = remember({}, (100, 200, 700, 120), [LAPTOP, SCREEN])
    positions = remember(positions, (2000, 100, 800, 120), [LAPTOP, SCREEN])
    assert place(positions, [LAPTOP], 900, 120) == (100, 200, 700, 120)
    assert place(positions, [LAPTOP, SCREEN], 900, 120) == (2000, 100, 800, 120)


def test_unknown_monitor_gets_the_default() -> None:
    assert place({"HDMI-9/1x1": (1, 2, 3, 4)}, [LAPTOP], 900, 120) == default_box(LAPTOP, 900, 120)


def test_higher_captions_grow_upwards() -> None:
    positions = {LAPTOP.key: (100, 800, 700, 120)}
    assert place(positions, [LAPTOP], 900, 200) == (100, 30 + 800 - 80, 700, 200)


def test_two_monitors_of_one_model_differ_by_serial() -> None:
    twin = Monitor("DP-2", "X124", SCREEN.available, SCREEN.size)
    assert twin.key != SCREEN.key


def test_monitor_of_takes_the_larger_share_or_the_nearest() -> None:
    assert monitor_of((1900, 100, 800, 100), [LAPTOP, SCREEN]) is SCREEN
    assert monitor_of((-5000, 100, 800, 100), [SCREEN, LAPTOP]) is LAPTOP


_SIZE = st.integers(1, 5000)
_PLACE = st.integers(-9000, 9000)


@given(box=st.tuples(_PLACE, _PLACE, _SIZE, _SIZE), area=st.tuples(_PLACE, _PLACE, _SIZE, _SIZE))
def test_kept_inside_is_inside(box: Box, area: Box) -> None:
    x, y, width, height = keep_inside(box, area)
    assert area[0] <= x <= x + width <= area[0] + area[2]
    assert area[1] <= y <= y + height <= area[1] + area[3]
    assert keep_inside((x, y, width, height), area) == (x, y, width, height)


@pytest.mark.parametrize(
    ("at", "edge"),
    [
        ((400, 50), Edge.NONE),
        ((3, 50), Edge.LEFT),
        ((797, 50), Edge.RIGHT),
        ((797, 98), Edge.RIGHT | Edge.BOTTOM),
        ((2, 2), Edge.LEFT | Edge.TOP),
    ],
)
def test_edge_at(at: tuple[int, int], edge: Edge) -> None:
    assert edge_at(*at, 800, 100, 12) == edge


@pytest.mark.parametrize(
    ("edge", "box"),
    [
        (Edge.NONE, (130, 220, 800, 100)),
        (Edge.RIGHT, (100, 200, 830, 100)),
        (Edge.LEFT, (130, 200, 770, 100)),
        (Edge.TOP, (100, 220, 800, 80)),
        (Edge.RIGHT | Edge.BOTTOM, (100, 200, 830, 120)),
    ],
)
def test_drag(edge: Edge, box: Box) -> None:
    assert Drag(edge, 500, 250, (100, 200, 800, 100)).box_at(530, 270, 100, 20) == box


def test_drag_stops_at_the_smallest_size() -> None:
    drag = Drag(Edge.LEFT | Edge.TOP, 0, 0, (100, 200, 800, 100))
    assert drag.box_at(5000, 5000, 300, 40) == (600, 260, 300, 40)


def test_a_remembered_box_is_wide_enough_for_letters_that_grew() -> None:
    positions = {LAPTOP.key: (100, 800, 300, 120)}
    x, y, width, height = place(positions, [LAPTOP], 900, 120, least_width=500)
    assert (width, height, y) == (500, 120, 830)
    assert x + width // 2 == 100 + 300 // 2  # about the same middle
    narrow = place({LAPTOP.key: (-50, 800, -5, 120)}, [LAPTOP], 900, 120)
    assert narrow[2] >= 1
