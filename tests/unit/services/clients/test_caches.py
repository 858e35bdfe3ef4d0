"""Both caches mean the same; Redis dies, hangs and comes back without costing an answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from desktop.services.clients import redis_cache
from desktop.services.clients.cache import Cache
from desktop.services.clients.cache_keys import embedding_key
from desktop.services.clients.cache_part import CachePart
from desktop.services.clients.cached_embedder import CachedEmbedder
from desktop.services.clients.embedder import Embedding
from desktop.services.clients.memory_cache import MemoryCache
from desktop.services.clients.redis_cache import RedisCache, connect
from desktop.services.stack.redis import find_server

PASSWORD = "geheim"  # of a server that lives for one test


class RedisServer:
    """A real redis-server on a free port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        server = find_server()
        assert server is not None
        self._process = subprocess.Popen(
            [
                *(server, "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--requirepass", PASSWORD, "--save", "", "--dir", str(self._folder)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self, password: str = PASSWORD) -> RedisCache:
        return RedisCache(connect(f"redis://127.0.0.1:{self.port}", password))


needs_redis = pytest.mark.skipif(find_server() is None, reason="no redis-server")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["memory", pytest.param("redis", marks=needs_redis)])
def cache(request: pytest.FixtureRequest) -> Iterator[Cache]:
    if request.param == "memory":
        made: Cache = MemoryCache()
    else:
        made = request.getfixturevalue("server").client()
    yield made
    made.close()


def test_what_is_set_is_got_until_its_time(cache: Cache) -> None:
    cache.set("가", b"\x00\xff", 1)
    cache.set("나", b"b", 3600)
    assert cache.get("가") == b"\x00\xff"
    assert cache.get_many(["나", "없음", "가"]) == [b"b", None, b"\x00\xff"]
    _wait(lambda: cache.get("가") is None)
    assert cache.get("나") == b"b"


def test_setting_again_replaces_value_and_time(cache: Cache) -> None:
    cache.set("k", b"1", 1)
    cache.set("k", b"2", 3600)
    time.sleep(1.1)
    assert cache.get("k") == b"2"
    cache.set("k", b"3", 0)
    assert cache.get("k") is None


def test_deleting(cache: Cache) -> None:
    cache.set("k", b"1", 60)
    cache.delete("k")
    cache.delete("k")
    assert cache.get("k") is None
    assert cache.get_many([]) == []


def test_memory_is_bounded_and_forgets_the_least_used() -> None:
    cache = MemoryCache(max_bytes=1_000)
    for name in "abc":
        cache.set(name, b"x" * 100, 60)
    assert cache.get("a")
    cache.set("d", b"x" * 100, 60)
    assert [cache.get(name) is not None for name in "abcd"] == [True, False, True, True]
    cache.set("e", b"x" * 2_000, 60)
    assert cache.get("e") is None
    assert cache.size_bytes <= 1_000


def test_memory_goes_by_a_clock_that_never_goes_back() -> None:
    now = [100.0]
    cache = MemoryCache(clock=lambda: now[0])
    cache.set("k", b"1", 10)
    now[0] = 109.9
    assert cache.get("k") == b"1"
    now[0] = 110.0
    assert cache.get("k") is None
    assert cache.size_bytes == 0


def test_memory_from_many_threads() -> None:
    cache = MemoryCache(max_bytes=5_000)

    def work(seed: int) -> None:
        for i in range(2_000):
            cache.set(f"{(i * seed) % 40}", b"x" * (i % 300), 60)
            cache.get(f"{i % 40}")
            cache.delete(f"{(i + seed) % 40}")

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 3, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.size_bytes <= 5_000


@needs_redis
def test_redis_killed_and_restarted_in_use_costs_no_answer(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(faults: P20)"""
    monkeypatch.setattr(redis_cache, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(redis_cache, "LONGEST_PAUSE_S", 0.2)
    cache = server.client()
    cache.set("k", b"1", 60)
    assert cache.get("k") == b"1"
    server.kill()
    for _ in range(5):
        assert cache.get("k") is None
        cache.set("k", b"2", 60)
    assert cache.get_many(["k", "l"]) == [None, None]
    server.start()
    _wait(lambda: (cache.set("k", b"3", 60), cache.get("k"))[1] == b"3")
    server.kill()
    server.start()  # a restart nobody noticed: the pooled connection is dead
    cache.set("k", b"4", 60)
    assert cache.get("k") == b"4"
    cache.close()


@needs_redis
def test_a_hanging_redis_is_asked_once_and_then_left_alone(server: RedisServer) -> None:
    now = [0.0]
    cache = RedisCache(connect(f"redis://127.0.0.1:{server.port}", PASSWORD), lambda: now[0])
    cache.set("k", b"1", 60)
    server.signal(signal.SIGSTOP)
    try:
        assert cache.get("k") is None
        assert not cache.available
        for _ in range(1_000):  # would take minutes if each waited
            assert cache.get("k") is None
        now[0] = redis_cache.FIRST_PAUSE_S
        assert cache.available
        assert cache.get("k") is None  # asked again: the pause doubles
        now[0] += redis_cache.FIRST_PAUSE_S
        assert not cache.available
    finally:
        server.signal(signal.SIGCONT)
    now[0] += 2 * redis_cache.FIRST_PAUSE_S
    _wait(lambda: (now.__setitem__(0, now[0] + 60.0), cache.get("k"))[1] == b"1")
    cache.close()


@needs_redis
def test_a_wrong_password_is_no_error(server: RedisServer) -> None:
    cache = server.client("wrong")
    cache.set("k", b"1", 60)
    assert cache.get("k") is None
    cache.close()


def test_something_that_is_not_redis_is_no_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=_answer_html, args=(listener,))
        answering.start()
        cache = RedisCache(connect(f"redis://127.0.0.1:{listener.getsockname()[1]}"))
        assert cache.get("k") is None
        cache.close()
        listener.shutdown(socket.SHUT_RDWR)
        answering.join()


def _answer_html(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(1_000)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n<html>")


def test_embedding_keys_keep_everything_apart() -> None:
    keys = {
        embedding_key("m", "한글", query=False),
        embedding_key("m", "한글", query=True),
        embedding_key("m2", "한글", query=False),
        embedding_key("m", "한글", query=False, max_tokens=512),
        embedding_key("m", "한글 ", query=False),
        embedding_key('m","document', "", query=False),
    }
    assert len(keys) == 6
    import unicodedata

    decomposed = unicodedata.normalize("NFD", "한글")
    assert embedding_key("m", decomposed, query=False) in keys
    assert embedding_key("m", "\ud800", query=False)  # half a character is still a text


class CountingEmbedder:
    """Vectors from the text's length, and how many texts it was asked for."""

    model = "counting"
    dimension = 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], *, query: bool = False) -> list[Embedding]:
        self.asked += texts
        return [
            Embedding(np.array([len(text), int(query), 1], np.float32), {len(text): 0.5})
            for text in texts
        ]


