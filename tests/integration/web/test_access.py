"""Who gets in: every address with every method, Host, Origin and token, and the limits.

The expectation is written down here, beside the program, from the table of what must happen.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import logging
import time
from pathlib import Path
from urllib.parse import unquote

import pytest
from mirror_site import Site, serving
from raw import RawSocket, ask, connect

from desktop import events as ev
from desktop.records import TrackRecord

pytestmark = pytest.mark.timeout(300)

ROUTES = {
    "/": "GET",
    "/health": "GET",
    "/api/config": "GET",
    "/api/state": "GET",
    "/api/sessions": "GET",
    "/api/sessions/none": "GET",
    "/api/sessions/none/export": "GET",
    "/web/main.js": "GET",
    "/openapi.json": "GET",
    "/docs": "-",
    "/metrics": "-",
    "/nothing": "-",
    "/api/ask": "POST",
    "/api/search": "POST",
    "/api/say": "POST",
    "/api/capture/start": "POST",
    "/api/answers/none/stop": "POST",
    "/api/test-audio": "POST",
    "/v1/audio/transcriptions": "POST",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
RATE_BURST = 200
MALFORMED = ("foo?", "foo/", "foo#", "user@own")
HOSTS = ("own", "localhost", "evil.com", "x.local", "127.0.0.1:1", *MALFORMED)
ORIGINS = ("none", "own", "https://evil.com", "null", "http://127.0.0.1:1")
TOKENS = ("none", "cookie", "bearer", "wrong cookie", "wrong bearer")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HIDDEN = {"/docs", "/metrics", "/openapi.json"}


def headers(site: Site, host: str, origin: str, token: str) -> list[tuple[str, str]]:
    own = f"localhost:{site.port}" if host == "localhost" else site.host
    named = {"own": site.host, "localhost": own, "user@own": f"user@{site.host}"}
    found = [("Host", named.get(host, host))]
    if origin != "none":
        found.append(("Origin", f"http://{own}" if origin == "own" else origin))
    if token != "none":
        good = {"cookie": site.cookie, "bearer": site.server.keys.bearer}
        value = good.get(token, "x" * 43)
        kind = token.rsplit(maxsplit=1)[-1]
        found.append(
            ("Cookie", f"malgeul-{site.port}={value}")
            if kind == "cookie"
            else ("Authorization", f"Bearer {value}")
        )
    return found


def expected(route: str, method: str, host: str, origin: str, token: str) -> set[int]:
    return refused(route, method, host, origin, token) or served(route, method)


def refused(route: str, method: str, host: str, origin: str, token: str) -> set[int]:
    if host in MALFORMED:
        return {400}
    if host not in ("own", "localhost"):
        return {403}
    if route == "/health":
        return set()
    if token not in ("cookie", "bearer"):
        return {404} if route in HIDDEN else {401}
    ours = origin == "own" or (origin == "none" and token == "bearer")
    changes = method in ("POST", "PUT", "PATCH", "DELETE")
    return {403} if changes and not ours else set()


def served(route: str, method: str) -> set[int]:
    takes = ROUTES[route]
    if takes == "-":
        return {404}
    if method != takes and (takes, method) != ("GET", "HEAD"):
        return {405}
    if takes == "GET":
        return {404} if "/none" in route else {200}
    # Control is switched off, nothing was sent as it should be, and there are no documents.
    special = {"/api/capture/start": 403, "/api/answers/none/stop": 503}
    return {special.get(route, 415)}


def test_every_route_method_host_origin_and_token(site: Site) -> None:
    wrong = []
    count = 0
    # Everything with everything at one host; the hosts with everything but the methods.
    full = itertools.product(ROUTES, METHODS, ("own", "localhost"), ORIGINS, TOKENS)
    others = itertools.product(ROUTES, ("GET", "POST"), HOSTS[2:], ("none", "own"), TOKENS[:3])
    for route, method, host, origin, token in itertools.chain(full, others):
        sent = headers(site, host, origin, token)
        if method in ("POST", "PUT", "PATCH"):
            sent.append(("Content-Type", "text/plain"))
        reply = ask(site.port, method, route, sent, b"x" if method == "POST" else b"")
        count += 1
        if reply.status not in expected(route, method, host, origin, token):
            wrong.append((route, method, host, origin, token, reply.status))
        assert not reply.all("access-control-allow-origin")
        assert reply.one("x-content-type-options") == "nosniff"
        assert reply.one("cache-control") == "no-store"
        assert reply.one("referrer-policy") == "no-referrer"
        assert reply.one("content-security-policy").startswith(POLICY)
    assert not wrong, (len(wrong), count, wrong[:20])
    assert count > 7_000


def test_a_token_in_the_address_works_once(site: Site) -> None:
    target = site.server.address().partition(str(site.port))[2]
    first = ask(site.port, "GET", target, [("Host", site.host)])
    assert first.status == 303
    assert first.one("location") == "/"
    assert first.one("referrer-policy") == "no-referrer"
    cookie = first.one("set-cookie").lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert ask(site.port, "GET", target, [("Host", site.host)]).status == 401
    sent = ("Cookie", first.one("set-cookie").partition(";")[0])
    page = ask(site.port, "GET", "/", [("Host", site.host), sent])
    assert page.status == 200
    assert b'<script type="module"' in page.body


def test_what_only_looks_like_a_token_opens_nothing(site: Site) -> None:
    queries = ("xtoken=1", "token=", "token=wrong", "Token=1", "a=token=1", "")
    for place, query in itertools.product(("/", "/web/main.js", "/api/config"), queries):
        path = f"{place}?{query}"
        reply = ask(site.port, "GET", path, [("Host", site.host)])
        assert reply.status == 401, path


def test_who_is_inside_may_open_a_used_address_again(site: Site) -> None:
    """A bookmark, or the browser's own memory of what was open."""
    target = site.server.address().partition(str(site.port))[2]
    assert ask(site.port, "GET", target, [("Host", site.host)]).status == 303
    again = ask(site.port, "GET", target, [("Host", site.host), site.login])
    assert (again.status, again.one("location"), again.all("set-cookie")) == (303, "/", [])


