"""What is said on stderr arrives there, whatever libraries do with the common descriptor."""

from __future__ import annotations

import subprocess
import sys

import pytest

_WHILE_A_LIBRARY_IS_SILENCED = """
import os, sys
from desktop.cli.streams import prepare_streams
prepare_streams()
kept = os.dup(2)
nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(nowhere, 2)  # as sounddevice does while PortAudio is initialised
os.write(2, b"noise")
print("The sound of mic was lost", file=sys.stderr)
os.dup2(kept, 2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its consoles are no files")
def test_what_is_said_while_portaudio_looks_for_devices_is_not_lost() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _WHILE_A_LIBRARY_IS_SILENCED],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "The sound of mic was lost\n")
