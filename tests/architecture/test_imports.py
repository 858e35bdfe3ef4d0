"""Who may import whom, and what importing the engine must not drag in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "PySide6",
    "faster_whisper",
    "ctranslate2",
    "sounddevice",
    "av",
    "onnxruntime",
    "pocketsphinx",
    "pulsectl",
    "huggingface_hub",
    "docx",
)


def _modules(package: str) -> list[str]:
    """Every module below a package, as dotted names."""
    folder = ROOT.joinpath(*package.split("."))
    names = []
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def _python(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_import_rules_hold(tmp_path: Path) -> None:
    """The contracts of .importlinter: one way down, no Qt below the interface, no torch.

    In a process of its own: the linter sets up logging anew, which would silence ours.
    """
    _python(
        "from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports\n"
        f"assert lint_imports(cache_dir={str(tmp_path)!r}) == EXIT_STATUS_SUCCESS"
    )


def test_importing_the_engine_loads_nothing_heavy() -> None:
    """Adapters import their library when they are used, not when they are imported."""
    modules = [*_modules("desktop.engine"), "desktop.settings", "desktop.bus", "desktop.logs"]
    loaded = _python(
        f"import sys, importlib\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(*[m for m in {HEAVY!r} if m in sys.modules])"
    ).split()
    assert loaded == []


def test_the_command_line_starts_without_qt_or_engine_libraries() -> None:
    """`--help` and usage errors must not wait for anything heavy."""
    loaded = _python(
        f"import sys, desktop.__main__\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    ).split()
    assert loaded == []


def test_everything_below_the_interface_imports_without_qt() -> None:
    modules = [
        name
        for name in _modules("desktop")
        if not name.startswith(("desktop.ui", "desktop.app", "desktop.__main__"))
    ]
    _python(
        "import sys, importlib\n"
        "class NoQt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('PySide6', 'shiboken6', 'pyqtgraph'):\n"
        "            raise ImportError(f'{name} is absent here')\n"
        "sys.meta_path.insert(0, NoQt())\n"
        f"for name in {modules!r}: importlib.import_module(name)"
    )
