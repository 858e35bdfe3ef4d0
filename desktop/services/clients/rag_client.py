"""The RAG server's client: documents, searching, answers as they come, and the events.  Any thread.

Events are rebuilt from their JSON by pydantic, so that a server of another version is noticed and
not trusted.  Streams can be ended from any thread.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from desktop.errors import MalgeulError, NotFoundError, ServiceError
from desktop.events import (
    AnswerExtended,
    AnswerFailed,
    AnswerFinished,
    AnswerStarted,
    Document,
    DocumentChanged,
    IngestProgressed,
    Passage,
)
from desktop.paths import as_text
from desktop.records import DocumentsStatus, PassageView
from desktop.services.supervisor.spec import Endpoint

if TYPE_CHECKING:
    import httpx

    from desktop.services.documents.consistency import Verification

EndpointProvider = Callable[[], Endpoint | None]
AnswerEvent = AnswerStarted | AnswerExtended | AnswerFinished | AnswerFailed
FeedEvent = DocumentChanged | IngestProgressed

_WITHIN_S = 15.0
_SLOW_WITHIN_S = 120.0  # a removal waits for the store; a view renders a page
_CONNECT_WITHIN_S = 2.0
_BEAT_WITHIN_S = 40.0  # the server says something every 15 s
_MAX_EVENT_CHARS = 4 << 20

_DOCUMENTS = TypeAdapter(list[Document])
_DIGESTS = TypeAdapter(dict[str, str])
_PASSAGES = TypeAdapter(list[Passage])
_ANSWER_EVENTS: Mapping[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (AnswerStarted, AnswerExtended, AnswerFinished, AnswerFailed)
}
_FEED_EVENTS: Mapping[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in (DocumentChanged, IngestProgressed)
}


class StreamSwitch:
    """Ends one stream from any thread: its socket is shut down, which the server sees at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._socket: socket.socket | None = None

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            self._shut_down()

    def hold(self, connected: socket.socket | None) -> None:
        """The socket in use; None before it is closed."""
        with self._lock:
            self._socket = connected
            if self._cancelled:
                self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the other side was first
                self._socket.shutdown(socket.SHUT_RDWR)


