"""Browsers that speak: the original's WebSocket protocol and uploads, with a real model."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mirror_site import Site
from raw import TEXT, RawSocket, Reply, frame

from tests.speech import SpeechMaker, error_rate, write_wav

pytestmark = pytest.mark.timeout(300)


def say(socket: RawSocket, **message: Any) -> None:
    socket.send(frame(TEXT, json.dumps(message).encode()))


def speak(socket: RawSocket, samples: np.ndarray, format_name: str) -> None:
    """A tenth of a second a message, as pages do it."""
    for start in range(0, len(samples), 1_600):
        block = samples[start : start + 1_600]
        if format_name == "int16":
            raw = np.rint(np.clip(block, -1, 1) * 32_767).astype("<i2").tobytes()
        else:
            raw = block.astype("<f4").tobytes()
        say(socket, type="audio", data=base64.b64encode(raw).decode())


def until_finished(socket: RawSocket) -> list[dict[str, Any]]:
    heard = []
    while True:
        heard.append(json.loads(socket.text()))
        if heard[-1]["type"] == "finished":
            return heard


@pytest.mark.parametrize("format_name", ["float32", "int16"])
def test_the_originals_protocol(hearing: Site, speech: SpeechMaker, format_name: str) -> None:
    said = speech.stream("en", 6.0, seed=1)
    socket = hearing.socket("/ws")
    say(socket, type="config", language="en")
    assert json.loads(socket.text())["sample_rate"] == 16_000
    speak(socket, said.samples, format_name)
    say(socket, type="stop")
    heard = until_finished(socket)
    assert socket.closed_with() == 1000
    socket.close()
    lines = [message for message in heard if message["type"] == "transcription"]
    assert error_rate(said.text, " ".join(line["text"] for line in lines), "en") < 0.35
    assert all(line["language"] == "en" and line["timestamp"] > 1e9 for line in lines)
    assert all(isinstance(line["keywords"], list) for line in lines)
    assert any(message["type"] == "partial" for message in heard)
    stored = hearing.application.segments(heard[-1]["session_id"])
    assert [line.text.strip() for line in stored] == [line["text"] for line in lines]


def test_several_at_once_and_their_keywords(hearing: Site, speech: SpeechMaker) -> None:
    said = {seed: speech.stream("en", 8.0, seed=seed) for seed in (1, 4)}
    heard: dict[int, list[dict[str, Any]]] = {}

    def one(seed: int) -> None:
        socket = hearing.socket("/ws")
        speak(socket, said[seed].samples, "float32")
        say(socket, type="stop")
        heard[seed] = until_finished(socket)
        socket.close()

    threads = [threading.Thread(target=one, args=(seed,)) for seed in said]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({messages[-1]["session_id"] for messages in heard.values()}) == 2
    for seed, messages in heard.items():
        text = " ".join(m["text"] for m in messages if m["type"] == "transcription")
        assert error_rate(said[seed].text, text, "en") < 0.35
        updates = [m for m in messages if m["type"] == "keywords_update"]
        assert updates
        assert {"text", "category", "count"} <= updates[-1]["keywords"][0].keys()


def test_who_goes_without_a_word_loses_nothing(hearing: Site, speech: SpeechMaker) -> None:
    said = speech.stream("en", 5.0, seed=1)
    socket = hearing.socket("/ws")
    speak(socket, said.samples, "int16")
    while json.loads(socket.text())["type"] != "started":
        pass
    known = {record.session_id for record in hearing.application.sessions()}
    socket.close()
    waiting = threading.Event()
    for _ in range(1_200):
        newest = hearing.application.sessions()[0]
        if newest.state == "finished":
            break
        waiting.wait(0.05)
    assert newest.session_id in known
    text = " ".join(line.text for line in hearing.application.segments(newest.session_id))
    assert error_rate(said.text, text, "en") < 0.35


def test_who_goes_while_the_session_begins_leaves_nobody_speaking(
    site: Site, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    """Else the place is taken, and files wait behind a "live" session, for ever."""
    guests = site.application.guests
    opened, asked, gone = guests.open_speaker, threading.Event(), threading.Event()

    def slowly(*arguments: Any) -> Any:
        asked.set()
        assert gone.wait(20)
        speaker = opened(*arguments)  # "started" finds nobody there
        time.sleep(0.5)
        return speaker

    monkeypatch.setattr(guests, "open_speaker", slowly)
    socket = site.socket("/ws")
    speak(socket, np.zeros(1_600, dtype=np.float32), "float32")
    assert asked.wait(20)
    socket.close()
    time.sleep(0.2)  # until the server has noticed
    gone.set()
    wait_until(guests.sessions)
    wait_until(lambda: not any(session.recording for session in guests.sessions()))


def multipart(path: Path, **fields: str) -> tuple[bytes, tuple[str, str]]:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="../<b>.wav"\r\n'
    parts += [
        f"{head}Content-Type: audio/wav\r\n\r\n".encode(),
        path.read_bytes(),
        b"\r\n--x--\r\n",
    ]
    return b"".join(parts), ("Content-Type", "multipart/form-data; boundary=x")


def test_recordings_as_openais_clients_send_them(
    hearing: Site, speech: SpeechMaker, tmp_path: Path
) -> None:
    said = speech.stream("en", 6.0, seed=1)
    path = tmp_path / "talk.wav"
    write_wav(path, said.samples)
    for name, begins in (
        ("json", "{"), ("text", ""), ("srt", "1\n"), ("vtt", "WEBVTT"), ("verbose_json", "{")
    ):  # fmt: skip
        body, kind = multipart(path, model="whisper-1", response_format=name, language="en")
        reply = hearing.ask("POST", "/v1/audio/transcriptions", body, kind)
        assert reply.status == 200, reply
        text = reply.body.decode()
        assert text.startswith(begins)
        if name == "json":
            assert error_rate(said.text, json.loads(text)["text"], "en") < 0.35
        if name == "verbose_json":
            told = json.loads(text)
            assert told["segments"][0]["end"] > 0
            assert round(told["duration"]) == 6


def upload(site: Site, path: Path, into: list[Reply]) -> threading.Thread:
    body, kind = multipart(path, language="en")

    def send() -> None:
        into.append(site.ask("POST", "/v1/audio/transcriptions", body, kind))

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_recordings_wait_their_turn(hearing: Site, speech: SpeechMaker, tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    write_wav(path, speech.stream("en", 4.0, seed=1).samples)
    replies: list[Reply] = []
    for thread in [upload(hearing, path, replies) for _ in range(5)]:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 5
    assert len({reply.body for reply in replies}) == 1


def test_a_recording_waits_until_nobody_speaks(
    hearing: Site, speech: SpeechMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.wav"
    said = speech.stream("en", 4.0, seed=1).samples
    write_wav(path, said)
    socket = hearing.socket("/ws")
    speak(socket, said, "float32")
    while json.loads(socket.text())["type"] != "started":
        pass
    monkeypatch.setattr("desktop.services.web.uploads.QUIET_WITHIN_S", 0.5)
    refused: list[Reply] = []
    upload(hearing, path, refused).join()
    assert refused[0].status == 503
    assert int(refused[0].one("retry-after")) == 20
    assert "speak" in json.loads(refused[0].body)["error"]
    monkeypatch.setattr("desktop.services.web.uploads.QUIET_WITHIN_S", 120.0)
    served: list[Reply] = []
    waiting = upload(hearing, path, served)
    say(socket, type="stop")
    until_finished(socket)
    waiting.join()
    socket.close()
    assert served[0].status == 200


def test_four_speak_at_once_and_a_ninth_is_asked_to_wait(
    hearing: Site, speech: SpeechMaker
) -> None:
    said = {seed: speech.stream("en", 5.0, seed=seed) for seed in (1, 2, 3, 4)}
    sockets = {seed: hearing.socket("/ws") for seed in said}
    blocks = {seed: stream.samples for seed, stream in said.items()}
    for start in range(0, max(map(len, blocks.values())), 1_600):  # in turn, as live ones do
        for seed, socket in sockets.items():
            if start < len(blocks[seed]):
                speak(socket, blocks[seed][start : start + 1_600], "float32")
    others = [hearing.socket("/ws") for _ in range(5)]
    for socket in others[:4]:
        speak(socket, blocks[1][:1_600], "float32")
        while json.loads(socket.text())["type"] != "started":
            pass
    speak(others[4], blocks[1][:1_600], "float32")
    assert json.loads(others[4].text())["code"] == "service.busy"
    assert others[4].closed_with() == 1013
    for seed, socket in sockets.items():
        say(socket, type="stop")
        heard = until_finished(socket)
        text = " ".join(m["text"] for m in heard if m["type"] == "transcription")
        assert error_rate(said[seed].text, text, "en") < 0.35, seed
    for socket in (*sockets.values(), *others):
        socket.close()


def test_a_trial_and_what_is_no_recording(
    hearing: Site, speech: SpeechMaker, tmp_path: Path
) -> None:
    raw = speech.stream("en", 4.0, seed=1).samples.astype("<f4").tobytes()
    body = json.dumps({"type": "audio", "data": base64.b64encode(raw).decode()}).encode()
    reply = hearing.ask("POST", "/api/test-audio", body, ("Content-Type", "application/json"))
    assert reply.status == 200, reply
    assert {"text", "keywords", "language", "duration_s"} <= json.loads(reply.body).keys()
    assert hearing.ask("POST", "/api/test-audio").status == 200  # the built-in sentence
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF<script>" * 100)
    body, kind = multipart(bad)
    reply = hearing.ask("POST", "/v1/audio/transcriptions", body, kind)
    assert reply.status == 422
    assert b"script" not in reply.body