@pytest.mark.parametrize("path", ["/", "/?token=wrong"])
def test_a_person_without_a_token_is_told_what_to_do(site: Site, path: str) -> None:
    reply = ask(site.port, "GET", path, [("Host", site.host), ("Accept", "text/html,*/*;q=0.8")])
    assert reply.status == 401
    assert reply.one("content-type") == "text/html; charset=utf-8"
    text = reply.body.decode()
    assert "Open the address that Malgeul shows" in text
    assert "주소" in text
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = reply.one("content-security-policy")
    assert f"style-src 'sha256-{digest}' 'self'" in policy
    assert policy.replace(f"'sha256-{digest}' ", "").startswith(POLICY)
    for name in ("x-content-type-options", "cache-control", "referrer-policy"):
        assert reply.one(name)


def test_a_transcript_is_saved_under_its_title(site: Site) -> None:
    title = 'Plan "B"/예산\r\n'
    track = TrackRecord(ev.Track.MIC, "me", "", "ko", 1.0)
    number = site.application._store.create_session(
        title=title, tracks=[track], model="m", started_wall_s=time.time()
    )
    reply = site.ask("GET", f"/api/sessions/{number}/export?format=md")
    assert reply.status == 200
    told = reply.one("content-disposition")
    assert told.startswith("attachment; filename=\"transcript.md\"; filename*=UTF-8''")
    assert unquote(told.rpartition("''")[2]) == "Plan  B  예산.md"


