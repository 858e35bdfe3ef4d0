"""Gets a waiting document's text and cuts it into the chunks of a new version.  One thread."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from desktop.errors import DocumentError
from desktop.services.documents.chunk import Chunk
from desktop.services.documents.chunking import chunker_version, make_chunks
from desktop.services.documents.extracted import Extracted
from desktop.services.documents.failures import document_error
from desktop.services.documents.manifest import Manifest
from desktop.services.documents.parsers.reading import VERSION
from desktop.services.documents.reader import DocumentReader
from desktop.services.documents.rows import Row
from desktop.services.documents.vectors import VectorMaker
from desktop.settings import IngestSettings

_TRIES = 3  # of a file that changes while it is read (faults: D62)


class Unchanged(Exception):  # noqa: N818 - an answer, not an error
    """What is live is what the file has."""


class DocumentSource:
    """Reads one document.

    Args:
        manifest: where versions are kept.
        reader: reads files.
        settings: sizes of chunks.
        maker: of vectors: what makes an index stale.
    """

    def __init__(
        self,
        manifest: Manifest,
        reader: DocumentReader,
        settings: IngestSettings,
        maker: VectorMaker,
    ) -> None:
        self._manifest = manifest
        self._reader = reader
        self._settings = settings
        self._maker = maker

    def read(self, row: Row) -> tuple[int, list[Chunk]] | None:
        """The new version and its chunks, both on disk; None when it was removed meanwhile.

        Raises:
            Unchanged: nothing is to be done.
            DocumentError: it cannot be read.
        """
        extracted = self._extracted(row)
        chunker = chunker_version(self._settings)
        version = self._manifest.begin_version(row.document_id, chunker)
        if version == 0:
            return None
        chunks = make_chunks(extracted, row.document_id, version, self._settings)
        if not self._manifest.save_pending(row.document_id, version, extracted, chunks, VERSION):
            return None
        return version, chunks

    def is_stale(self, row: Row) -> bool:
        """Whether another parser, chunker or model indexed what is live."""
        return row.version > 0 and (
            (bool(row.path) and row.parser != VERSION)
            or row.chunker != chunker_version(self._settings)
            or row.terms != self._maker.terms_version
            or (self._maker.model not in ("", row.model))
        )

    def _extracted(self, row: Row) -> Extracted:
        if not row.path:
            return self._kept(row)
        path = row.file
        for last in range(_TRIES):
            try:
                return self._of_file(row, path)
            except DocumentError as error:
                if error.code != "document.changing" or last == _TRIES - 1:
                    raise
        raise AssertionError("not reached")

    def _of_file(self, row: Row, path: Path) -> Extracted:
        try:
            found = self._reader.fingerprint(path)
        except DocumentError:
            if row.parser == VERSION and self.is_stale(row):  # its text is here, only cut anew
                self._manifest.update(row.document_id, pending_digest=row.digest)
                return self._manifest.extracted(row.document_id, row.version)
            raise
        self._manifest.update(
            row.document_id,
            size=found.size_bytes,
            mtime_ns=found.mtime_ns,
            pending_digest=found.digest,
        )
        if row.version > 0 and row.digest == found.digest:
            if not self.is_stale(row):
                raise Unchanged
            if row.parser == VERSION:
                return self._manifest.extracted(row.document_id, row.version)
        copied = self._manifest.same_content(found.digest, VERSION, path.suffix.lower())
        if copied is not None:
            return copied
        extracted, after = self._reader.read(path)
        if after.digest != found.digest:
            raise document_error("changing")
        return extracted

    def _kept(self, row: Row) -> Extracted:
        """A text that came without a file: as it came, or as it is indexed."""
        found = self._manifest.query(
            "SELECT body, structure FROM incoming WHERE document_id = ?", (row.document_id,)
        )
        if not found:
            return self._manifest.extracted(row.document_id, row.version)
        body, structure = found[0]
        return Extracted.restore(zlib.decompress(body).decode("utf-8"), json.loads(structure))
