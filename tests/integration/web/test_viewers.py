"""Many viewers, slow viewers, viewers that come back: captions never wait for any of them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from mirror_site import Site, serving
from raw import RawSocket
from websockets.sync.client import connect

from desktop import events as ev
from desktop.services.web import connections, server, viewers

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


def nobody_is_left(site: Site) -> bool:
    mirror = site.server._mirror
    for _ in range(1_200):
        if not mirror.viewers:
            return True
        time.sleep(0.05)
    return False


def test_a_viewer_that_is_gone_without_a_word_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: N76 (it answers no ping; another, who does, stays)"""
    assert server.PING_S + server.PONG_WITHIN_S <= 40
    monkeypatch.setattr(server, "PING_S", 0.2)
    monkeypatch.setattr(server, "PONG_WITHIN_S", 3.0)
    with serving(tmp_path / "mirror") as site:
        gone, speaking = site.socket("/live"), site.socket("/ws")
        assert gone.closed_with() == 1011
        assert nobody_is_left(site)
        assert speaking.closed_with() == 1011
        url = f"ws://{site.host}/live"
        with connect(url, additional_headers=dict([site.bearer])) as there:
            began = time.monotonic()
            while time.monotonic() - began < 4.0:  # longer than a pong may take
                site.application.bus.publish(line(1))
                there.recv(10)
        gone.close()
        speaking.close()


def test_a_viewer_that_reads_nothing_any_more_holds_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults: N76 (every buffer on the way is full, so not even a goodbye gets through)"""
    monkeypatch.setattr(viewers, "SEND_WITHIN_S", 0.5)
    monkeypatch.setattr(connections, "CLOSE_WITHIN_S", 0.5)
    stuck = site.socket("/live")
    long = "x" * 100_000
    for number in range(1, 400):
        site.application.bus.publish(line(number, long))
        time.sleep(0.002)
    assert nobody_is_left(site)
    server_state = site.server._server
    assert server_state is not None
    for _ in range(400):
        if not server_state.server_state.connections:
            break
        time.sleep(0.05)
    assert not server_state.server_state.connections
    stuck.close()


def test_beyond_the_limit_viewers_are_asked_to_come_later(site: Site) -> None:
    site.application.settings.web.max_clients = 3
    sockets = [site.socket("/live") for _ in range(3)]
    for socket in sockets:
        socket.text()
    extra = site.socket("/live")
    assert extra.closed_with() == 1013
    for socket in (*sockets, extra):
        socket.close()
    assert nobody_is_left(site)  # who went makes room
    again = site.socket("/live")
    assert "snapshot" in again.text()
    again.close()
