"""Meetings in the document index: as the transcripts are, whatever changed while no server ran.

Thread ``transcripts`` hands over one meeting after another; the rest is called by who has news.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from desktop.engine.store.store import TranscriptStore
from desktop.errors import MalgeulError, NotFoundError
from desktop.records import SessionRecord, SessionState
from desktop.services.clients.rag_client import RagClient
from desktop.services.documents.owed import OwedRemovals
from desktop.services.documents.transcripts import Spoken, digest_of, transcript_id

_log = logging.getLogger(__name__)


class TranscriptHandover:
    """Gives meetings to the answer server and takes them from it.

    Args:
        store: the open transcripts.
        root: the data directory.
        client: of the answer server.
        wanted: whether meetings are to be found, and the server is there.
    """

    def __init__(
        self, store: TranscriptStore, root: Path, client: RagClient, wanted: Callable[[], bool]
    ) -> None:
        self._store = store
        self._owed = OwedRemovals(root)
        self._client = client
        self._wanted = wanted
        self._ending = threading.Event()
        self._waiting: set[str] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="transcripts")

    def hand_over(self, session_id: str) -> None:
        """Once, however often it changes while it waits; returns at once."""
        if self._wanted() and session_id not in self._waiting:
            self._waiting.add(session_id)
            self._in_turn(lambda: self._add(session_id))

    def forget(self, session_id: str) -> None:
        """The session was deleted: nothing of it may be found any more.  Returns at once."""
        self._owed.add(session_id)
        self._in_turn(lambda: self._remove(session_id))

    def catch_up(self) -> None:
        """Hands over what is new or has changed while the server was not there.  Waits for it."""
        for session_id in self._owed.all():
            self._in_turn(functools.partial(self._remove, session_id))
        if not self._wanted():
            return
        known = self._client.transcripts()
        for session in self._store.sessions():
            if self._ending.is_set():
                return
            lines = self._spoken(session)
            there = known.get(transcript_id(session.session_id))
            if lines and there != digest_of(session.title, lines):
                self.hand_over(session.session_id)

    def stop(self) -> None:
        """Ends what waits."""
        self._ending.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    # on the thread "transcripts" -----------------------------------------------------------------

    def _add(self, session_id: str) -> None:
        self._waiting.discard(session_id)
        session = self._store.session(session_id)
        lines = self._spoken(session)
        if lines:
            told = [
                {"text": each.text, "start_s": each.start_s, "speaker": each.speaker}
                for each in lines
            ]
            self._client.add_transcript(session_id, session.title, told)

    def _remove(self, session_id: str) -> None:
        self._client.remove_transcript(session_id)
        self._owed.done(session_id)

    def _spoken(self, session: SessionRecord) -> list[Spoken]:
        """The lines of a meeting that is over."""
        if session.state is SessionState.RECORDING or not session.segment_count:
            return []
        names = {track.track: track.name for track in session.tracks}
        try:
            lines = self._store.spoken(session.session_id)
        except NotFoundError:  # deleted meanwhile
            return []
        return [
            Spoken(text, max(0.0, start_s), names.get(track, ""))
            for track, start_s, text in lines
            if text.strip()
        ]

    def _in_turn(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except MalgeulError as error:
                _log.info("a transcript was not handed over: %s", error)
            except Exception:
                _log.exception("a transcript was not handed over")
                raise

        if not self._ending.is_set():
            self._thread.submit(run)
