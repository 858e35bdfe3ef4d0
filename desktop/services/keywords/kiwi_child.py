"""Korean morphological analysis in a process of its own.

Loading Kiwi holds Python's global lock for seconds: inside the application captions, sound
capture and the window would stand still meanwhile, and its 300 MB would stay.

Run as ``python -I kiwi_child.py``.  Standard input: one JSON string a line, the text.  Standard
output: ``{"ready": true}`` once, then for each text ``{"tokens": [[form, tag, start, length]...]}``
or ``{"error": "..."}``.  The end of standard input ends it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _settle_in(parent: int) -> None:
    """Ends with the application at once, even while loading; captions go first."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(0)
    if sys.platform != "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the application to handle
        os.nice(5)


def main() -> int:
    _settle_in(int(sys.argv[1]) if len(sys.argv) > 1 else os.getppid())
    try:
        from kiwipiepy import Kiwi

        kiwi = Kiwi(num_workers=1, load_multi_dict=False)
        kiwi.tokenize("준비")  # the second half of loading happens at first use
    except Exception as error:  # noqa: BLE001 - whatever it is, the application says it
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
        return 1
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            tokens = [[t.form, str(t.tag), t.start, t.len] for t in kiwi.tokenize(json.loads(line))]
            reply: dict[str, object] = {"tokens": tokens}
        except Exception as error:  # noqa: BLE001 - one text must not end the service
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
