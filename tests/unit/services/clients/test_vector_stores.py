"""What every vector store must do: Qdrant Edge, and the server's client on its local mode."""

from __future__ import annotations

import contextlib
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from ended_thread import on_a_thread_that_ends
from numpy.typing import NDArray

from desktop.errors import ServiceError, StorageError
from desktop.services.clients import qdrant_edge_store
from desktop.services.clients.edge_process import EdgeError, EdgeProcess
from desktop.services.clients.qdrant_edge_store import QdrantEdgeStore
from desktop.services.clients.qdrant_server_store import QdrantServerStore, connect
from desktop.services.clients.vectors import Filter, Leg, Point, VectorStore

DIMENSION = 8
Store = QdrantEdgeStore | QdrantServerStore


@pytest.fixture(params=["edge", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorStore]:
    opened = _edge(tmp_path) if request.param == "edge" else _local_server()
    yield opened
    opened.close()


def _edge(folder: Path, dimension: int | None = DIMENSION) -> QdrantEdgeStore:
    return QdrantEdgeStore(folder / "vectors", dimension)


def _local_server(client: Any = None, dimension: int | None = DIMENSION) -> QdrantServerStore:
    from qdrant_client import QdrantClient

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # payload indexes do nothing in local mode
        return QdrantServerStore(client or QdrantClient(":memory:"), dimension)


def unit(place: int) -> NDArray[np.float32]:
    vector = np.zeros(DIMENSION, np.float32)
    vector[place] = 1.0
    return vector


def point(
    number: int, document: str = "a", *, version: int = 1, terms: dict[int, float] | None = None
) -> Point:
    return Point(
        point_id=str(uuid.UUID(int=number + 1)),
        payload={
            "document_id": document,
            "version": version,
            "kind": "document" if document != "talk" else "transcript",
            "session_id": "s1" if document == "talk" else "",
            "text": f"본문 {number}",
        },
        terms=terms if terms is not None else {7: 1.0, 100 + number: 2.0, 4_294_967_295: 0.5},
        learned={5: 1.0 + number},
        dense=unit(number % DIMENSION),
    )


def texts(store: VectorStore, leg: Leg, vector: Any, only: Filter | None = None) -> list[str]:
    return [hit.payload["text"] for hit in store.search(leg, vector, 10, only)]


def test_every_leg_finds_its_best_first(store: VectorStore) -> None:
    store.upsert([point(i) for i in range(5)])
    assert texts(store, Leg.DENSE, unit(3))[0] == "본문 3"
    assert texts(store, Leg.TERMS, {102: 1.0}) == ["본문 2"]
    assert texts(store, Leg.LEARNED, {5: 1.0}) == [f"본문 {i}" for i in (4, 3, 2, 1, 0)]
    scores = [hit.score for hit in store.search(Leg.DENSE, unit(3), 10)]
    assert scores[0] == pytest.approx(1.0)
    assert scores == sorted(scores, reverse=True)


def test_rare_terms_weigh_more(store: VectorStore) -> None:
    store.upsert([point(i, terms={1: 1.0} | ({2: 1.0} if i == 3 else {})) for i in range(6)])
    hits = store.search(Leg.TERMS, {1: 1.0, 2: 1.0}, 10)
    assert hits[0].payload["text"] == "본문 3"
    common, rare = hits[1].score, hits[0].score - hits[1].score
    assert rare == pytest.approx(np.log(1 + 5.5 / 1.5), abs=1e-4)
    assert common == pytest.approx(np.log(1 + 0.5 / 6.5), abs=1e-4)


def test_legs_together_say_what_they_say_alone(store: VectorStore) -> None:
    store.upsert([point(i) for i in range(5)])
    vectors = {Leg.DENSE: unit(1), Leg.TERMS: {101: 1.0}, Leg.LEARNED: {}}
    found = store.search_legs(vectors, 3)
    assert found[Leg.LEARNED] == []
    for leg in (Leg.DENSE, Leg.TERMS):
        alone = store.search(leg, vectors[leg], 3)
        assert found[leg][0] == (alone[0].point_id, pytest.approx(alone[0].score))


def test_points_without_some_vectors(store: VectorStore) -> None:
    bare = Point(str(uuid.UUID(int=99)), {"document_id": "b", "text": "빈"}, {})
    store.upsert([point(0), bare])
    assert store.count() == 2
    assert texts(store, Leg.DENSE, unit(0)) == ["본문 0"]
    assert store.get([bare.point_id])[0].payload["text"] == "빈"


def test_filters_by_document_kind_and_session(store: VectorStore) -> None:
    store.upsert([point(0, "a"), point(1, "b"), point(2, "talk")])
    everything = {7: 1.0}
    assert texts(store, Leg.TERMS, everything, Filter(document_ids=("b",))) == ["본문 1"]
    assert texts(store, Leg.TERMS, everything, Filter(kinds=("transcript",))) == ["본문 2"]
    assert texts(store, Leg.TERMS, everything, Filter(session_ids=("s1",))) == ["본문 2"]
    assert texts(store, Leg.TERMS, everything, Filter(("a",), ("transcript",))) == []
    assert len(texts(store, Leg.TERMS, everything, Filter())) == 3


def test_the_same_point_replaces_the_old(store: VectorStore) -> None:
    store.upsert([point(0)])
    store.upsert([point(0, terms={55: 1.0})])
    assert store.count() == 1
    assert texts(store, Leg.TERMS, {100: 1.0}) == []
    assert texts(store, Leg.TERMS, {55: 1.0}) == ["본문 0"]


def test_a_deleted_document_is_unreachable_by_any_leg(store: VectorStore) -> None:
    """(faults: S52)"""
    store.upsert([point(0, "a"), point(1, "b"), point(2, "a")])
    store.delete_document("a")
    assert store.ids("a") == set()
    assert store.ids() == {point(1).point_id}
    assert texts(store, Leg.DENSE, unit(0)) == ["본문 1"]
    assert texts(store, Leg.TERMS, {7: 1.0}) == ["본문 1"]
    assert store.get([point(0).point_id]) == []
    store.delete_document("never there")


def test_an_old_version_goes_and_the_new_stays(store: VectorStore) -> None:
    store.upsert([point(0, version=1), point(1, version=2), point(2, "b", version=1)])
    store.delete_document("a", keep_version=2)
    assert store.ids() == {point(1).point_id, point(2).point_id}


def test_deleting_points_that_are_not_there_is_no_error(store: VectorStore) -> None:
    store.upsert([point(0), point(1)])
    store.delete([point(0).point_id, str(uuid.uuid4())])
    store.delete([])
    assert store.ids() == {point(1).point_id}


def test_nothing_is_found_in_nothing(store: VectorStore) -> None:
    assert store.search(Leg.DENSE, unit(0), 5) == []
    assert store.search(Leg.TERMS, {1: 1.0}, 5) == []
    assert store.search(Leg.TERMS, {}, 5) == []
    assert store.get([]) == []
    assert store.ids() == set()
    assert store.count() == 0
    assert store.optimize()


def test_many_points_and_optimising(store: VectorStore) -> None:
    store.upsert([point(i, f"d{i % 7}") for i in range(300)])
    assert store.optimize()
    assert store.count() == 300
    assert len(store.ids("d3")) == 43
    assert texts(store, Leg.TERMS, {399: 1.0}) == ["본문 299"]
    store.upsert([point(400)])
    assert store.count() == 301


def test_edge_serves_two_threads_at_once(tmp_path: Path) -> None:
    store = _edge(tmp_path)
    store.upsert([point(i) for i in range(20)])
    found: list[list[str]] = []
    searching = threading.Thread(
        target=lambda: found.extend(texts(store, Leg.TERMS, {105: 1.0}) for _ in range(20))
    )
    searching.start()
    for i in range(20, 40):
        store.upsert([point(i)])
    searching.join()
    assert found == [["본문 5"]] * 20
    store.close()


def test_edge_keeps_points_over_restarts(tmp_path: Path) -> None:
    store = _edge(tmp_path)
    store.upsert([point(i) for i in range(3)])
    store.optimize()
    store.upsert([point(3)])
    store.close()
    again = _edge(tmp_path, None)
    assert not again.was_emptied
    assert again.count() == 4
    again.close()


def test_edge_loses_nothing_when_its_process_is_killed(tmp_path: Path) -> None:
    store = _edge(tmp_path)
    store.upsert([point(i) for i in range(10)])
    store.delete([point(0).point_id])
    _edge_child().kill()
    assert store.count() == 9
    store.upsert([point(20)])
    _edge_child().kill()
    assert len(store.ids()) == 10
    store.close()


def test_edge_outlives_the_thread_that_opened_it(tmp_path: Path) -> None:
    store = on_a_thread_that_ends(lambda: _edge(tmp_path))
    pid = _edge_child().pid
    store.upsert([point(0)])
    assert _edge_child().pid == pid
    store.close()


def test_edge_that_could_not_be_started_again_is_at_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _edge(tmp_path)
    store.upsert([point(0)])

    def cannot(*_: object) -> EdgeProcess:
        raise EdgeError("Cannot allocate memory (os error 12)")

    with monkeypatch.context() as patched:
        patched.setattr(qdrant_edge_store, "EdgeProcess", cannot)
        _edge_child().kill()
        for _ in range(2):
            with pytest.raises(ServiceError, match="os error 12"):
                store.count()
    assert store.count() == 1
    store.close()


def test_a_second_opener_is_told_and_harms_nothing(tmp_path: Path) -> None:
    store = _edge(tmp_path)
    store.upsert([point(0)])
    with pytest.raises(StorageError, match="another Malgeul") as caught:
        _edge(tmp_path)
    assert caught.value.code == "storage.vectors_locked"
    store.upsert([point(1)])
    store.optimize()
    store.close()
    again = _edge(tmp_path)
    assert again.count() == 2
    again.close()


def test_a_damaged_folder_is_set_aside(tmp_path: Path) -> None:
    """(faults: S51)"""
    store = _edge(tmp_path)
    store.upsert([point(0)])
    store.close()
    shard = tmp_path / "vectors" / "shard-1"
    (shard / "edge_config.json").write_text("{", encoding="utf-8")
    again = _edge(tmp_path)
    assert again.was_emptied
    assert again.count() == 0
    assert (tmp_path / "vectors" / "damaged").is_dir()
    again.upsert([point(1)])
    again.close()


@pytest.mark.parametrize("kind", ["edge", "server"])
def test_vectors_of_another_model_never_mix(kind: str, tmp_path: Path) -> None:
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    make: Callable[[int | None], Store] = (
        (lambda d: _edge(tmp_path, d)) if kind == "edge" else (lambda d: _local_server(client, d))
    )
    store = make(DIMENSION)
    store.upsert([point(0)])
    if kind == "edge":
        store.close()
    store = make(DIMENSION)
    assert (store.count(), store.was_emptied) == (1, False)
    if kind == "edge":
        store.close()
    store = make(4)
    assert (store.count(), store.was_emptied) == (0, True)
    store.close()
    client.close()


def test_a_leftover_of_a_killed_optimiser_is_swept(tmp_path: Path) -> None:
    store = _edge(tmp_path)
    store.upsert([point(0)])
    store.close()
    half = tmp_path / "vectors" / "shard-2"
    half.mkdir()
    (half / "segments").write_text("half", encoding="utf-8")
    again = _edge(tmp_path)
    assert again.count() == 1
    assert not half.exists()
    again.close()


def test_a_change_ends_the_optimiser_and_is_kept(tmp_path: Path) -> None:
    store = _edge(tmp_path)
    store.upsert([point(i) for i in range(500)])
    optimising = threading.Thread(target=store.optimize)
    optimising.start()
    for i in range(500, 520):
        store.upsert([point(i)])
    optimising.join()
    assert store.count() == 520
    store.optimize()
    assert store.count() == 520
    assert [p.name for p in (tmp_path / "vectors").glob("shard-*")] == [
        (tmp_path / "vectors" / "current").read_text(encoding="ascii")
    ]
    store.close()


def test_closed_means_closed(tmp_path: Path) -> None:
    store = _edge(tmp_path)
    store.close()
    store.close()
    with pytest.raises(ServiceError, match="closed"):
        store.count()


def test_a_wrong_vector_is_refused_in_words(tmp_path: Path) -> None:
    store = _edge(tmp_path)
    with pytest.raises(ServiceError, match="dimension"):
        store.search(Leg.DENSE, np.ones(3, np.float32), 5)
    assert store.count() == 0
    store.close()


@pytest.mark.parametrize("grpc", [False, True])
def test_a_server_that_is_not_there_is_said(grpc: bool) -> None:
    client = connect("http://127.0.0.1:9", "key", grpc_port=9 if grpc else None)
    with pytest.raises(ServiceError, match="cannot be reached"):
        QdrantServerStore(client)
    client.close()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b"", "refuses the key"),
        (500, b"{}", "it answered 500"),
        (200, b"<html>hello</html>", "makes no sense"),
        (200, b'{"unexpected": 1}', "makes no sense"),
    ],
)
def test_a_server_that_answers_wrongly_is_said(status: int, body: bytes, words: str) -> None:
    """(faults: N78)"""

    class Wrong(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Wrong) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        client = connect(f"http://127.0.0.1:{server.server_port}")
        try:
            with pytest.raises(ServiceError, match=words):
                QdrantServerStore(client)
        finally:
            client.close()
            server.shutdown()
            serving.join()


def _edge_child() -> psutil.Process:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # others may be ending just now
            if any("edge_child" in argument for argument in child.cmdline()):
                found.append(child)
    (edge,) = found
    return edge
