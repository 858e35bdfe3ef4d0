"""Many viewers, slow viewers, viewers that come back: captions never wait for any of them."""

from __future__ import annotations

import json
import time

import pytest
from conftest import Site
from raw import RawSocket

from desktop import events as ev

pytestmark = pytest.mark.timeout(300)


def line(number: int, text: str = "") -> ev.SegmentCommitted:
    at = float(number)
    text = text or f"line {number}"
    return ev.SegmentCommitted(
        ev.Track.MIC, number, at, at + 0.9, at, time.time(), text, (), "en", 0.9, number
    )


def lines_until(socket: RawSocket, last: int) -> list[int]:
    """The numbers of the lines that come, up to `last`."""
    found: list[int] = []
    while not found or found[-1] < last:
        message = json.loads(socket.text())
        if "snapshot" in message:
            found += [line["sequence"] for line in message["snapshot"]["lines"]]
        elif message.get("event", {}).get("type") == "SegmentCommitted":
            found.append(message["event"]["sequence"])
    return found


def test_fifty_viewers_get_every_line_in_order(site: Site) -> None:
    sockets = [site.socket("/live") for _ in range(50)]
    for number in range(1, 201):
        site.application.bus.publish(line(number))
    for socket in sockets:
        assert lines_until(socket, 200) == list(range(1, 201))
        socket.close()


def test_who_comes_back_misses_nothing_and_sees_nothing_twice(site: Site) -> None:
    socket = site.socket("/live")
    snapshot = json.loads(socket.text())["snapshot"]
    for number in range(1, 11):
        site.application.bus.publish(line(number))
    assert lines_until(socket, 10) == list(range(1, 11))
    socket.close()
    for number in range(11, 21):
        site.application.bus.publish(line(number))
    seen = snapshot["sequence"] + 10
    back = site.socket(f"/live?epoch={snapshot['epoch']}&after={seen}")
    assert "resumed" in json.loads(back.text())
    assert lines_until(back, 20) == list(range(11, 21))
    back.close()
    stranger = site.socket("/live?epoch=other&after=5")
    assert "snapshot" in json.loads(stranger.text())
    stranger.close()


def test_a_slow_viewer_is_dropped_and_nobody_else_notices(site: Site) -> None:
    """faults: N75"""
    slow, quick = site.socket("/live"), site.socket("/live")
    long = "x" * 20_000
    began = time.monotonic()
    for number in range(1, 1_501):
        site.application.bus.publish(line(number, long))
        if number % 100 == 0:
            lines_until(quick, number)
    assert time.monotonic() - began < 120  # generous: a publisher that waited would never end
    assert slow.closed_with() in (1013, 0)
    back = site.socket("/live")
    assert lines_until(back, 1_500)[-1] == 1_500
    for socket in (slow, quick, back):
        socket.close()


def test_beyond_the_limit_viewers_are_asked_to_come_later(site: Site) -> None:
    site.application.settings.web.max_clients = 3
    sockets = [site.socket("/live") for _ in range(3)]
    for socket in sockets:
        socket.text()
    extra = site.socket("/live")
    assert extra.closed_with() == 1013
    for socket in (*sockets, extra):
        socket.close()
