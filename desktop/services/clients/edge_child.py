"""Qdrant Edge in a process of its own: it holds Python's global lock while it works.

Building its index takes seconds to minutes, a flush to disk 0.2 s: inside the application captions
and the window would stand still meanwhile.

Run as ``python -I edge_child.py serve PARENT FOLDER DIMENSION`` or ``... optimize PARENT FOLDER``.
Serving: one JSON object a line on standard input, one on standard output: ``{"ok": ...}`` or
``{"error": "..."}``; the first says what was found in the folder.  Vectors are base64 of
little-endian float32, sparse ones ``[[indices], [values]]``.  The end of standard input ends it.
"""

from __future__ import annotations

import array
import base64
import ctypes
import json
import os
import signal
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1
_PAGE = 5_000
_FLUSH_EVERY = 2_000  # points; the write-ahead log has the rest
_INDEXED = ("document_id", "kind", "session_id")

Request = dict[str, Any]


def _settle_in(parent: int) -> None:
    """Ends with the application at once, even while building."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(0)
    if sys.platform != "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the application to handle


class Shard:
    """The collection in one folder."""

    def __init__(self, folder: str, dimension: int) -> None:
        import qdrant_edge

        self._q = qdrant_edge
        self._unflushed = 0
        self.folder = folder
        self._dimension = dimension
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(os.path.join(folder, "edge_config.json")):
            self._shard = qdrant_edge.EdgeShard.load(folder)
            return
        self._shard = qdrant_edge.EdgeShard.create(folder, self._config(dimension))
        for name in _INDEXED:
            self._update("create_field_index", name, qdrant_edge.PayloadSchemaType.Keyword)
        self._shard.flush()

    def _config(self, dimension: int) -> Any:
        q = self._q
        return q.EdgeConfig(
            vectors={"dense": q.EdgeVectorParams(size=dimension, distance=q.Distance.Cosine)},
            sparse_vectors={
                "learned": q.EdgeSparseVectorParams(),
                "terms": q.EdgeSparseVectorParams(modifier=q.Modifier.Idf),
            },
            hnsw_config=q.HnswIndexConfig(m=16, ef_construct=100, full_scan_threshold=1000),
        )

    def dimension(self) -> int:
        with open(os.path.join(self.folder, "edge_config.json"), encoding="utf-8") as file:
            return int(json.load(file)["vectors"]["dense"]["size"])

    def _update(self, name: str, *arguments: Any) -> None:
        self._shard.update(getattr(self._q.UpdateOperation, name)(*arguments))

    def _vector(self, name: str, value: Any) -> Any:
        if name == "dense":
            return array.array("f", base64.b64decode(value)).tolist()
        return self._q.SparseVector(value[0], value[1])

    def _filter(self, only: dict[str, list[str]] | None) -> Any:
        if not only:
            return None
        q = self._q
        return q.Filter(
            must=[q.FieldCondition(key=k, match=q.MatchAny(any=v)) for k, v in only.items()]
        )

    def upsert(self, request: Request) -> None:
        points = [
            self._q.Point(
                identity,
                {name: self._vector(name, value) for name, value in vectors.items()},
                payload,
            )
            for identity, vectors, payload in request["points"]
        ]
        self._update("upsert_points", points)
        self._unflushed += len(points)
        if self._unflushed >= _FLUSH_EVERY:
            self.flush(request)

    def delete(self, request: Request) -> None:
        self._update("delete_points", request["ids"])

    def delete_document(self, request: Request) -> None:
        q = self._q
        keep = request["keep_version"]
        but = [] if keep is None else [q.FieldCondition("version", match=q.MatchValue(keep))]
        document = q.FieldCondition("document_id", match=q.MatchValue(request["document_id"]))
        self._update("delete_points_by_filter", q.Filter(must=[document], must_not=but))

    def search(self, request: Request) -> list[list[tuple[str, float]]]:
        q = self._q
        only = self._filter(request["only"])
        queries = [
            q.QueryRequest(
                limit=request["limit"],
                query=q.Query.Nearest(self._vector(name, value), using=name),
                filter=only,
                with_payload=False,
                with_vector=False,
            )
            for name, value in request["legs"]
        ]
        found = self._shard.query_batch(q.QueryBatchRequest(queries))
        return [[(str(point.id), point.score) for point in leg] for leg in found]

    def get(self, request: Request) -> list[tuple[str, dict[str, Any]]]:
        points = self._shard.retrieve(request["ids"], with_payload=True, with_vector=False)
        return [(str(point.id), point.payload or {}) for point in points]

    def ids(self, request: Request) -> list[str]:
        only = self._filter(request["only"])
        found: list[str] = []
        offset: Any = None
        while True:
            points, offset = self._shard.scroll(
                self._q.ScrollRequest(
                    offset=offset, limit=_PAGE, filter=only, with_payload=False, with_vector=False
                )
            )
            found += (str(point.id) for point in points)
            if offset is None:
                return found

    def count(self, _: Request) -> int:
        return int(self._shard.count(self._q.CountRequest(exact=True)))

    def flush(self, _: Request) -> None:
        self._shard.flush()
        self._unflushed = 0

    def move(self, request: Request) -> None:
        """Goes on with another folder, which has the same points."""
        opened = Shard(request["folder"], self._dimension)
        self._shard.close()
        self.__dict__ = opened.__dict__

    def optimize(self) -> None:
        self._shard.optimize()
        self._shard.flush()

    def close(self) -> None:
        self._shard.flush()
        self._shard.close()


DEEDS = {
    name: getattr(Shard, name)
    for name in ("upsert", "delete", "delete_document", "search", "get", "ids", "count", "flush")
} | {"move": Shard.move}


def _say(reply: object) -> None:
    print(json.dumps(reply, ensure_ascii=False, separators=(",", ":")), flush=True)


def _serve(folder: str, dimension: int) -> int:
    try:
        shard = Shard(folder, dimension)
        _say({"ok": {"dimension": shard.dimension()}})
    except BaseException as error:  # noqa: BLE001 - Rust panics are no Exceptions; the application says it
        _say({"error": f"{error}"})
        return 1
    for line in sys.stdin:
        try:
            request = json.loads(line)
            _say({"ok": DEEDS[request["do"]](shard, request)})
        except Exception as error:  # noqa: BLE001 - one request must not end the service
            _say({"error": f"{error}"})
    shard.close()
    return 0


def main() -> int:
    _, what, parent, folder, *rest = sys.argv
    _settle_in(int(parent))
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # real files here
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # as above
    if what == "serve":
        return _serve(folder, int(rest[0]))
    if sys.platform != "win32":
        os.nice(10)
    shard = Shard(folder, 1)
    shard.optimize()
    shard.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
