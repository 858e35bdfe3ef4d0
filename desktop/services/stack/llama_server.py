"""llama.cpp's OpenAI-compatible server in a process of its own.

Run alone as ``python -I llama_server.py --model FILE --port N ...`` by an interpreter that has
xllamacpp; imports nothing of the application.  The key comes in MALGEUL_LLAMA_KEY.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

KEY_VARIABLE = "MALGEUL_LLAMA_KEY"
LOOPBACK = "127.0.0.1"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--alias", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> int:
    """Serves until SIGTERM."""
    arguments = _arguments()
    key = os.environ.pop(KEY_VARIABLE, "")
    if not key:
        print(f"{KEY_VARIABLE} is not set", file=sys.stderr)
        return 2
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(arguments.model)
    parameters.model_alias = {arguments.alias}
    parameters.hostnames = [LOOPBACK]
    parameters.port = arguments.port
    parameters.api_keys = [key]
    parameters.n_ctx = arguments.context
    parameters.cpuparams.n_threads = arguments.threads
    parameters.cpuparams_batch.n_threads = arguments.threads
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = False
    parameters.ui = False
    parameters.cors_origins = f"http://{LOOPBACK}"
    parameters.offline = True
    server = xllamacpp.Server(parameters)
    print(f"listening on {server.listening_address}", flush=True)
    while not ended.wait(1.0):  # in slices, so that signals are seen
        pass
    del server
    return 0


if __name__ == "__main__":
    sys.exit(main())
