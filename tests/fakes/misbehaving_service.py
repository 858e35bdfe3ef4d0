"""A small HTTP server that misbehaves on purpose; a child for the supervisor's tests.

Run alone with ``python -I misbehaving_service.py --port N ...``; standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SLEEPER = (
    "import signal, sys, time\n"
    "if sys.argv[1] == '1': signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "time.sleep(600)"
)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--exit-at-once", type=int)
    parser.add_argument("--delay-s", type=float, default=0.0)
    parser.add_argument("--ignore-term", action="store_true")
    parser.add_argument("--hang-after-s", type=float)
    parser.add_argument("--crash-after-s", type=float)
    parser.add_argument("--grandchildren", type=int, default=0)
    parser.add_argument("--daemon", action="store_true")
    parser.add_argument("--flood-bytes", type=int, default=0)
    parser.add_argument("--say", default="")
    parser.add_argument("--say-bytes", default="")
    parser.add_argument("--show-environment", action="store_true")
    parser.add_argument("--model", default="small")
    parser.add_argument("--pids", type=Path)
    parser.add_argument("--gpu-memory-utilization", type=float)  # as vLLM, and as little heeded
    parser.add_argument("--device")  # as the embedding server
    return parser.parse_args()


class Answers(BaseHTTPRequestHandler):
    """``/health`` and ``/v1/models``; with a key in KEY the latter wants it."""

    arguments: argparse.Namespace
    started_s = time.monotonic()

    def do_GET(self) -> None:
        late = self.arguments.hang_after_s
        if late is not None and time.monotonic() - self.started_s > late:
            time.sleep(600)
        if time.monotonic() - self.started_s < self.arguments.delay_s:
            self._answer(503, {})
        elif self.path == "/health":
            self._answer(200, {"status": "ok"})
        elif self.path == "/version":
            self._answer(200, {"version": "1.2.3"})
        elif self.headers.get("Authorization", "") != f"Bearer {os.environ.get('KEY', '')}":
            self._answer(401, {})
        else:
            self._answer(200, {"data": [{"id": self.arguments.model}]})

    def _answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def detach(ignore_term: bool) -> int:
    """Forks a daemon the classic way: out of the session, out of the group, orphaned."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        second = os.fork()
        if second == 0:
            os.execv(sys.executable, [sys.executable, "-c", SLEEPER, str(int(ignore_term))])
        os.write(writer, str(second).encode())
        os._exit(0)
    os.wait()
    return int(os.read(reader, 32))


def flood(count: int) -> None:
    """Writes without a newline as fast as the pipe takes it."""
    block = b"x" * (1 << 20)
    while count > 0:
        count -= os.write(1, block[:count])


def main() -> int:
    arguments = parse()
    if arguments.ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if arguments.say:
        print(arguments.say, file=sys.stderr, flush=True)
    if arguments.say_bytes:
        os.write(1, bytes.fromhex(arguments.say_bytes))
    if arguments.show_environment:
        print(json.dumps(dict(os.environ)), flush=True)
    pids = [os.getpid()]
    for _ in range(arguments.grandchildren):
        command = [sys.executable, "-c", SLEEPER, str(int(arguments.ignore_term))]
        pids.append(subprocess.Popen(command).pid)
    if arguments.daemon:
        pids.append(detach(arguments.ignore_term))
    if arguments.pids:
        arguments.pids.write_text(json.dumps(pids), encoding="utf-8")
    if arguments.exit_at_once is not None:
        return int(arguments.exit_at_once)
    if arguments.crash_after_s is not None:
        threading.Timer(arguments.crash_after_s, os._exit, [7]).start()
    flood(arguments.flood_bytes)
    Answers.arguments = arguments
    ThreadingHTTPServer.daemon_threads = True
    with ThreadingHTTPServer(("127.0.0.1", arguments.port), Answers) as server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