def test_an_embedding_is_made_once_while_it_is_kept() -> None:
    plain, cache = CountingEmbedder(), MemoryCache()
    cached = CachedEmbedder(plain, cache, lambda: 60)
    first = cached.embed(["a", "bb", "a"])
    again = cached.embed(["bb", "a"])
    assert plain.asked == ["a", "bb"]
    assert [e.dense.tolist() for e in first] == [[1, 0, 1], [2, 0, 1], [1, 0, 1]]
    assert [e.dense.tolist() for e in again] == [[2, 0, 1], [1, 0, 1]]
    assert again[0].sparse == {2: 0.5}
    assert again[0].dense.dtype == np.float32
    cached.embed(["a"], query=True)
    assert plain.asked == ["a", "bb", "a"]


def test_what_another_program_wrote_is_not_taken_for_a_vector() -> None:
    plain, cache = CountingEmbedder(), MemoryCache()
    key = embedding_key("counting", "a", query=False)
    for rubbish in (b"", b"x" * 7, b"x" * 40):
        cache.set(key, rubbish, 60)
        assert CachedEmbedder(plain, cache, lambda: 0).embed(["a"])[0].dense[0] == 1
    assert plain.asked == ["a"] * 3


def _wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_parts_of_a_cache_do_not_see_each_other() -> None:
    """Two data directories may use one Redis."""
    whole = MemoryCache()
    one, other = CachePart(whole, "one"), CachePart(whole, "other")
    one.set("key", b"value", 60)
    assert (one.get("key"), other.get("key")) == (b"value", None)
    assert one.get_many(["key", "none"]) == [b"value", None]
    other.delete("key")
    other.close()
    assert one.get("key") == b"value"
    one.delete("key")
    assert one.get("key") is None
