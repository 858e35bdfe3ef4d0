"""Ten thousand damaged documents through the parsers: the application lives, limits hold."""

from __future__ import annotations

import collections
import io
import random
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import document_files as files
import pytest

from desktop.errors import DocumentError
from desktop.services.documents.reader import DocumentReader

WITHIN_S = 30.0
MEMORY_MB = 512


def seeds() -> dict[str, bytes]:
    """Good documents to begin with: our own, and small ones of the shared set."""
    found = {
        "a.pdf": files.pdf("First page.", "Second page.", hidden="x"),
        "a.docx": files.docx(secret="x"),
        "a.pptx": files.pptx(),
        "a.xlsx": files.xlsx(),
        "a.hwpx": files.hwpx(),
        "a.html": files.html("<h1>A</h1><p>b</p><table><tr><td>c</td></tr></table>"),
        "a.md": b"# A\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n```\nx\n```\n",
        "a.csv": b"a,b\n1,2\n",
        "a.txt": files.KOREAN.encode(),
    }
    good = SHARED_GOOD if SHARED_GOOD.is_dir() else None
    for path in sorted(good.iterdir()) if good is not None else ():
        if path.stat().st_size < 60_000:
            found[path.name] = path.read_bytes()
    return found


SHARED_GOOD = files.SHARED / "good"


def mutate(content: bytes, chance: random.Random) -> bytes:
    """A few bytes, a cut, a doubled piece; in a container, also inside its parts."""
    if content.startswith(b"PK") and chance.random() < 0.6:
        return _mutate_part(content, chance)
    data = bytearray(content)
    for _ in range(chance.choice([1, 3, 20])):
        what = chance.random()
        at = chance.randrange(len(data)) if data else 0
        if what < 0.6 and data:
            data[at] = chance.randrange(256)
        elif what < 0.7:
            del data[at : at + chance.randrange(1, 64)]
        elif what < 0.8:
            data[at:at] = data[at : at + chance.randrange(1, 256)]
        elif what < 0.9 and data:
            data[at : at + 4] = chance.choice(
                [b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\0\0\0\0"]
            )
        elif chance.random() < 0.2:
            del data[at:]
    return bytes(data)


def _mutate_part(content: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        names = source.namelist()
        victim = chance.choice(names)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name in dict.fromkeys(names):
                part = source.read(name)
                target.writestr(name, mutate(part, chance) if name == victim else part)
    return out.getvalue()


@pytest.fixture
def reader() -> Iterator[DocumentReader]:
    reader = DocumentReader(within_s=WITHIN_S, memory_mb=MEMORY_MB)
    yield reader
    reader.close()


def throw(reader: DocumentReader, folder: Path, count: int) -> collections.Counter[str]:
    """What became of so many mutants."""
    chance = random.Random(7)
    good = sorted(seeds().items())
    outcomes: collections.Counter[str] = collections.Counter()
    peak_kb = 0
    for number in range(count):
        name, content = good[number % len(good)]
        path = folder / name
        path.write_bytes(mutate(content, chance))
        begun_s = time.monotonic()
        try:
            reader.read(path)
            outcomes["read"] += 1
        except DocumentError as error:
            outcomes[error.code if error.message else "nothing said"] += 1
        assert time.monotonic() - begun_s < 3 * WITHIN_S
        peak_kb = max(peak_kb, _peak_kb(reader))
    assert peak_kb <= MEMORY_MB * 1024
    outcomes["peak MB"] = peak_kb // 1024
    return outcomes


def _peak_kb(reader: DocumentReader) -> int:
    child = reader._child
    try:
        text = Path(f"/proc/{child.process.pid}/status").read_text() if child is not None else ""
    except OSError:
        return 0
    lines = [line for line in text.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) if lines else 0


def test_some_mutants(reader: DocumentReader, tmp_path: Path) -> None:
    """faults: D63"""
    outcomes = throw(reader, tmp_path, 120)
    assert not {"document.parser", "nothing said"} & set(outcomes)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_ten_thousand_mutants(reader: DocumentReader, tmp_path: Path) -> None:
    """faults: D63"""
    outcomes = throw(reader, tmp_path, 10_000)
    print(dict(outcomes))
    assert not {"document.parser", "nothing said"} & set(outcomes)
