"""Who speaks or asks from outside: browser microphones and uploaded recordings.

Every speaker becomes a session of its own; their events never reach the bus, where they would mix
with the meeting that the window shows.  Called from the web server's worker threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from desktop.engine.audio.feed import Samples
from desktop.engine.store.export import export
from desktop.engine.store.store import TranscriptStore
from desktop.errors import ServiceError
from desktop.events import Event, SessionFinished
from desktop.services.keywords.extractor import DEFAULT_LIMIT, ExtractedKeyword, KeywordExtractor
from desktop.services.web.hearing import Heard, Listener
from desktop.session.keywords import KeywordGatherer
from desktop.session.names import interface_language, model_name
from desktop.session.remote import RemoteSession
from desktop.session.request import TranscriptionRequest
from desktop.session.worker import RecognitionWorker
from desktop.settings import Settings

MAX_SPEAKERS = 8
MAX_REQUESTS = 2
REQUEST_S = 1_800.0
KEYWORDS_S = 20.0  # what the last keywords of a speaker may take
_NAMES = {"ko": "브라우저", "en": "Browser"}


def _basic() -> KeywordExtractor:
    from desktop.services.keywords.basic import BasicExtractor

    return BasicExtractor()


class Guests:
    """Opens speakers and transcribes what is sent.

    Args:
        store: where speakers' transcripts go.
        directory: the folder with all sessions' folders.
        worker: the recogniser's loop.
        settings: the settings in force, asked every time.
        make_extractor: finds keywords; one serves all speakers.
    """

    def __init__(
        self,
        store: TranscriptStore,
        directory: Path,
        worker: RecognitionWorker,
        settings: Callable[[], Settings],
        *,
        make_extractor: Callable[[], KeywordExtractor] | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._worker = worker
        self._settings = settings
        self._extractor = _SharedExtractor(make_extractor or _basic)
        self._lock = threading.Lock()
        self._speakers: dict[str, GuestSpeaker] = {}
        self._requests: set[TranscriptionRequest] = set()
        self._closed = False

    def sessions(self) -> list[RemoteSession]:
        """Those of everybody who speaks, or is still being recognised."""
        with self._lock:
            speakers = list(self._speakers.values())
        return [speaker.session for speaker in speakers if speaker.session is not None]

    def open_speaker(self, listener: Listener, language: str = "") -> GuestSpeaker:
        """A new speaker.

        Args:
            listener: receives the speaker's events, on several threads; returns at once.
            language: ISO 639-1 or "auto"; empty means as in the settings.

        Raises:
            ServiceError: too many speak already.
            StorageError: the session cannot be stored.
        """
        settings = self._in_language(language)
        with self._lock:
            if self._closed or len(self._speakers) >= MAX_SPEAKERS:
                raise ServiceError(
                    "Too many people speak through a browser already.",
                    hint="Wait until one of them has finished.",
                    code="service.busy",
                )
            speaker = GuestSpeaker(listener, self._extractor, self._gone)
            recogniser = self._worker.recogniser
            session = RemoteSession(
                _NAMES[interface_language(settings.interface)],
                store=self._store,
                directory=self._directory,
                publish=speaker.hear,
                settings=settings,
                model=model_name(recogniser, settings.recognition.model),
            )
            speaker.begin(session)
            self._speakers[session.session_id] = speaker
        self._worker.add(session)
        return speaker

    def transcribe(self, path: Path, *, language: str = "", format_name: str = "") -> Heard:
        """Transcribes a file and waits for it.

        Args:
            format_name: one of the exports ("srt", "vtt"), to be given as well.

        Raises:
            MediaError: it is no recording.
            ServiceError: somebody speaks just now, or too much is asked.
        """
        settings = self._in_language(language)
        request = TranscriptionRequest(path, settings)
        with self._lock:
            if self._closed or len(self._requests) >= MAX_REQUESTS or self._worker.captioning_live:
                raise ServiceError(
                    "The recogniser is busy with people who speak now.",
                    hint="Try again when they have finished.",
                    code="service.busy",
                )
            request.start()
            self._requests.add(request)
        try:
            self._worker.add(request)
            found = request.result(REQUEST_S)
        finally:
            with self._lock:
                self._requests.discard(request)
        rendered = ""
        if format_name:
            body = export(
                found.session, found.segments, format_name=format_name, options=settings.export
            )
            rendered = body.decode("utf-8")
        language = found.segments[0].language if found.segments else settings.recognition.language
        return Heard(found.segments, language, found.session.duration_s, rendered)

    def keywords(self, text: str, language: str) -> list[ExtractedKeyword]:
        """The keywords of a text; may take seconds the first time.

        Raises:
            ServiceError: they cannot be found now.
        """
        return self._extractor.extract(text, language)

    def end_speaking(self) -> None:
        """Ends every speaker's sound and every request; what came stays and is recoverable."""
        with self._lock:
            self._closed = True
            speakers, requests = list(self._speakers.values()), list(self._requests)
        for speaker in speakers:
            speaker.end()
        for request in requests:
            request.cancel()

    def close(self) -> None:
        """After the recogniser's thread has ended."""
        self.end_speaking()
        self._extractor.end()
        with self._lock:
            speakers = list(self._speakers.values())
        for speaker in speakers:
            speaker.close()

    def _gone(self, session_id: str) -> None:
        with self._lock:
            self._speakers.pop(session_id, None)

    def _in_language(self, language: str) -> Settings:
        settings = self._settings().model_copy(deep=True)
        if language:
            settings.recognition.language = language
        return settings