class RagClient:
    """Requests to the RAG server.

    Args:
        endpoint: where it is now; None while it is not there.
    """

    def __init__(self, endpoint: EndpointProvider) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    # documents ---------------------------------------------------------------------------------

    def documents(self) -> list[Document]:
        body = self._get("/documents")
        return list(_checked(_DOCUMENTS, body.get("documents")))

    def status(self) -> DocumentsStatus:
        body = self._get("/stats")
        try:
            return DocumentsStatus(
                documents=int(body["documents"]),
                chunks=int(body["chunks"]),
                storage_bytes=int(body["storage_bytes"]),
                watched=tuple(str(folder) for folder in body["watched"]),
                paused=bool(body["paused"]),
                way=str(body["way"]),
                hint=str(body["hint"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _unusable("its answer makes no sense") from error

    def add(self, paths: Sequence[str]) -> int:
        body = self._post(
            "/documents/paths", {"paths": [as_text(path) for path in paths]}, _SLOW_WITHIN_S
        )
        return int(body.get("queued", 0))

    def add_transcript(
        self, session_id: str, title: str, lines: Sequence[Mapping[str, Any]]
    ) -> None:
        body = {"title": title, "lines": list(lines)}
        self._ask("PUT", f"/transcripts/{session_id}", body, _SLOW_WITHIN_S)

    def transcripts(self) -> dict[str, str]:
        """By document, a digest of each meeting that is indexed."""
        return dict(_checked(_DIGESTS, self._get("/transcripts").get("transcripts")))

    def remove_transcript(self, session_id: str) -> None:
        """Fine when there is none."""
        with contextlib.suppress(NotFoundError):
            self._ask("DELETE", f"/transcripts/{session_id}", None, _SLOW_WITHIN_S)

    def reindex(self, document_id: str) -> None:
        path = f"/documents/{document_id}/reindex" if document_id else "/reindex"
        self._post(path, {})

    def remove(self, document_id: str) -> None:
        self._ask("DELETE", f"/documents/{document_id}", None, _SLOW_WITHIN_S)

    def verify(self) -> Verification:
        """Whether what can be found is what is listed."""
        body = self._ask("GET", "/verify", None, _SLOW_WITHIN_S)
        try:
            from desktop.services.documents.consistency import Verification

            return Verification(int(body["live"]), tuple(body["ghosts"]), tuple(body["missing"]))
        except (KeyError, TypeError, ValueError) as error:
            raise _unusable("its answer makes no sense") from error

    def watch(self, folder: str, on: bool) -> None:
        self._post("/watch", {"folder": as_text(folder), "on": on}, _SLOW_WITHIN_S)

    def pause(self, on: bool) -> None:
        self._post("/pause", {"on": on})

    def cancel(self) -> None:
        self._post("/cancel", {})

    def view(
        self, document_id: str, start: int, end: int, quote: str, page: int = 0
    ) -> PassageView:
        span = {"start": start, "end": end, "quote": quote, "page": page}
        body = self._post("/view", {"document_id": document_id, **span}, _SLOW_WITHIN_S)
        try:
            return PassageView(
                title=str(body["title"]),
                page=int(body["page"]),
                pages=int(body["pages"]),
                image=base64.b64decode(body["image"]),
                boxes=tuple((float(x), float(y), float(w), float(h)) for x, y, w, h in
                            body["boxes"]),
                text=str(body["text"]),
                marks=tuple((int(a), int(b)) for a, b in body["marks"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise _unusable("its answer makes no sense") from error

    # finding and asking ------------------------------------------------------------------------

    def search(
        self, query: str, count: int, *, keywords: Sequence[str] = ()
    ) -> tuple[Passage, ...]:
        body = self._post("/search", {"query": query, "top_k": count, "keywords": list(keywords)})
        return tuple(_checked(_PASSAGES, body.get("results")))

    def ask(self, body: Mapping[str, Any], switch: StreamSwitch) -> Iterator[AnswerEvent]:
        """An answer's events as they come; `switch.cancel` ends it here and there."""
        yield from self._stream("POST", "/query/stream", body, switch, _ANSWER_EVENTS)

    def stop_answer(self, answer_id: str) -> None:
        self._post(f"/answers/{answer_id}/stop", {})

    def events(self, switch: StreamSwitch) -> Iterator[FeedEvent]:
        """Every document, then every change, until the server ends or `switch.cancel`."""
        yield from self._stream("GET", "/events", None, switch, _FEED_EVENTS)

    # HTTP --------------------------------------------------------------------------------------

    def _get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path, None, _WITHIN_S)

    def _post(self, path: str, body: Mapping[str, Any], within_s: float = _WITHIN_S
              ) -> dict[str, Any]:  # fmt: skip
        return self._ask("POST", path, body, within_s)

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, within_s: float
    ) -> dict[str, Any]:
        import httpx

        endpoint = self._required()
        try:
            response = self._http().request(
                method,
                endpoint.url.rstrip("/") + path,
                json=body,
                headers=_headers(endpoint),
                timeout=httpx.Timeout(within_s, connect=_CONNECT_WITHIN_S),
            )
        except httpx.HTTPError as error:
            raise _unusable(str(error) or type(error).__name__) from error
        return _body(response)

    def _stream(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        switch: StreamSwitch,
        kinds: Mapping[str, TypeAdapter[Any]],
    ) -> Iterator[Any]:
        import httpx

        endpoint = self._required()
        timeout = httpx.Timeout(_BEAT_WITHIN_S, connect=_CONNECT_WITHIN_S)
        try:
            with (
                httpx.Client(timeout=timeout, trust_env=False) as client,
                client.stream(
                    method,
                    endpoint.url.rstrip("/") + path,
                    json=body,
                    headers={**_headers(endpoint), "Accept": "text/event-stream"},
                ) as response,
            ):
                if response.status_code != 200:
                    response.read()
                    _body(response)
                switch.hold(_socket_of(response))
                try:
                    yield from _events(response.iter_lines(), kinds)
                finally:
                    switch.hold(None)
        except (httpx.HTTPError, OSError) as error:
            if not switch.cancelled:
                raise _unusable(str(error) or type(error).__name__) from error

    def _required(self) -> Endpoint:
        endpoint = self._endpoint()
        if endpoint is None:
            raise _unusable("it is not running yet")
        return endpoint

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                transport = httpx.HTTPTransport(retries=1)
                self._client = httpx.Client(transport=transport, trust_env=False)
            return self._client


def _headers(endpoint: Endpoint) -> dict[str, str]:
    if endpoint.key is None:
        return {}
    return {"Authorization": f"Bearer {endpoint.key.reveal()}"}


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        value = response.json()
    except ValueError:
        value = None
    if response.status_code == 200 and isinstance(value, dict):
        return value
    told = value if isinstance(value, dict) else {}
    message, hint, code = (str(told.get(name, "")) for name in ("detail", "hint", "code"))
    if response.status_code == 404 and code.startswith("not_found"):
        raise NotFoundError(message, hint=hint, code=code)
    if code and message:
        raise MalgeulError(message, hint=hint, code=code)
    raise _unusable(message or f"it answers {response.status_code}")


def _socket_of(response: httpx.Response) -> socket.socket | None:
    stream = response.extensions.get("network_stream")
    found = stream.get_extra_info("socket") if stream is not None else None
    return found if isinstance(found, socket.socket) else None


def _events(lines: Iterator[str], kinds: Mapping[str, TypeAdapter[Any]]) -> Iterator[Any]:
    """The events we know of a stream; comments and others are passed over."""
    parts: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            parts.append(line[5:].removeprefix(" "))
            if sum(map(len, parts)) > _MAX_EVENT_CHARS:
                raise _unusable("its events make no sense")
        elif not line and parts:
            data, parts = "\n".join(parts), []
            event = _event(data, kinds)
            if event is not None:
                yield event


def _event(data: str, kinds: Mapping[str, TypeAdapter[Any]]) -> Any:
    """An event we know; None of any other."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise _unusable("its events make no sense") from error
    kind = kinds.get(str(value.pop("type", ""))) if isinstance(value, dict) else None
    return None if kind is None else _checked(kind, value)


def _checked(kind: TypeAdapter[Any], value: Any) -> Any:
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        raise _unusable("its answer makes no sense") from error


def _unusable(reason: str) -> ServiceError:
    return ServiceError(
        f"Documents cannot be used now: {reason[:200].removesuffix('.')}.",
        hint="Wait a moment, or see `malgeul services status`.",
        code="service.rag",
    )
