"""Finds every sentence in the source that may reach a person through the window.

A template is a string literal or an f-string, its fields written ``{0}``, ``{1}``...  In engine,
session and application any text of two words or more counts, unless it is plainly something else:
a docstring, a line for the log, SQL, a pattern.  In the interface, which has its own translation,
and in the services only the errors they raise count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVERYTHING_IN = ("desktop/engine", "desktop/session", "desktop/app", "desktop/settings.py")
ERRORS_IN = ("desktop/ui", "desktop/services")
LEFT_OUT = ("desktop/engine/doctor",)  # printed by `malgeul doctor`, never shown in the window

_ERRORS = re.compile(
    r"(Malgeul|Audio|Media|Model|Recogniser|Storage|Settings|NotFound|Service|Passing|Document)Error$"
)
_NOT_FOR_PEOPLE = re.compile(
    r"_log\..*|logging\..*|print|re\..*|.*\.tr|QCoreApplication\.translate"
    r"|AssertionError|RuntimeError|TypeError|NotImplementedError"
)
_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|BEGIN|WHERE)\b|.*_id, ")
_WORDS = re.compile(r"[A-Za-z]{2}")


def templates() -> dict[str, str]:
    """Every template with the place where it stands first."""
    found: dict[str, str] = {}
    for place, text in _texts():
        found.setdefault(text, place)
    return found


def template(node: ast.AST) -> str | None:
    """What `node` writes, its fields numbered; None when it is no text."""
    parts = _parts(node)
    if not any(isinstance(part, str) for part in parts):
        return None
    fields = iter(range(len(parts)))
    return "".join(part if part is not None else f"{{{next(fields)}}}" for part in parts)


def _parts(node: ast.AST) -> list[str | None]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [part for value in node.values for part in _parts(value)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _parts(node.left) + _parts(node.right)
    return [None]


def _texts() -> Iterator[tuple[str, str]]:
    for file in _files(EVERYTHING_IN):
        yield from _scan(file, ast.parse(file.read_text(encoding="utf-8")))
    for file in _files(ERRORS_IN):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        makers = _error_makers(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if _ERRORS.search(name) or name in makers:
                    yield from _scan(file, node)
                    yield from _assigned(file, tree, node)


def _assigned(file: Path, tree: ast.AST, call: ast.Call) -> Iterator[tuple[str, str]]:
    """The texts of variables that a call is given."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = {value.id for value in given if isinstance(value, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and names & {ast.unparse(t) for t in node.targets}:
            yield from _scan(file, node.value)


def _error_makers(tree: ast.AST) -> set[str]:
    """Functions of a file that return an error made from what they are given."""
    return {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Return)
        and isinstance(node.value, ast.Call)
        and _ERRORS.search(ast.unparse(node.value.func))
    }


def _files(places: tuple[str, ...]) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if not file.relative_to(ROOT).as_posix().startswith(LEFT_OUT):
                yield file


def _scan(file: Path, node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Call) and _NOT_FOR_PEOPLE.fullmatch(ast.unparse(node.func)):
        return
    if isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp)):
        text = template(node)
        if text is not None and _is_prose(text):
            yield f"{file.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}", text
        if text is not None:
            for inner in _fields(node):
                yield from _scan(file, inner)
            return
    for child in ast.iter_child_nodes(node):
        yield from _scan(file, child)


def _fields(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions inside a text, which may hold texts of their own."""
    if isinstance(node, ast.JoinedStr):
        yield from (v.value for v in node.values if isinstance(v, ast.FormattedValue))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for side in (node.left, node.right):
            if template(side) is None:
                yield side
            else:
                yield from _fields(side)


def _is_prose(text: str) -> bool:
    bare = re.sub(r"\{\d+\}", "", text)
    return " " in text.strip() and bool(_WORDS.search(bare)) and not _SQL.match(bare)