class GuestSpeaker:
    """One speaker: sound in, events out, keywords found on the way."""

    def __init__(
        self, listener: Listener, extractor: KeywordExtractor, gone: Callable[[str], None]
    ) -> None:
        self._listener = listener
        self._gone = gone
        self._gatherer = KeywordGatherer(lambda: extractor, listener)
        self._session: RemoteSession | None = None
        self._leaving: threading.Thread | None = None

    def begin(self, session: RemoteSession) -> None:
        """Starts the session."""
        self._session = session
        self._gatherer.start()
        try:
            session.start()
        except BaseException:
            self._gatherer.stop()
            raise

    @property
    def session(self) -> RemoteSession | None:
        return self._session

    @property
    def session_id(self) -> str:
        return self._session.session_id if self._session is not None else ""

    def append(self, samples: Samples) -> None:
        """Takes 16 kHz mono float32 sound; returns when it is written."""
        if self._session is not None:
            self._session.append(samples)

    def end(self) -> None:
        """No more sound comes; the rest is still recognised and told."""
        if self._session is not None:
            self._session.end()

    def hear(self, event: Event) -> None:
        """From the session: to the listener and the keywords."""
        self._gatherer.hear(event)
        if isinstance(event, SessionFinished):
            # Not here: this is the recogniser's thread, and the last keywords may take a while.
            self._leaving = threading.Thread(target=self._leave, args=(event,), name="guest-leaves")
            self._leaving.start()
        else:
            self._listener(event)

    def close(self) -> None:
        """Ends at once; the last keywords are let go."""
        self._gatherer.stop()
        if self._leaving is not None:
            self._leaving.join()

    def _leave(self, last: SessionFinished) -> None:
        self._gatherer.finish(KEYWORDS_S)
        self._listener(last)
        self._gatherer.stop()
        self._gone(self.session_id)


class _SharedExtractor:
    """One extractor, made at first use, for the threads of all speakers."""

    def __init__(self, make: Callable[[], KeywordExtractor]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._extractor: KeywordExtractor | None = None
        self._ended = False

    @property
    def source(self) -> str:
        return self._extractor.source if self._extractor is not None else "basic"

    def extract(
        self, text: str, language: str, *, limit: int = DEFAULT_LIMIT
    ) -> list[ExtractedKeyword]:
        with self._lock:
            if self._ended:
                raise ServiceError("Malgeul is ending.", code="service.closed")
            if self._extractor is None:
                self._extractor = self._make()
            return self._extractor.extract(text, language, limit=limit)

    def close(self) -> None:
        """A speaker leaves; the extractor stays for the others."""

    def end(self) -> None:
        self._ended = True
        if self._extractor is not None:
            self._extractor.close()
