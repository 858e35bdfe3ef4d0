"""The browser mirror on a real port: who gets in, what comes, and that nobody slows it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from desktop import events as ev
from desktop.app.application import Application
from desktop.app.web_mirror import WebMirror
from desktop.paths import Paths
from desktop.records import MirrorState
from desktop.services.web.server import WebServer


@pytest.fixture
def application(home: Path) -> Iterator[Application]:
    opened = Application.open(Paths(home), sources=lambda _: {})
    opened.settings.web.port = 5_600
    try:
        yield opened
    finally:
        opened.close()
        opened.close_store()


@pytest.fixture
def server(application: Application) -> Iterator[WebServer]:
    mirror = WebMirror(application, forced=True)
    mirror.apply()
    assert mirror.server is not None
    try:
        yield mirror.server
    finally:
        mirror.close()


def base(server: WebServer) -> str:
    return f"http://127.0.0.1:{server.port}"


def bearer(server: WebServer) -> dict[str, str]:
    return {"authorization": f"Bearer {server.keys.bearer}"}


def live(server: WebServer, **headers: str) -> connect:
    return connect(
        f"ws://127.0.0.1:{server.port}/live", additional_headers={**bearer(server), **headers}
    )


def test_the_address_works_once_and_turns_into_a_cookie(server: WebServer) -> None:
    with httpx.Client() as browser:
        address = server.address()
        first = browser.get(address)
        assert first.status_code == 303
        assert first.headers["location"] == "/"
        cookie = first.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        page = browser.get(f"{base(server)}/")
        assert page.status_code == 200
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        for name in ("main.js", "view.js", "words.js", "connection.js", "style.css", "icon.svg"):
            assert browser.get(f"{base(server)}/web/{name}").status_code == 200
    assert httpx.get(address).status_code == 401


@pytest.mark.parametrize("path", ["/", "/api/config", "/api/sessions", "/web/main.js"])
def test_without_token_nothing_is_told(server: WebServer, path: str) -> None:
    assert httpx.get(base(server) + path).status_code == 401
    wrong = httpx.get(base(server) + path, headers={"authorization": "Bearer wrong"})
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [("evil.com", 403), ("x.local", 403), ("127.0.0.1:1", 403), ("foo?", 400), ("foo/", 400)],
)
def test_another_host_is_refused(server: WebServer, host: str, status: int) -> None:
    headers = {**bearer(server), "host": host}
    assert httpx.get(f"{base(server)}/api/config", headers=headers).status_code == status


def test_a_tunnel_must_be_named(application: Application, server: WebServer) -> None:
    headers = {**bearer(server), "host": "meeting.example.com"}
    assert httpx.get(f"{base(server)}/api/config", headers=headers).status_code == 403
    application.settings.web.allowed_hosts = ["meeting.example.com"]
    assert httpx.get(f"{base(server)}/api/config", headers=headers).status_code == 200


def test_the_original_configuration_is_there(server: WebServer) -> None:
    told = httpx.get(f"{base(server)}/api/config", headers=bearer(server)).json()
    for name in ("gpu", "model", "device", "language", "sample_rate", "llm_enabled"):
        assert name in told
    assert told["sample_rate"] == 16_000


def test_a_language_model_is_told_only_where_there_is_one(
    application: Application, server: WebServer
) -> None:
    """Statistics find keywords too, but are none."""

    def told(name: str, mode: ev.ServiceMode, state: ev.ServiceState) -> bool:
        status = ev.ServiceStatus(name, name, state, mode)
        application.bus.publish(ev.ServiceChanged(status, ev.ServiceState.STOPPED, time.time()))
        reply = httpx.get(f"{base(server)}/api/config", headers=bearer(server))
        return bool(reply.json()["llm_enabled"])

    ready, managed = ev.ServiceState.READY, ev.ServiceMode.MANAGED
    assert not httpx.get(f"{base(server)}/api/config", headers=bearer(server)).json()["llm_enabled"]
    assert not told("llama", ev.ServiceMode.EMBEDDED, ready)
    assert not told("redis", managed, ready)
    assert told("llama", managed, ev.ServiceState.STARTING)
    assert told("llama", managed, ready)
    application.settings.keywords.use_language_model = False
    assert not told("llama", managed, ready)
    application.settings.keywords.use_language_model = True
    assert not told("llama", managed, ev.ServiceState.FAILED)
    assert told("vllm", ev.ServiceMode.EXTERNAL, ready)


def test_who_opens_it_in_mid_meeting_sees_the_meeting_from_its_beginning(
    application: Application,
) -> None:
    mirror = WebMirror(application)
    application.bus.publish(ev.SessionStarted("s1", "Budget", (ev.Track.MIC,), time.time()))
    for text in ("before", "while it was off"):
        application.bus.publish(
            ev.SegmentCommitted(ev.Track.MIC, 1, 1.0, 2.0, 2.0, 2.0, text, (), "en", 0.9, 1)
        )
        mirror.apply()
        assert mirror.server is None  # the settings do not want it yet
    application.settings.web.enabled = True
    mirror.apply()
    try:
        assert mirror.server is not None
        reply = httpx.get(f"{base(mirror.server)}/api/state", headers=bearer(mirror.server))
        state = reply.json()
        assert state["session"]["title"] == "Budget"
        assert [line["text"] for line in state["lines"]] == ["before", "while it was off"]
    finally:
        mirror.close()


@pytest.mark.parametrize("origin", ["http://evil.com", "null", "http://127.0.0.1:1"])
def test_a_foreign_page_cannot_ask(server: WebServer, origin: str) -> None:
    headers = {**bearer(server), "origin": origin}
    reply = httpx.post(f"{base(server)}/api/ask", headers=headers, json={"question": "?"})
    assert reply.status_code == 403
    preflight = httpx.options(f"{base(server)}/api/ask", headers=headers)
    assert "access-control-allow-origin" not in preflight.headers


def test_wrong_methods_types_and_sizes(server: WebServer) -> None:
    with httpx.Client(base_url=base(server), headers=bearer(server)) as client:
        assert client.post("/api/config").status_code == 405
        assert client.post("/api/ask", content="{}").status_code == 415
        assert client.post("/api/ask", json=[]).status_code == 400
        assert client.post("/api/ask", json={"question": 5}).status_code == 422
        deep = "[" * 100_000
        kind = {"content-type": "application/json"}
        assert client.post("/api/ask", content=deep, headers=kind).status_code == 400
        big = b" " * (2 << 20)
        assert client.post("/api/ask", content=big, headers=kind).status_code == 413
        unsure = iter([b" " * (1 << 20), b" " * (1 << 20)])  # no length given
        assert client.post("/api/ask", content=unsure, headers=kind).status_code == 413
        assert client.post("/api/capture/start").status_code == 403
        assert client.get("/api/sessions/none/export").status_code == 404


@pytest.mark.parametrize(
    "path", ["/web/../settings.json", "/web/%2e%2e/malgeul.qss", "/web/%00", "/web/none"]
)
def test_only_the_page_is_served(server: WebServer, path: str) -> None:
    reply = httpx.get(base(server) + path, headers=bearer(server))
    assert reply.status_code == 404
    assert "/" not in reply.json()["error"]


def test_a_viewer_sees_what_happens(application: Application, server: WebServer) -> None:
    with live(server) as viewer:
        assert json.loads(viewer.recv(10))["snapshot"]["lines"] == []
        application.bus.publish(
            ev.SessionStarted("s", "<script>alert(1)</script>", (ev.Track.MIC,), time.time())
        )
        told = json.loads(viewer.recv(10))
        assert told["event"]["title"] == "<script>alert(1)</script>"  # inert: never markup here
        viewer.send("not json")
        assert json.loads(viewer.recv(10))["type"] == "error"
        viewer.send('{"type": "ping"}')
        assert json.loads(viewer.recv(10))["type"] == "pong"
        viewer.send(b"binary")
        with pytest.raises(ConnectionClosed) as closed:
            viewer.recv(10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1003


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Origin": "http://evil.com"}, 403), ({"Origin": "null"}, 403), ({"Host": "evil.com"}, 403)],
)  # a second Host header
def test_a_foreign_page_sees_nothing(
    server: WebServer, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused, live(server, **headers):
        pass
    assert refused.value.response.status_code == status


def test_a_slow_viewer_is_sent_away(application: Application, server: WebServer) -> None:
    """faults: N75"""
    text = "가" * 20_000
    with live(server) as viewer:
        viewer.recv(10)
        for number in range(2_000):  # nobody reads: buffers fill, then the queue
            application.bus.publish(
                ev.SegmentCommitted(
                    ev.Track.MIC, number, 0.0, 1.0, 1.0, 0.0, text, (), "ko", 0.9, number
                )
            )
        assert _read_to_the_end(viewer) == 1013


def test_settings_that_move_nothing_leave_browsers_alone(
    application: Application, home: Path
) -> None:
    mirror = WebMirror(application)
    mirror.apply()
    assert mirror.status().state is MirrorState.OFF
    application.settings.web.enabled = True
    mirror.apply()
    first = mirror.server
    assert first is not None
    status = mirror.status()
    assert (status.state, status.port, status.network) == (MirrorState.ON, first.port, False)
    assert mirror.status().address == status.address  # the same until somebody uses it
    with httpx.Client(follow_redirects=True) as browser:
        assert browser.get(status.address).status_code == 200
        assert mirror.status().address != status.address
        application.settings.web.allow_questions = False
        application.settings.web.allowed_hosts = ["talk.example.org"]
        mirror.apply()
        assert mirror.server is first
        assert browser.get(f"{base(first)}/api/config").json()["may_ask"] is False
        application.settings.web.enabled = False
        mirror.apply()  # off: everybody is shown out
        application.settings.web.enabled = True
        mirror.apply()
        assert mirror.server is not None
        assert browser.get(f"{base(mirror.server)}/api/config").status_code == 401
    application.settings.web.host = "192.0.2.1"  # nobody's
    mirror.apply()
    failed = mirror.status()
    assert failed.state is MirrorState.FAILED
    assert "192.0.2.1" in failed.reason
    assert failed.hint
    mirror.close()
    mirror.apply()  # a late order from the settings: nothing starts any more
    assert mirror.server is None


def test_a_network_is_served_by_its_address_only(application: Application) -> None:
    mirror = WebMirror(application, forced=True)
    networks = mirror.networks()
    if not networks:
        pytest.skip("this machine is on no network")
    application.settings.web.host = "0.0.0.0"
    mirror.apply()
    try:
        status = mirror.status()
        assert status.network
        assert networks[0].address in status.address
        assert httpx.get(status.address).status_code == 303
        port = status.port
        evil = {"host": "evil.com"}
        assert httpx.get(f"http://{networks[0].address}:{port}/", headers=evil).status_code == 403
    finally:
        mirror.close()


def test_a_busy_port_is_left_alone(application: Application, server: WebServer) -> None:
    other = WebMirror(application, forced=True)
    other.apply()
    try:
        assert other.server is not None
        assert other.server.port == server.port + 1
    finally:
        other.close()


def _read_to_the_end(viewer: ClientConnection) -> int | None:
    """The code that the server closes with."""
    try:
        while True:
            viewer.recv(30)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else None
