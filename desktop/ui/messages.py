"""Korean for what the parts below the interface say to people.  No Qt; any one thread.

Engine, session and application write their messages in English, with names, numbers and other
messages inside, and name commands where the command line is what helps.  ``messages_ko.json`` holds
a Korean template for each of them, ``messages_en.json`` an English one for those that name
commands: the window names what to click instead.  A text is matched against the templates, what
stood in the fields is translated in turn, and both are put together again.  What is not known
stays as it is: a message in the wrong language is better than none.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path

from desktop import events as ev
from desktop.paths import RESOURCES
from desktop.ui.particles import resolve_particles

_log = logging.getLogger(__name__)

FOLDER = RESOURCES / "translations"
CACHE_ENTRIES = 256
LONGEST = 2000  # characters; nothing longer is a message, and matching must stay cheap
DEPTH = 5  # messages within messages
_FIELD = re.compile(r"\{(\d+)\}")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=\S)")
_ANYTHING = "(.*?)"
_NO_SENTENCE_END = "((?:(?![.!?] [A-Z“]).)*?)"
_NEXT_SENTENCE = re.compile(r" [A-Z“]")


@dataclass(frozen=True, slots=True)
class Template:
    """One English message with fields, and its translation."""

    strict: re.Pattern[str]  # no field within a sentence holds the end of another one
    loose: re.Pattern[str]
    pieces: tuple[str, ...]  # the literal text between the fields
    fields: tuple[int, ...]  # the number of each group
    translation: str

    @property
    def weight(self) -> int:
        """Characters of literal text: the more, the surer a match."""
        return sum(map(len, self.pieces))

    def match(self, text: str, *, strictly: bool) -> dict[int, str] | None:
        """What stands in the fields of `text`; None when it is another message."""
        if not all(piece in text for piece in self.pieces):
            return None
        found = (self.strict if strictly else self.loose).fullmatch(text)
        return dict(zip(self.fields, found.groups(), strict=True)) if found else None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All messages of one language: those without fields, and templates, the surest first."""

    plain: dict[str, str]
    templates: tuple[Template, ...]


def compile_template(source: str, translation: str) -> Template:
    """Makes a matcher of an English template with fields ``{0}``, ``{1}``..."""
    pieces = _FIELD.split(source)
    literals, numbers = pieces[::2], tuple(map(int, pieces[1::2]))
    strict = re.escape(literals[0])
    for after in literals[1:]:
        whole = not after or _NEXT_SENTENCE.match(after)  # it may be several sentences
        strict += (_ANYTHING if whole else _NO_SENTENCE_END) + re.escape(after)
    loose = _ANYTHING.join(map(re.escape, literals))
    return Template(
        re.compile(strict, re.DOTALL),
        re.compile(loose, re.DOTALL),
        tuple(filter(None, literals)),
        numbers,
        translation,
    )


@cache
def load_catalogue(language: str, folder: Path = FOLDER) -> Catalogue:
    """The catalogue of a language; an empty one, with a line in the log, when it is unreadable."""
    path = folder / f"messages_{language}.json"
    states = folder / f"services_{language}.json"
    try:
        groups = json.loads(path.read_text(encoding="utf-8"))
        if states.exists():
            groups |= json.loads(states.read_text(encoding="utf-8"))
        entries = {en: text for group in groups.values() for en, text in group.items()}
    except (OSError, ValueError, AttributeError) as error:
        _log.error("no messages in %s: %s", path, error)
        return Catalogue({}, ())
    templates = [compile_template(en, text) for en, text in entries.items() if _FIELD.search(en)]
    templates.sort(key=lambda template: -template.weight)
    plain = {en: text for en, text in entries.items() if not _FIELD.search(en)}
    return Catalogue(plain, tuple(templates))


class Messages:
    """Translates messages into the interface's language, which may change at any time."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._known: dict[str, str] = {}

    @property
    def language(self) -> str:
        """The language of the messages to come: "ko" or "en"."""
        return self._language

    @language.setter
    def language(self, language: str) -> None:
        self._language = language
        self._known.clear()

    def translate(self, text: str) -> str:
        """`text` in the words of the interface; unknown text as it is."""
        if not text or len(text) > LONGEST:
            return text
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= CACHE_ENTRIES:
                self._known.clear()
            known = _translate(load_catalogue(self._language), text, DEPTH)
            if self._language == "ko":
                known = resolve_particles(known)
            self._known[text] = known
        return known

    def event(self, event: ev.Event) -> ev.Event:
        """`event` with its messages translated; events without any are returned as they are."""
        say = self.translate
        match event:
            case ev.NoticeRaised():
                return replace(event, message=say(event.message), hint=say(event.hint))
            case ev.ProgressReported(task=task):
                known = task.startswith("runtime:")  # other titles are names of files and models
                title = say(event.title) if known else event.title
                return replace(event, title=title, error=say(event.error))
            case ev.SourceChanged() | ev.RecogniserChanged():
                return replace(event, detail=say(event.detail))
        return event


def _translate(catalogue: Catalogue, text: str, depth: int) -> str:
    """`text` as one message, or what of it can be translated."""
    if depth == 0 or not text.strip():
        return text
    said = _as_one(catalogue, text, depth)
    return _piecewise(catalogue, text, depth - 1) if said is None else said


def _as_one(catalogue: Catalogue, text: str, depth: int) -> str | None:
    if text in catalogue.plain:
        return catalogue.plain[text]
    # First as sentences end; a name may hold what looks like the end of one.
    for strictly, template in product((True, False), catalogue.templates):
        found = template.match(text, strictly=strictly)
        if found is not None:
            said = {n: _translate(catalogue, part, depth - 1) for n, part in found.items()}
            return _fill(template.translation, said)
    return None


def _fill(template: str, values: dict[int, str]) -> str:
    return _FIELD.sub(lambda field: values[int(field[1])], template)


def _piecewise(catalogue: Catalogue, text: str, depth: int) -> str:
    """Sentence by sentence; a fragment that became a sentence; what follows "name: "."""
    bare = text.strip()
    if bare != text:
        return text.replace(bare, _translate(catalogue, bare, depth), 1)
    sentences = _SENTENCE_END.split(text)
    if len(sentences) > 1:
        return " ".join(_translate(catalogue, sentence, depth) for sentence in sentences)
    said = _as_one(catalogue, text[:1].lower() + text[1:].removesuffix("."), depth)
    if said is not None:
        return f"{said}." if text.endswith(".") else said
    head, colon, tail = text.partition(": ")
    return f"{head}{colon}{_translate(catalogue, tail, depth)}" if colon else text