def test_hosts_that_are_missing_doubled_or_foreign(site: Site) -> None:
    twice = [("Host", site.host), ("Host", site.host)]
    for sent, version in (([], "1.1"), ([], "1.0"), (twice, "1.1"), ([*twice, site.bearer], "1.0")):
        reply = ask(site.port, "GET", "/health", sent, version=version)
        assert reply.status == 403, (sent, version)
        assert reply.one("x-content-type-options") == "nosniff"
        for path in ("/live", "/ws"):
            socket = RawSocket(site.port, path, [*sent, site.bearer])
            assert socket.reply.status == 403
            socket.close()
    site.application.settings.web.allowed_hosts = ["talk.example.org"]
    tunnel = [("Host", "talk.example.org"), site.bearer]
    assert ask(site.port, "GET", "/api/config", tunnel).status == 200
    site.application.settings.web.allowed_hosts = []
    assert ask(site.port, "GET", "/api/config", tunnel).status == 403


@pytest.mark.parametrize("path", ["/live", "/ws"])
def test_websockets_open_only_for_our_page_and_for_programs(site: Site, path: str) -> None:
    for host, origin, token in itertools.product(HOSTS, ORIGINS, TOKENS):
        socket = RawSocket(site.port, path, headers(site, host, origin, token))
        ours = host in ("own", "localhost")
        allowed = ours and (
            (token == "bearer" and origin in ("own", "none"))
            or (token == "cookie" and origin == "own")
        )
        status = 400 if host in MALFORMED else 101 if allowed else 403
        assert socket.reply.status == status, (host, origin, token)
        socket.close()


def test_limits_of_heads_and_bodies(site: Site) -> None:
    long = ("X-Long", "x" * 17_000)
    assert site.ask("GET", "/health", b"", long).status == 431
    assert site.ask("GET", "/health", b"", ("X-Long", "x" * 200_000)).status == 431
    kind = ("Content-Type", "application/json")
    assert site.ask("POST", "/api/ask", b"x" * (1 << 20) + b"x", kind).status == 413
    chunked = b"".join(b"10000\r\n" + b"x" * 65_536 + b"\r\n" for _ in range(17)) + b"0\r\n\r\n"
    reply = site.ask("POST", "/api/ask", chunked, kind, ("Transfer-Encoding", "chunked"))
    assert reply.status == 413
    assert site.ask("POST", "/api/ask", b"[]", kind).status == 400
    assert site.ask("POST", "/api/ask", b'{"question": NaN}', kind).status == 400
    assert site.ask("POST", "/api/ask", b"[" * 100_000, kind).status == 400
    assert site.ask("POST", "/api/ask", b'{"question": 1}', kind).status == 422


def test_too_many_requests_are_told_when_to_come_back(site: Site) -> None:
    request = f"GET /health HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode()
    data = b""
    with connect(site.port) as connection:
        connection.sendall(request * 400)
        while b" 429 " not in data or b"retry-after" not in data.lower():
            piece = connection.recv(65_536)
            assert piece, data[-300:]
            data += piece
    assert site.ask("GET", "/health").status == 200  # others are served


def test_too_many_connections_of_one_address_are_refused(site: Site) -> None:
    statuses = []
    for _ in range(RATE_BURST + 60):
        socket = RawSocket(site.port, "/live", site.browser, source="127.9.9.9")
        statuses.append(socket.reply.status)
        if socket.reply.status == 429:
            assert int(socket.reply.one("retry-after")) > 0
        socket.close()
    assert set(statuses) == {101, 429}
    other = site.socket("/live")
    assert other.open  # others are served
    other.close()


def test_each_browser_has_a_rate_of_its_own(site: Site) -> None:
    """Behind a tunnel all come from one address, and a strange page must not lock ours out."""
    keys = site.server.keys
    other = keys.redeem(keys.ticket())
    here = "127.9.9.8"

    def status(*more: tuple[str, str]) -> int:
        sent = [("Host", site.host), *more]
        return ask(site.port, "GET", "/api/config", sent, source=here).status

    assert {status() for _ in range(RATE_BURST + 30)} == {401, 429}
    assert {status(site.login) for _ in range(RATE_BURST + 30)} == {200, 429}
    assert status(("Cookie", f"malgeul-{site.port}={other}")) == 200
    assert status(site.bearer) == 200


