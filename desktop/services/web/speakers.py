"""``/ws``: a browser speaks, and is answered in text, as the original system did it.

From the client, JSON text frames:
  ``{"type": "config", "language": "ko", "format": "int16", "sample_rate": 16000}`` (all optional)
  ``{"type": "audio", "data": <base64 of float32 or int16 PCM>}``
  ``{"type": "stop"}``: no more sound; the rest is still recognised; ``{"type": "ping"}``.
To the client: ``config``, ``partial``, ``transcription``, ``keywords_update``, ``finished``,
``pong``, ``error``.

Each connection is a session of its own from its first sound on.  The next frame is read when the
last one is written, so a fast sender is held back by TCP and memory stays bounded.  Thread:
``web``; the disk is written on its worker threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from desktop import events as ev
from desktop.errors import MalgeulError, ServiceError
from desktop.events import SAMPLE_RATE_HZ
from desktop.services.keywords.book import KeywordBook
from desktop.services.web.hearing import Guests, Speaker
from desktop.services.web.meeting import Meeting
from desktop.services.web.mirror import Frame, beyond
from desktop.services.web.rates import Bucket
from desktop.services.web.sound import FORMATS, LANGUAGES, SoundReader, UnusableSoundError
from desktop.services.web.viewers import (
    MESSAGES_BURST,
    MESSAGES_PER_S,
    POLICY,
    SEND_WITHIN_S,
    TRY_LATER,
    UNSUPPORTED,
    Mailbox,
    note_faults,
)

SHOWN_KEYWORDS = 50
FASTER_THAN_SOUND = 8.0  # a file may be sent faster than it plays, but not without end
BURST_S = 300.0
MAX_ERRORS = 100  # of one connection; who sends only nonsense is shown out


async def serve_speaker(socket: WebSocket, meeting: Meeting) -> None:
    """Serves one client of ``/ws`` from its hello to its end."""
    await socket.accept()
    if not meeting.settings.web.allow_microphone:
        off = ServiceError(
            "Speaking from a browser is switched off in the settings.", code="service.off"
        )
        told = {"type": "error", "code": off.code, "message": off.message, "hint": off.hint}
        await socket.send_text(_json(told))
        await socket.close(POLICY, "switched off")
        return
    await Conversation(socket, meeting.guests).run()


class Conversation:
    """One client's connection, from its first frame to its last."""

    def __init__(self, socket: WebSocket, guests: Guests) -> None:
        self._socket = socket
        self._guests = guests
        self._box = Mailbox(asyncio.get_running_loop())
        self._sound = SoundReader()
        self._language = ""
        self._opening: asyncio.Task[Speaker] | None = None
        self._speaker: Speaker | None = None
        # Several times faster than it plays, for a while; and little beside the sound.
        self._sound_s = Bucket(FASTER_THAN_SOUND, BURST_S)
        self._messages = Bucket(MESSAGES_PER_S, MESSAGES_BURST)
        self._too_fast = False
        self._told = Teller(self._box)
        self._errors = 0

    async def run(self) -> None:
        """Serves until the client goes, misbehaves, or has been told everything after its stop."""
        sending = asyncio.create_task(self._send())
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait((sending, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, reading):
                task.cancel()
            note_faults(await asyncio.gather(sending, reading, return_exceptions=True))
            await asyncio.shield(self._leave())

    async def _leave(self) -> None:
        """What was said is recognised and stored all the same; nobody is taken for speaking on."""
        if self._opening is None:
            return
        with contextlib.suppress(MalgeulError):  # the client was told, unless it had gone
            speaker = await self._opening  # it may have gone while its session was being made
            await asyncio.to_thread(speaker.end)

    async def _send(self) -> None:
        try:
            while (frame := await self._box.get()) is not None:
                await asyncio.wait_for(self._socket.send_text(frame.text), SEND_WITHIN_S)
                if frame.key == "finished":
                    await self._socket.close(1000)
                    return
            await self._socket.close(TRY_LATER, "too slow")
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(TRY_LATER, "too slow")

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                await self._close(UNSUPPORTED, "text only")
                return
            try:
                await self._take(_object(text))
            except UnusableSoundError as error:
                self._complain(str(error), "message")
            except MalgeulError as error:
                self._complain(error.message, error.code, error.hint)
                if isinstance(error, ServiceError):
                    await self._close(TRY_LATER, "busy")
                    return
            if self._errors > MAX_ERRORS or self._too_fast:
                await self._close(POLICY, "too much")
                return

    async def _take(self, message: dict[str, Any]) -> None:
        if message.get("type") != "audio":
            self._count()
        match message.get("type"):
            case "audio":
                await self._hear(message)
            case "config":
                self._configure(message)
            case "stop":
                await self._stop()
            case "ping":
                self._say({"type": "pong"})
            case _:
                raise UnusableSoundError("type: audio, config, stop or ping is expected")

    def _configure(self, message: dict[str, Any]) -> None:
        language = message.get("language", self._language)
        if not isinstance(language, str) or (language and language not in LANGUAGES):
            raise UnusableSoundError("language: a code such as ko, en or auto is expected")
        self._sound.expect(message.get("format"), message.get("sample_rate"))
        if self._speaker is None:
            self._language = language
        self._say(
            {
                "type": "config",
                "language": self._language,
                "sample_rate": SAMPLE_RATE_HZ,
                "formats": FORMATS,
                "format": self._sound.format_name,
            }
        )

    async def _hear(self, message: dict[str, Any]) -> None:
        self._sound.expect(message.get("format"), message.get("sample_rate"))
        samples = self._sound.read(message.get("data"))
        if self._told.stopped:
            raise UnusableSoundError("type: nothing can be said after stop")
        if not len(samples):
            self._count()
            return
        if not self._sound_s.take(len(samples) / SAMPLE_RATE_HZ):
            self._too_fast = True
            return
        if self._speaker is None:
            self._opening = asyncio.create_task(
                asyncio.to_thread(self._guests.open_speaker, self._told.hear, self._language)
            )
            self._speaker = await asyncio.shield(self._opening)
        await asyncio.to_thread(self._speaker.append, samples)

    async def _stop(self) -> None:
        self._told.stopped = True
        if self._speaker is None:
            self._box.put(Frame(_json({"type": "finished"}), 1, "finished"))
            return
        await asyncio.to_thread(self._speaker.end)

    def _count(self) -> None:
        self._too_fast = self._too_fast or not self._messages.take()

    def _complain(self, message: str, code: str, hint: str = "") -> None:
        self._errors += 1
        self._say({"type": "error", "code": code, "message": message, "hint": hint})

    def _say(self, message: dict[str, Any]) -> None:
        self._box.put(Frame(_json(message), 1))

    async def _close(self, code: int, reason: str) -> None:
        """What was said to the client before goes first."""
        await self._drain()
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(code, reason)

    async def _drain(self) -> None:
        deadline = time.monotonic() + 1.0
        while self._box.waiting and time.monotonic() < deadline:
            await asyncio.sleep(0.01)


class Teller:
    """Turns a speaker's events into frames.  `hear` is called on several threads."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box
        self._open = ""
        self._book = KeywordBook()
        self.stopped = False

    def hear(self, event: ev.Event) -> None:
        """Puts what a client is told into its mailbox; returns at once."""
        match event:
            case ev.WordsCommitted():
                self._open += event.text
                self._partial("", event.language)
            case ev.HypothesisUpdated():
                self._partial(event.text, event.language)
            case ev.SegmentCommitted():
                self._open = beyond(self._open, event.text)
                self._put(self._transcription(event))
            case ev.SegmentSuppressed():
                self._partial("", event.language)
            case ev.KeywordsFound():
                self._book = self._book.add(event.keywords)
                self._put({"type": "keywords_update", "keywords": self._keywords()})
            case ev.NoticeRaised():
                told = {"message": event.message, "hint": event.hint, "code": event.code}
                self._put({"type": "error", **told})
            case ev.SessionStarted():
                self._put({"type": "started", "session_id": event.session_id})
            case ev.SessionFinished():
                end = {"session_id": event.session_id, "duration_s": event.duration_s}
                self._box.put(Frame(_json({"type": "finished", **end}), 1, "finished"))
            case _:
                pass

    def _partial(self, hypothesis: str, language: str) -> None:
        message = {
            "type": "partial",
            "committed": self._open.strip(),
            "text": f"{self._open}{hypothesis}".strip(),
            "language": language,
            "timestamp": time.time(),
        }
        self._box.put(Frame(_json(message), key="partial"))

    def _transcription(self, event: ev.SegmentCommitted) -> dict[str, Any]:
        squeezed = "".join(event.text.split()).casefold()
        known = self._book.entries(limit=SHOWN_KEYWORDS)
        return {
            "type": "transcription",
            "text": event.text.strip(),
            "keywords": [e.text for e in known if "".join(e.text.split()).casefold() in squeezed],
            "language": event.language,
            "timestamp": event.wall_s,
            "start_s": event.start_s,
            "end_s": event.end_s,
            "confidence": event.confidence,
            "sequence": event.sequence,
        }

    def _keywords(self) -> list[dict[str, Any]]:
        return [
            {
                "text": entry.text,
                "category": entry.category,
                "importance": entry.importance,
                "count": entry.count,
            }
            for entry in self._book.entries(limit=SHOWN_KEYWORDS)
        ]

    def _put(self, message: dict[str, Any]) -> None:
        self._box.put(Frame(_json(message), 1))


def _object(text: str) -> dict[str, Any]:
    """A frame's JSON object (faults: N69, N71)."""
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UnusableSoundError("a JSON object is expected") from error
    if not isinstance(message, dict):
        raise UnusableSoundError("a JSON object is expected")
    return message


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _json(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False, allow_nan=False)
