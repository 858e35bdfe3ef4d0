"""An error in an override is told as any other and ends nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

NESTED = """
import sys
import desktop.ui
from PySide6.QtWidgets import QApplication, QWidget

class Mixin:
    def sizeHint(self):
        {body}

class Mixed(Mixin, QWidget):
    pass

class Plain(QWidget):
    def sizeHint(self):
        {body}

class Below(Plain):
    pass

application = QApplication(["test", "-platform", "offscreen"])
for kind in (Mixed, Plain, Below):
    try:
        kind().adjustSize()
    except {error} as error:
        print(kind.__name__)
"""


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return [][1]", "IndexError"),
        ("return len(3)", "TypeError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("raise ValueError(5)", "ValueError"),
    ],
)
def test_an_error_of_the_interpreter_comes_back_to_the_caller(body: str, error: str) -> None:
    program = NESTED.format(body=body, error=error)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["Mixed", "Plain", "Below"]), done.stderr
