"""The rules of the house that a tool can check: names, sizes, docstrings, paths, resources."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "desktop").rglob("*.py"))
MAX_LINES = 400
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|misc|common)(_|$)|_(final|fixed|new|old)$")
ABSOLUTE_PATH = re.compile(r"(?<![\w.:])/(home|work|root|Users|mnt|opt)/\w+|[A-Z]:\\\\Users")
RESOURCE = re.compile(r"RESOURCES((?:\s*/\s*\"[^\"{}]+\")+)")


def _shown(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", SOURCES, ids=_shown)
def test_module(file: Path) -> None:
    """Docstring, length, name, no path of one machine."""
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    if tree.body:
        assert ast.get_docstring(tree), "a module says in a docstring what it is for"
    assert len(text.splitlines()) <= MAX_LINES, "a module has one purpose; this one is too long"
    assert not FORBIDDEN_NAMES.search(file.stem), "a module is named after what it does"
    assert not ABSOLUTE_PATH.search(text), "no path of one machine in the code"


def test_package_names() -> None:
    packages = [p for p in (ROOT / "desktop").rglob("*") if p.is_dir()]
    assert not [p for p in packages if FORBIDDEN_NAMES.search(p.name)]


def test_resources_named_in_code_exist() -> None:
    """`RESOURCES / "a" / "b"` written out in code points at something."""
    missing = []
    for file in SOURCES:
        for match in RESOURCE.finditer(file.read_text(encoding="utf-8")):
            path = (ROOT / "resources").joinpath(*re.findall(r'"([^"]+)"', match[1]))
            if not path.exists() and path.suffix != ".qm":  # compiled by ./start
                missing.append(f"{_shown(file)}: {path.relative_to(ROOT)}")
    assert not missing


def test_no_name_shadows_a_package() -> None:
    """`packaging/` beside the code must never be importable as PyPI's `packaging`."""
    assert not (ROOT / "packaging" / "__init__.py").exists()


@pytest.mark.parametrize("file", SOURCES, ids=_shown)
def test_no_stale_objects_of_qt(file: Path) -> None:
    """These leave objects of Python's behind that outlive what Qt deletes.

    What Qt puts at the same address next is then taken for them, which ends in errors far away and
    in crashes.  `indexOf` tells as much of a layout, and who made a widget can keep it.
    """
    named = {n.attr for n in ast.walk(ast.parse(file.read_bytes())) if isinstance(n, ast.Attribute)}
    assert not named & {"itemAt", "itemAtPosition", "findChild", "findChildren"}
