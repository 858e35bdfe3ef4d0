"""Documents and answers for the front end: requests to the RAG server, its events onto the bus.

Threads: ``documents-feed`` listens to the server's events and comes back when it restarts,
``answer`` (up to four) reads answers as they come, ``transcripts`` (one) hands finished meetings
over (`handover`).  What else is called runs on the caller's thread and waits for the server.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from desktop.app.handover import TranscriptHandover
from desktop.bus import EventBus
from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError, ServiceError
from desktop.events import (
    AnswerExtended,
    AnswerFailed,
    AnswerFinished,
    AnswerStarted,
    Document,
    Event,
    KeywordsFound,
    Passage,
    SegmentChanged,
    ServiceChanged,
    ServiceState,
    SessionFinished,
    SessionStarted,
)
from desktop.records import DocumentsStatus, PassageView
from desktop.services.clients.rag_client import RagClient, StreamSwitch
from desktop.services.stack import rag
from desktop.services.supervisor.spec import Endpoint
from desktop.session.passages import PassageWatch
from desktop.settings import Settings

_log = logging.getLogger(__name__)

MAX_ANSWERS = 4
_MEETING_KEYWORDS = 12
_AGAIN_S = 1.0


class DocumentRoom:
    """The documents' part of the `Backend`.

    Args:
        store: the open transcripts.
        settings: those in force.
        bus: where events go and come from.
        endpoint: where a server is, by name.
        need: called when documents are about to be used.
        root: the data directory.
    """

    def __init__(
        self,
        store: TranscriptStore,
        settings: Settings,
        bus: EventBus,
        endpoint: Callable[[str], Endpoint | None],
        need: Callable[[], None],
        *,
        root: Path,
    ) -> None:
        self._in_force = settings
        self._events = bus
        self._need = need
        self._rag = RagClient(lambda: endpoint(rag.NAME))
        self._rag_there: Callable[[], bool] = lambda: endpoint(rag.NAME) is not None
        self._answers_lock = threading.Lock()
        self._switches: dict[str, StreamSwitch] = {}
        self._answer_threads = ThreadPoolExecutor(MAX_ANSWERS, thread_name_prefix="answer")
        self._handover = TranscriptHandover(
            store, root, self._rag, lambda: settings.retrieval.transcripts and self._rag_there()
        )
        self._room_ending = threading.Event()
        self._rag_changed = threading.Event()
        self._feed_switch: StreamSwitch | None = None
        self._feed_thread: threading.Thread | None = None
        self._spoken: deque[str] = deque(maxlen=_MEETING_KEYWORDS)
        self._spoken_in = ""
        self._passage_watch = PassageWatch(
            self._search_keywords,
            bus.publish,
            lambda: self._in_force.retrieval.while_speaking and self._rag_there(),
        )

    # life ----------------------------------------------------------------------------------------

    def open_documents(self) -> None:
        """Begins to listen; returns at once."""
        self._feed_thread = threading.Thread(target=self._follow, name="documents-feed")
        self._feed_thread.start()
        self._passage_watch.start()

    def close_documents(self) -> None:
        """Ends answers, the feed and what waits to be handed over."""
        self._room_ending.set()
        self._rag_changed.set()
        with self._answers_lock:
            switches = list(self._switches.values())
            if self._feed_switch is not None:
                switches.append(self._feed_switch)
        for switch in switches:
            switch.cancel()
        self._passage_watch.stop()
        self._handover.stop()
        self._answer_threads.shutdown(wait=True, cancel_futures=True)
        if self._feed_thread is not None:
            self._feed_thread.join()
        self._rag.close()

    def hear_of_documents(self, event: Event) -> None:
        """Takes an event of the bus; returns at once."""
        if isinstance(event, ServiceChanged):
            if event.status.name == rag.NAME and event.status.state is ServiceState.READY:
                self._rag_changed.set()
            return
        self._passage_watch.hear(event)
        if isinstance(event, SessionStarted):
            self._spoken.clear()
            self._spoken_in = event.session_id
        elif isinstance(event, KeywordsFound):
            self._spoken.extend(keyword.text for keyword in event.keywords)
        elif isinstance(event, SessionFinished) or (
            isinstance(event, SegmentChanged) and event.change != "bookmarked"
        ):
            self.hand_over(event.session_id)

    # what the window asks ------------------------------------------------------------------------

    def documents(self) -> Sequence[Document]:
        return self._ready().documents()

    def documents_status(self) -> DocumentsStatus:
        return self._ready().status()

    def add_documents(self, paths: Sequence[Path]) -> int:
        return self._ready().add([str(path.absolute()) for path in paths])

    def reindex_document(self, document_id: str) -> None:
        self._ready().reindex(document_id)

    def remove_document(self, document_id: str) -> None:
        self._ready().remove(document_id)

    def watch_folder(self, folder: Path, on: bool) -> None:
        self._ready().watch(str(folder.absolute()), on)

    def pause_ingest(self, on: bool) -> None:
        self._ready().pause(on)

    def cancel_ingest(self) -> None:
        self._ready().cancel()

    def search_passages(self, query: str, count: int = 10) -> Sequence[Passage]:
        return self._ready().search(query, count)

    def ask(self, question: str, conversation_id: str = "", session_id: str = "") -> str:
        self._ready()
        answer_id = uuid.uuid4().hex
        switch = StreamSwitch()
        with self._answers_lock:
            if len(self._switches) >= MAX_ANSWERS or self._room_ending.is_set():
                raise ServiceError(
                    "Too many questions are being answered.",
                    hint="Wait for one of the answers, or stop it.",
                    code="service.busy",
                )
            self._switches[answer_id] = switch
        conversation_id = conversation_id or uuid.uuid4().hex
        spoken = list(self._spoken) if session_id and session_id == self._spoken_in else []
        body = {
            "query": question,
            "session_id": conversation_id,
            "meeting_id": session_id,
            "answer_id": answer_id,
            "keywords": spoken,
        }
        self._answer_threads.submit(self._read_answer, answer_id, body, switch)
        return answer_id

    def stop_answer(self, answer_id: str) -> None:
        """What has come so far follows as a partial `AnswerFinished`."""
        with self._answers_lock:
            known = answer_id in self._switches
        if known:
            self._rag.stop_answer(answer_id)

    def view_passage(self, passage: Passage, page: int = 0) -> PassageView:
        at = passage
        return self._ready().view(at.document_id, at.start, at.end, at.text, page)

    def hand_over(self, session_id: str) -> None:
        """A session has ended, or its text or a name in it is another."""
        self._handover.hand_over(session_id)

    def forget_transcript(self, session_id: str) -> None:
        """The session was deleted: nothing of it may be found any more."""
        self._handover.forget(session_id)

    def _ready(self) -> RagClient:
        """The client; also makes sure that the server is on its way."""
        self._need()
        return self._rag

    # on the answer threads -----------------------------------------------------------------------

    def _read_answer(self, answer_id: str, body: dict[str, Any], switch: StreamSwitch) -> None:
        """Publishes an answer's events; whatever happens, its end is one of them (faults: N77)."""
        publish = self._events.publish
        parts: list[str] = []
        ended = False
        message, hint = "The answer broke off.", "Ask again."
        try:
            for event in self._rag.ask(body, switch):
                if isinstance(event, AnswerExtended):
                    parts.append(event.text)
                ended = isinstance(event, (AnswerFinished, AnswerFailed))
                publish(event)
        except MalgeulError as error:
            message, hint = error.message, error.hint
        except Exception:  # noqa: BLE001 - whoever asked must hear of the end
            _log.exception("an answer could not be read")
        finally:
            with self._answers_lock:
                self._switches.pop(answer_id, None)
        if not ended:
            if not parts:  # it may not even have begun
                asked, conversation = str(body["query"]), str(body["session_id"])
                publish(AnswerStarted(answer_id, conversation, asked, time.time()))
            publish(AnswerFailed(answer_id, message, hint, "".join(parts)))

    # on the thread "documents-feed" --------------------------------------------------------------

    def _follow(self) -> None:
        while not self._room_ending.is_set():
            if not self._rag_there():
                self._rag_changed.wait()
                self._rag_changed.clear()
                continue
            switch = StreamSwitch()
            with self._answers_lock:
                self._feed_switch = switch
            if self._room_ending.is_set():
                return
            self._catch_up()
            try:
                for event in self._rag.events(switch):
                    self._events.publish(event)
            except MalgeulError as error:
                _log.info("the documents' events broke off: %s", error)
            except Exception:  # noqa: BLE001 - one strange answer must not end the feed for good
                _log.exception("the documents' events broke off")
            self._room_ending.wait(_AGAIN_S)

    def _catch_up(self) -> None:
        """What happened to meetings while the server was not there; the feed goes on without."""
        try:
            self._handover.catch_up()
        except MalgeulError as error:
            _log.info("transcripts were not compared: %s", error)
        except Exception:  # noqa: BLE001 - one strange answer must not end the feed for good
            _log.exception("transcripts were not compared")

    # on the thread "passages" --------------------------------------------------------------------

    def _search_keywords(self, keywords: Sequence[str], count: int) -> Sequence[Passage]:
        return self._rag.search("", count, keywords=keywords)
