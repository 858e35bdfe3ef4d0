"""A zip container that cannot harm: sizes declared and counted, names never used as paths (D54)."""

from __future__ import annotations

import zipfile
import zlib
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from desktop.services.documents.parsers.failure import ParseFailureError

MAX_ENTRIES = 20_000
MAX_PART_BYTES = 64 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 100  # of a part that is large; text packs 3 to 20 fold
RATIO_FROM_BYTES = 8 * 1024 * 1024
_PIECE = 256 * 1024
_ENCRYPTED = 0x1
_MAX_DEPTH = 256


class Archive:
    """The parts of a zip file, by name."""

    def __init__(self, source: IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(source)
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, EOFError) as error:
            raise ParseFailureError("damaged", what="zip") from error
        except (NotImplementedError, UnicodeError, OverflowError) as error:
            raise ParseFailureError("damaged", what="zip") from error
        self._entries = {entry.filename: entry for entry in entries}
        self._check(entries)
        self._read = 0

    @staticmethod
    def _check(entries: list[zipfile.ZipInfo]) -> None:
        """Refuses by what the container says of itself."""
        if len(entries) > MAX_ENTRIES:
            raise ParseFailureError("too-many-parts", limit=f"{MAX_ENTRIES:,}")
        if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
            raise ParseFailureError("expands", limit=_megabytes(MAX_TOTAL_BYTES))
        for entry in entries:
            if entry.flag_bits & _ENCRYPTED:
                raise ParseFailureError("encrypted")
            if entry.file_size > RATIO_FROM_BYTES and entry.file_size > MAX_RATIO * max(
                entry.compress_size, 1
            ):
                raise ParseFailureError("expands", limit=_megabytes(RATIO_FROM_BYTES))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def escapes(self) -> bool:
        """Whether a part's name leads out of the container.  Harmless here, but a bad sign."""
        return any(
            name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")
            for name in self._entries
        )

    def names(self) -> list[str]:
        return list(self._entries)

    def verify(self) -> None:
        """Reads every part of reasonable size once, so that a damaged file says so."""
        for name, entry in self._entries.items():
            if not entry.is_dir() and entry.file_size <= MAX_PART_BYTES:
                self._stream(name, keep=False)

    def read(self, name: str) -> bytes:
        """One part; counted while it is unpacked, whatever it declared."""
        return self._stream(name, keep=True)

    def _stream(self, name: str, *, keep: bool) -> bytes:
        entry = self._entries.get(name)
        if entry is None:
            raise ParseFailureError("damaged", what=name[-60:])
        pieces = []
        count = 0
        try:
            with self._zip.open(entry) as part:
                while piece := part.read(_PIECE):
                    count += len(piece)
                    self._read += len(piece)
                    if count > MAX_PART_BYTES or self._read > 2 * MAX_TOTAL_BYTES:
                        raise ParseFailureError("expands", limit=_megabytes(MAX_PART_BYTES))
                    if keep:
                        pieces.append(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise ParseFailureError("damaged", what=name[-60:]) from error
        except (RuntimeError, ValueError, IndexError, OverflowError) as error:
            raise ParseFailureError("damaged", what=name[-60:]) from error
        return b"".join(pieces)

    def xml(self, name: str) -> Element:
        """One part as XML.  Document types, entities and what lies outside are refused (D56)."""
        return parse_xml(self.read(name), name)


def parse_xml(content: bytes, name: str) -> Element:
    """XML without document type, entities and external references, of bounded depth."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Any = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise ParseFailureError("entities") from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise ParseFailureError("damaged", what=name[-60:]) from error
    _check_depth(root)
    assert isinstance(root, Element)
    return root


def _check_depth(root: Element) -> None:
    level = [root]
    for _ in range(_MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise ParseFailureError("nested")


def _megabytes(count_bytes: int) -> str:
    return f"{count_bytes // (1024 * 1024):,} MB"


def local(tag: object) -> str:
    """The name of an XML tag without its name space."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name; empty without it."""
    for key, value in element.attrib.items():
        if local(key) == name:
            return value
    return ""
