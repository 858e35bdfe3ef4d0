"""Recordings that are sent: ``/v1/audio/transcriptions`` and ``/api/test-audio``.

The first speaks the protocol of OpenAI's client libraries, so that existing programs work; the
second is the original's trial.  Files are written to a temporary folder as they come and removed
when they are answered.  One is recognised at a time, while nobody speaks: captions come first.  The
others wait their turn for a while, then 503 says when to come back.  Thread: ``web``; recognition
has its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
import wave
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from desktop.errors import MalgeulError, MediaError, ServiceError
from desktop.events import SAMPLE_RATE_HZ
from desktop.paths import RESOURCES
from desktop.services.web.hearing import Guests, Heard
from desktop.services.web.sound import LANGUAGES, SoundReader, UnusableSoundError

RESPONSE_FORMATS = ("json", "text", "srt", "vtt", "verbose_json")
TRIAL = RESOURCES / "speech"
MAX_TRIAL_BODY_BYTES = 64 << 20
MAX_WAITING = 8  # beside the one that is recognised; those that are still being sent count
TURN_WITHIN_S = 600.0  # for those before it: as long as OpenAI's clients wait
QUIET_WITHIN_S = 20.0  # for a pause between speakers; a meeting is longer than a client waits
RETRY_AFTER_S = 20  # OpenAI's clients come back by themselves after that
LOOK_EVERY_S = 0.25
BUSY = "service.busy"
_PIECE_BYTES = 1 << 20
_FORM_LIMITS: dict[str, int] = {"max_files": 1, "max_fields": 20, "max_part_size": 1 << 16}


class Uploads:
    """The two handlers.

    Args:
        guests: who transcribes.
    """

    def __init__(self, guests: Guests) -> None:
        self._guests = guests
        self._queue = asyncio.Lock()  # first come, first served
        self._inside = 0

    async def transcriptions(self, request: Request) -> Response:
        """``POST /v1/audio/transcriptions``: multipart with ``file`` and options."""
        if _media_type(request) != "multipart/form-data":
            raise HTTPException(415, "multipart/form-data is expected")
        async with self._admitted(), request.form(**_FORM_LIMITS) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile):
                raise HTTPException(422, "file")
            language = _language(form.get("language"))
            name = form.get("response_format") or "json"
            if name not in RESPONSE_FORMATS:
                raise HTTPException(422, "response_format")
            if form.get("stream") in ("true", "1"):
                raise HTTPException(422, "stream: the whole text comes at once")
            with tempfile.TemporaryDirectory(prefix="malgeul-") as folder:
                path = Path(folder) / "recording"
                await _write(upload, path)
                rendered = str(name) if name in ("srt", "vtt") else ""
                heard = await self._transcribe(request, path, language, rendered)
        return _answer(heard, str(name))

    async def trial(self, request: Request) -> Response:
        """``POST /api/test-audio``: a recording, PCM in JSON, or nothing (a built-in sentence)."""
        began = time.monotonic()
        async with self._admitted():
            with tempfile.TemporaryDirectory(prefix="malgeul-") as folder:
                path, language = await self._trial_sound(request, Path(folder))
                heard = await self._transcribe(request, path, language)
        try:
            found = await asyncio.to_thread(self._guests.keywords, heard.text, heard.language)
        except MalgeulError:  # the words are there: keywords are beside the point of a trial
            found = []
        return JSONResponse(
            {
                "text": heard.text,
                "keywords": [keyword.text for keyword in found],
                "language": heard.language,
                "duration_s": round(heard.duration_s, 3),
                "processing_s": round(time.monotonic() - began, 3),
            }
        )

    async def _trial_sound(self, request: Request, folder: Path) -> tuple[Path, str]:
        kind = _media_type(request)
        path = folder / "recording"
        if kind == "application/json":
            return await _from_json(request, path)
        if kind == "multipart/form-data":
            async with request.form(**_FORM_LIMITS) as form:
                upload = form.get("file") or form.get("audio")
                if not isinstance(upload, UploadFile):
                    raise HTTPException(422, "file")
                await _write(upload, path)
                return path, _language(form.get("language"))
        known = kind.startswith(("audio/", "video/")) or kind == "application/octet-stream"
        if kind and not known:
            raise HTTPException(415, "a recording is expected")
        with path.open("wb") as file:  # as it comes: it may be larger than what memory is free
            async for piece in request.stream():
                if not known and piece:
                    raise HTTPException(415, "a recording is expected")
                await asyncio.to_thread(file.write, piece)
        return path if known else TRIAL / "ko-short.flac", ""

    async def _transcribe(
        self, request: Request, path: Path, language: str, format_name: str = ""
    ) -> Heard:
        try:
            async with self._turn():
                if await request.is_disconnected():
                    raise HTTPException(408, "nobody waits any more")
                return await self._when_quiet(path, language, format_name)
        except MediaError as error:
            raise HTTPException(422, "the file is no recording that can be read") from error
        except ServiceError as error:
            raise _later(error.message) from error

    @contextlib.asynccontextmanager
    async def _admitted(self) -> AsyncIterator[None]:
        """Before the first byte is taken, so that what is sent at once cannot fill the disk."""
        if self._inside > MAX_WAITING:
            raise _later(ServiceError("Too many recordings wait already.", code=BUSY).message)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One recording at a time, first come, first served."""
        try:
            await asyncio.wait_for(self._queue.acquire(), TURN_WITHIN_S)
        except TimeoutError as error:
            raise ServiceError("Other recordings take too long.", code=BUSY) from error
        try:
            yield
        finally:
            self._queue.release()

    async def _when_quiet(self, path: Path, language: str, format_name: str) -> Heard:
        """Waits for a pause between speakers, whose captions come first."""
        deadline = time.monotonic() + QUIET_WITHIN_S
        while True:
            try:
                return await asyncio.to_thread(
                    self._guests.transcribe, path, language=language, format_name=format_name
                )
            except ServiceError as error:
                if error.code != BUSY or time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(LOOK_EVERY_S)


