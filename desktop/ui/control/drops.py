"""What to do with dropped files: recordings are transcribed, documents become searchable.

Decided by the suffix, and by the first bytes where the suffix says nothing.  Any thread.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.ui.models.file_kinds import kind_by_name

MAX_FOLDER_MEDIA = 50  # recordings of one drop that are taken from folders
MAX_FOLDER_FILES = 20_000  # looked at in folders; documents in them are found by the index itself
_HEAD_BYTES = 4096
_DOCUMENT_HEADS = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"HWP Document")
_MEDIA_HEADS = (
    b"RIFF", b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"FORM", b"\xff\xfb", b"\xff\xf1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drop:
    """A drop, sorted.  `folders` are indexed as a whole."""

    media: tuple[Path, ...] = ()
    documents: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()


def kind_of(path: Path) -> str:
    """ "media" or "document"; what neither name nor content tells may still be a recording."""
    return kind_by_name(path) or _kind_by_content(path)


def sort_drop(paths: Sequence[Path]) -> Drop:
    """Sorts files and folders; reads the heads of files, so not on the GUI thread."""
    folders = tuple(path for path in paths if path.is_dir())
    files = [path for path in paths if path.is_file()]
    kinds = {path: kind_of(path) for path in files}
    media = [path for path in files if kinds[path] == "media"]
    found = itertools.chain.from_iterable(map(_media_in, folders))
    media += itertools.islice(found, MAX_FOLDER_MEDIA)
    documents = tuple(path for path in files if kinds[path] == "document")
    return Drop(tuple(media), documents, folders)


def _media_in(folder: Path) -> Iterator[Path]:
    """Recordings in a folder, by name; links to other folders are not followed."""
    seen = 0
    for place, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            seen += 1
            if seen > MAX_FOLDER_FILES:
                return
            path = Path(place, name)
            if kind_by_name(path) == "media" and path.is_file() and not path.is_symlink():
                yield path


def _kind_by_content(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return "document"  # the index says why it cannot be read
    if head.startswith(_MEDIA_HEADS) or head[4:8] == b"ftyp":
        return "media"
    if head.startswith(_DOCUMENT_HEADS) or _is_text(head):
        return "document"
    return "media"


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return head.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16
    # A character may be cut at the end of the piece that was read.
    for cut in range(4):
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return True
    try:
        head[:-1].decode("cp949")
    except UnicodeDecodeError:
        return False
    return True
