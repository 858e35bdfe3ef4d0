"""Starting with the user's session.  GUI thread; a file or a registry value, a moment.

On Linux a desktop entry in the user's autostart folder (XDG Desktop Application Autostart), on
Windows a value of the user's Run key.  What is found there is the truth: people also switch it
off in their desktop's own settings.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from desktop.errors import StorageError

FILE_NAME = "malgeul.desktop"
_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
_RUN_NAME = "Malgeul"
_ROOT = Path(__file__).resolve().parents[2]
# In a quoted word of Exec these four need a backslash; as a string value each backslash is doubled.
_ESCAPED = re.compile(r'(["`$\\])')
_ENV = "/usr/bin/env"
_HEADER = "[Desktop Entry]\n"
_ENTRY = {
    "Type": "Application",
    "Name": "Malgeul",
    "Name[ko]": "말글",
    "Icon": "malgeul",
    "Terminal": "false",
    "X-GNOME-Autostart-enabled": "true",
}


def command(environment: Mapping[str, str] = os.environ) -> list[str]:
    """How this very program is started again, with the same data directory."""
    if getattr(sys, "frozen", False):
        words = [sys.executable]
    elif sys.platform != "win32" and (_ROOT / "start").is_file():
        words = [str(_ROOT / "start")]  # a checkout prepares itself
    else:
        words = [sys.executable, "-P", "-m", "desktop"]
    home = environment.get("MALGEUL_HOME")
    if home and sys.platform != "win32":
        words = [_ENV, f"MALGEUL_HOME={Path(home).expanduser().absolute()}", *words]
    return words


def is_on() -> bool:
    """Whether the program is started with the session now."""
    if sys.platform == "win32":
        return _windows_value() is not None
    try:
        text = _entry_path(os.environ).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    lines = {line.strip().lower().replace(" ", "") for line in text.splitlines()}
    return not lines & {"hidden=true", "x-gnome-autostart-enabled=false"}


def switch(on: bool) -> None:
    """Makes it so.

    Raises:
        StorageError: the folder cannot be written.
    """
    words = command()
    try:
        if sys.platform == "win32":
            _set_windows_value(subprocess.list2cmdline(words) if on else None)
        elif on:
            _write_entry(_entry_path(os.environ), words)
        else:
            _entry_path(os.environ).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"Starting with the session cannot be changed: {error.strerror or error}.",
            hint="Make the folder for programs that start with the session writable "
            "(~/.config/autostart), then try again.",
            code="storage.autostart",
        ) from error


def _entry_path(environment: Mapping[str, str]) -> Path:
    config = environment.get("XDG_CONFIG_HOME", "")
    base = Path(config) if os.path.isabs(config) else Path.home() / ".config"
    return base / "autostart" / FILE_NAME


def _write_entry(path: Path, words: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")  # without the suffix that desktops look for
    temporary.write_text(_entry(words), encoding="utf-8")
    os.replace(temporary, path)


def _entry(words: Sequence[str]) -> str:
    program = words[2] if words[0] == _ENV else words[0]
    # TryExec: once the program is removed, the desktop passes the entry over in silence.
    fields = {**_ENTRY, "TryExec": program.replace("\\", "\\\\"), "Exec": exec_line(words)}
    return _HEADER + "".join(f"{key}={value}\n" for key, value in fields.items())


def exec_line(words: Sequence[str]) -> str:
    """The words as an Exec value of a desktop entry, which has quoting rules of its own."""
    return " ".join(_exec_word(word) for word in words)


def _exec_word(word: str) -> str:
    word = word.replace("%", "%%")
    if shlex.quote(word) == word:
        return word
    return '"' + _ESCAPED.sub(r"\\\1", word).replace("\\", "\\\\") + '"'


if sys.platform == "win32":
    import winreg

    def _windows_value() -> str | None:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
                return str(winreg.QueryValueEx(key, _RUN_NAME)[0])
        except OSError:
            return None

    def _set_windows_value(value: str | None) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            if value is not None:
                winreg.SetValueEx(key, _RUN_NAME, 0, winreg.REG_SZ, value)
            elif _windows_value() is not None:
                winreg.DeleteValue(key, _RUN_NAME)
