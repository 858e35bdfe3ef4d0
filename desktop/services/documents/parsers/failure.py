"""Why a parser gives up: a code and what belongs into its sentence.  Words for it: `failures`."""

from __future__ import annotations


class ParseFailureError(Exception):
    """A document that cannot be read.

    Args:
        code: a key of `desktop.services.documents.failures`.
        detail: what the sentence names.
    """

    def __init__(self, code: str, **detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
