"""``malgeul --headless``: no window, the mirror as its face, and an orderly end."""

from __future__ import annotations

import base64
import http.client
import json
import re
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.conftest import Program
from tests.speech import SpeechMaker, error_rate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration/web"))
from raw import TEXT, RawSocket, frame

pytestmark = pytest.mark.timeout(180)
FIXTURE = Path(__file__).resolve().parents[1] / "models/whisper-fixture"


def test_a_browser_speaks_to_a_program_without_a_window(
    program: Program, speech: SpeechMaker
) -> None:
    program.home.mkdir(parents=True, exist_ok=True)
    settings = {"recognition": {"model": str(FIXTURE), "language": "en", "short_windows": "off"}}
    (program.home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    program.extra["PYTHONFAULTHANDLER"] = "1"
    process = program.start("--headless")
    assert process.stdout is not None
    killer = threading.Timer(90, process.send_signal, (signal.SIGABRT,))  # tells where it hangs
    killer.start()
    told = []
    for line in process.stdout:
        told.append(line)
        if "malgeul: ready at" in line:
            break
    killer.cancel()
    found = re.search(r"http://127\.0\.0\.1:(\d+)(/\?token=\S+)", "".join(told))
    assert found, told
    port = int(found[1])
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("GET", found[2])
    reply = client.getresponse()
    assert reply.status == 303
    cookie = (reply.headers["set-cookie"] or "").partition(";")[0]
    reply.read()
    client.request("GET", "/api/config", headers={"Cookie": cookie})
    config = json.loads(client.getresponse().read())
    assert {"gpu", "model", "device", "language", "sample_rate", "llm_enabled"} <= config.keys()
    client.close()
    host = f"127.0.0.1:{port}"
    headers = [("Host", host), ("Origin", f"http://{host}"), ("Cookie", cookie)]
    socket = RawSocket(port, "/ws", headers)
    said = speech.stream("en", 5.0, seed=1)
    for start in range(0, len(said.samples), 1_600):
        data = base64.b64encode(said.samples[start : start + 1_600].astype(np.float32).tobytes())
        socket.send(frame(TEXT, json.dumps({"type": "audio", "data": data.decode()}).encode()))
    socket.send(frame(TEXT, b'{"type": "stop"}'))
    heard = []
    while not heard or heard[-1]["type"] != "finished":
        heard.append(json.loads(socket.text()))
    socket.close()
    text = " ".join(message["text"] for message in heard if message["type"] == "transcription")
    assert error_rate(said.text, text, "en") < 0.35
    printed = next(line for line in process.stdout if "the next browser opens" in line)
    following = re.search(r"opens http://127\.0\.0\.1:\d+(/\?token=\S+)", printed)
    assert following
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 0, rest
    assert following[1] != found[2]
    assert "Traceback" not in rest
    assert "ResourceWarning" not in rest
