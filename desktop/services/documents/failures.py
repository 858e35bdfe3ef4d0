"""What is wrong with a document, in words: one sentence, and what to do about it.  Any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desktop.errors import DocumentError

Detail = Mapping[str, str]

_ERRORS: dict[str, Callable[[Detail], DocumentError]] = {
    "empty": lambda d: DocumentError(
        "The file is empty.",
        hint="Check that it was copied or downloaded completely.",
    ),
    "encrypted": lambda d: DocumentError(
        "The document is password-protected.",
        hint="Save a copy without a password and add that.",
    ),
    "damaged": lambda d: DocumentError(
        f"The document is damaged ({d.get('what', '')} cannot be read).",
        hint="Open it in the program it comes from and save it again, or download it again.",
    ),
    "misnamed": lambda d: DocumentError(
        f"It is not {d.get('promised', '')}, it is {d.get('found', '')}.",
        hint="Give the file the ending that fits what it is, then add it again.",
    ),
    "not-that": lambda d: DocumentError(
        f"It is not {d.get('promised', '')}, whatever its name says.",
        hint="Check that it was copied or downloaded completely.",
    ),
    "unsupported": lambda d: DocumentError(
        f"Files of this kind ({d.get('found', '')}) cannot be read.",
        hint="Save it as PDF, Word, HWPX or plain text and add that.",
    ),
    "old-office": lambda d: DocumentError(
        "It is in the Office format from before 2007.",
        hint="Open it and save it in the present format (docx, xlsx, pptx).",
    ),
    "binary": lambda d: DocumentError(
        "It is no text.",
        hint="Documents, presentations, tables and plain text can be read.",
    ),
    "no-text": lambda d: DocumentError(
        "There is no text in it.",
        hint="A scanned document needs text recognition (OCR) first.",
    ),
    "expands": lambda d: DocumentError(
        f"It expands to more than {d.get('limit', '')} when unpacked.",
        hint="Documents do not; a file made to do harm does. Do not open it.",
    ),
    "entities": lambda d: DocumentError(
        "It defines entities, which documents do not need and attacks do.",
        hint="Do not open it, or save it again in the program it comes from.",
    ),
    "nested": lambda d: DocumentError(
        "It is nested too deeply.", hint="Open it in the program it comes from and save it again."
    ),
    "too-much-text": lambda d: DocumentError(
        f"It holds more than {d.get('limit', '')} characters or cells.",
        hint="Split it into several documents.",
    ),
    "too-many-parts": lambda d: DocumentError(
        f"It holds more than {d.get('limit', '')} parts.", hint="Split it into several documents."
    ),
    "too-many-pages": lambda d: DocumentError(
        f"It has more than {d.get('limit', '')} pages.", hint="Split it into several documents."
    ),
    "too-big": lambda d: DocumentError(
        f"It is larger than {d.get('limit', '')} MB.",
        hint="Split it, or raise the limit in the settings.",
    ),
    "time": lambda d: DocumentError(
        f"Reading it took longer than {d.get('limit', '')} seconds.",
        hint="Open it in the program it comes from and save it again, or split it.",
    ),
    "memory": lambda d: DocumentError(
        f"Reading it needs more than {d.get('limit', '')} MB of memory.",
        hint="Split it into several documents.",
    ),
    "crashed": lambda d: DocumentError(
        "Reading it made the parser crash; nothing else was harmed.",
        hint="Open it in the program it comes from and save it again.",
    ),
    "changing": lambda d: DocumentError(
        "It changes while it is read.", hint="Add it again when nobody writes to it any more."
    ),
    "gone": lambda d: DocumentError(
        "It is not there any more.", hint="Remove it from the list, or put the file back."
    ),
    "unreadable": lambda d: DocumentError(
        f"It cannot be opened: {d.get('why', '')}.", hint="Check who may read the file."
    ),
    "not-a-file": lambda d: DocumentError(
        "It is no ordinary file.", hint="Links, devices and pipes are not followed."
    ),
    "parser": lambda d: DocumentError(
        f"The parser does not start: {d.get('why', '')}.",
        hint="Check with `malgeul doctor` what is missing.",
    ),
}

_WARNINGS: dict[str, Callable[[], DocumentError]] = {
    "hidden-text": lambda: DocumentError("It contains text that a reader does not see."),
    "hidden-characters": lambda: DocumentError("It contained invisible characters."),
    "garbled-text": lambda: DocumentError("Its text is probably not what the pages show."),
    "guessed-encoding": lambda: DocumentError("Its character encoding was guessed."),
    "pages-without-text": lambda: DocumentError("Some pages have no text."),
    "odd-names": lambda: DocumentError("It contains a file that tries to be written elsewhere."),
}


def document_error(code: str, detail: Detail | None = None) -> DocumentError:
    """The error for a parser's code."""
    error = _ERRORS.get(code, _ERRORS["crashed"])(detail or {})
    error.code = f"document.{code}"
    return error


def warning(code: str) -> str:
    """A parser's warning in words."""
    return _WARNINGS[code]().message if code in _WARNINGS else code
