"""The basic recogniser's work, in a process of its own; see `basic` for the other side.

Run as ``python -m desktop.engine.asr.basic_child``.  Standard output: ``{"ready": true}`` once,
or ``{"error": "...", "hint": "..."}`` and the end.  Standard input: a line of JSON with fields of
a `DecodeRequest` and the number of samples, followed by the samples as little-endian float32.
Answer: a line ``{"words": [[text, start_s, end_s, probability]...]}`` or one with an error.  The
end of standard input ends it.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import BinaryIO

import numpy as np

from desktop.engine.asr.recogniser import DecodeRequest
from desktop.engine.asr.sphinx import SphinxDecoder
from desktop.errors import MalgeulError

_SAMPLE_BYTES = 4


def serve(source: BinaryIO, target: BinaryIO) -> int:
    """Answers requests until `source` ends; the exit code is 1 where the model does not load."""
    try:
        decoder = SphinxDecoder()
    except MalgeulError as error:
        _say(target, {"error": error.message, "hint": error.hint})
        return 1
    _say(target, {"ready": True})
    while (request := _read(source)) is not None:
        try:
            words = [[w.text, w.start_s, w.end_s, w.probability] for w in decoder.decode(request)]
            _say(target, {"words": words})
        except MalgeulError as error:
            _say(target, {"error": error.message, "hint": error.hint})
    decoder.close()
    return 0


def _read(source: BinaryIO) -> DecodeRequest | None:
    """The next request; None at the end, also in the middle of one."""
    line = source.readline()
    if not line:
        return None
    fields = json.loads(line)
    wanted = int(fields["samples"]) * _SAMPLE_BYTES
    data = source.read(wanted)
    if len(data) < wanted:
        return None
    return DecodeRequest(
        np.frombuffer(data, "<f4"),
        start_sample=int(fields["start_sample"]),
        prefix=str(fields["prefix"]),
        final=bool(fields["final"]),
    )


def _say(target: BinaryIO, answer: dict[str, object]) -> None:
    target.write(json.dumps(answer).encode() + b"\n")
    target.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the application to handle
    try:
        sys.exit(serve(sys.stdin.buffer, sys.stdout.buffer))
    except BrokenPipeError:  # the application has gone
        sys.exit(0)