def _later(message: str) -> HTTPException:
    """OpenAI's clients come back by themselves."""
    return HTTPException(503, message, headers={"retry-after": str(RETRY_AFTER_S)})


def _answer(heard: Heard, name: str) -> Response:
    if name == "text":
        return PlainTextResponse(heard.text + "\n")
    if name in ("srt", "vtt"):
        kind = "text/vtt" if name == "vtt" else "application/x-subrip"
        return Response(heard.rendered, media_type=kind)
    if name == "json":
        return JSONResponse({"text": heard.text})
    segments = [
        {
            "id": number,
            "start": segment.start_s,
            "end": segment.end_s,
            "text": segment.text,
            "words": [
                {"word": word.text, "start": word.start_s, "end": word.end_s}
                for word in segment.words
            ],
        }
        for number, segment in enumerate(heard.segments)
    ]
    return JSONResponse(
        {
            "task": "transcribe",
            "language": heard.language,
            "duration": heard.duration_s,
            "text": heard.text,
            "segments": segments,
        }
    )


async def _write(upload: UploadFile, path: Path) -> None:
    with path.open("wb") as file:
        while piece := await upload.read(_PIECE_BYTES):
            await asyncio.to_thread(file.write, piece)
    if not path.stat().st_size:
        raise HTTPException(422, "the file is empty")


async def _from_json(request: Request, path: Path) -> tuple[Path, str]:
    """PCM as ``/ws`` takes it, in one piece."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_TRIAL_BODY_BYTES:
            raise HTTPException(413, "body")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "json") from error
    if not isinstance(message, Mapping):
        raise HTTPException(400, "an object is expected")
    data = message.get("data", message.get("audio"))
    reader = SoundReader(max_s=600.0)
    try:
        reader.expect(message.get("format"), message.get("sample_rate"))
        samples = reader.read(data)
    except UnusableSoundError as error:
        raise HTTPException(422, str(error)) from error
    if not len(samples):
        raise HTTPException(422, "data: no sound")
    path = path.with_suffix(".wav")
    _write_wav(path, samples)
    return path, _language(message.get("language"))


def _write_wav(path: Path, samples: NDArray[np.float32]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.rint(np.clip(samples, -1.0, 1.0) * 32_767.0).astype("<i2").tobytes())


def _language(value: Any) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or value.lower() not in LANGUAGES:
        raise HTTPException(422, "language")
    return value.lower()


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