def test_recordings_beyond_the_limit_are_refused_before_they_are_taken(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("desktop.services.web.uploads.MAX_WAITING", 0)
    head = "\r\n".join(
        [
            "POST /api/test-audio HTTP/1.1", f"Host: {site.host}", ": ".join(site.bearer),
            "Content-Type: audio/wav", "Content-Length: 1000", "", "",
        ]
    )  # fmt: skip
    with connect(site.port) as connection:
        connection.sendall(head.encode() + b"x")
        deadline = time.monotonic() + 30
        while True:  # until the first one is inside
            reply = site.ask("POST", "/api/test-audio", b"x", ("Content-Type", "audio/wav"))
            if reply.status == 503 and b"Too many recordings" in reply.body:
                break
            assert time.monotonic() < deadline, reply
        assert int(reply.one("retry-after")) > 0
    while True:  # who hung up makes room, and is no fault of ours
        reply = site.ask("POST", "/api/test-audio", b"x", ("Content-Type", "text/plain"))
        if reply.status == 415:
            break
        assert time.monotonic() < deadline, reply
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "target",
    [
        "/web/../main.py", "/web/%2e%2e/%2e%2e/pyproject.toml", "/web/..%2f..%2fpyproject.toml",
        "/web/%00", "/web/main.js%00.css", "/web//etc/passwd", "/web/%2fetc%2fpasswd",
        "/web/..\\..\\pyproject.toml", "/web/", "/../../etc/passwd",
    ],
)  # fmt: skip
def test_files_beside_the_page_are_not_served(site: Site, target: str) -> None:
    reply = site.ask("GET", target)
    assert reply.status == 404, reply
    assert b"etc" not in reply.body
    assert b"pyproject" not in reply.body


def test_a_link_out_of_the_page_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page"
    page.mkdir()
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (page / "plain.txt").write_text("plain", encoding="utf-8")
    (page / "link.txt").symlink_to(tmp_path / "secret.txt")
    (page / "folder").symlink_to(tmp_path, target_is_directory=True)
    monkeypatch.setattr("desktop.services.web.routes.PAGE", page)
    with serving(tmp_path / "mirror") as site:
        assert site.ask("GET", "/web/plain.txt").status == 200
        for target in ("/web/link.txt", "/web/folder/secret.txt"):
            reply = site.ask("GET", target)
            assert reply.status == 404
            assert b"secret" not in reply.body


def test_a_fault_is_an_opaque_number(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(site.application, "activities", broken)
    reply = site.ask("GET", "/api/sessions")
    assert reply.status == 500
    assert len(json.loads(reply.body)["id"]) == 8
    assert b"secret" not in reply.body
    assert b"Traceback" not in reply.body


def test_who_dawdles_or_crowds_is_shown_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """faults: N73, N74"""
    monkeypatch.setattr("desktop.services.web.connections.HEAD_WITHIN_S", 0.5)
    slow = connect(site.port)
    began = time.monotonic()
    slow.sendall(b"GET / HTTP/1.1\r\n")
    assert slow.recv(10) == b""
    assert time.monotonic() - began < 20
    slow.close()
    monkeypatch.setattr("desktop.services.web.connections.HEAD_WITHIN_S", 60.0)
    crowd = [connect(site.port) for _ in range(400)]
    try:
        crowd[-1].settimeout(20)
        assert crowd[-1].recv(10) == b""  # beyond the limit: closed at once
    finally:
        for one in crowd:
            one.close()
    for _ in range(200):
        try:
            if site.ask("GET", "/health").status == 200:
                return
        except (AssertionError, OSError):
            time.sleep(0.05)
    pytest.fail("the mirror did not come back")


def test_the_token_is_in_no_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    target = site.server.address().partition(str(site.port))[2]
    assert ask(site.port, "GET", target, [("Host", site.host)]).status == 303
    token = target.partition("=")[2]
    assert token not in caplog.text
    logs = site.application._paths.logs
    assert not any(token in p.read_text() for p in Path(logs).glob("*") if p.is_file())
