"""The process of the embedding server: loads the models, serves until SIGTERM.  Main thread.

Run alone as ``python -I program.py --model FOLDER --port N ...`` by the interpreter of the
embedding environment.  The key comes in MALGEUL_EMBEDDING_KEY and leaves the environment at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
import time
from pathlib import Path

KEY_VARIABLE = "MALGEUL_EMBEDDING_KEY"
LOOPBACK = "127.0.0.1"
MAX_BODY_BYTES = 32 << 20
MAX_CONNECTIONS = 128
BUDGET_CUDA, BUDGET_CPU = 32_768, 4_096  # tokens of a batch; a question waits for one at most


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--reranker", type=Path)
    parser.add_argument("--reranker-name", default="")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--max-tokens", type=int, default=8192)
    parser.add_argument("--open", action="store_true")
    return parser.parse_args()


def main() -> int:
    """Serves; returns the exit code."""
    arguments = _arguments()
    key = os.environ.pop(KEY_VARIABLE, "")
    if not key and not arguments.open:
        print(f"{KEY_VARIABLE} is not set", file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.INFO, format="%(levelname).1s %(name)s: %(message)s")
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    import uvicorn

    from desktop.services.embedding.encoder import ModelRefusedError
    from desktop.services.embedding.server import create_app
    from desktop.services.http_guard import GuardRules

    # Before the models: a taken port is found at once.
    listening = socket.create_server((LOOPBACK, arguments.port), backlog=128)
    try:
        service = _loaded(arguments)
    except ModelRefusedError as error:
        print(f"the model is refused: {error}", file=sys.stderr)
        return 3
    app = create_app(service, GuardRules("" if arguments.open else key, MAX_BODY_BYTES))
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=16_384,
        ws="none",
        lifespan="off",
    )
    print(f"embedding: listening on {LOOPBACK}:{arguments.port}", flush=True)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        service.close()
    return 0


def _loaded(arguments: argparse.Namespace):  # type: ignore[no-untyped-def]  # imported late
    from desktop.services.embedding import models
    from desktop.services.embedding.server import EmbeddingService

    began_s = time.monotonic()
    device = models.choose_device(arguments.device)
    encoder = models.load_encoder(arguments.model, arguments.name, device, arguments.max_tokens)
    scorer = None
    if arguments.reranker is not None:
        scorer = models.load_scorer(
            arguments.reranker, arguments.reranker_name, device, arguments.max_tokens
        )
    encoder.encode(["warm up", "준비"])
    print(f"embedding: loaded on {device} in {time.monotonic() - began_s:.1f} s", flush=True)
    budget = BUDGET_CUDA if device == "cuda" else BUDGET_CPU
    return EmbeddingService(encoder, scorer, batch_size=arguments.batch, budget=budget)


if __name__ == "__main__":
    sys.exit(main())
