"""HTML by selectolax: what a reader sees, with headings and tables; hidden parts left out."""

from __future__ import annotations

import re
from typing import IO, Any

from desktop.services.documents.extracted import Extracted
from desktop.services.documents.parsers import building
from desktop.services.documents.parsers.building import TextBuilder
from desktop.services.documents.parsers.decoding import decode

_UNREAD = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "head",
    "select", "option", "canvas",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li",
    "main", "nav", "ol", "p", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
})  # fmt: skip
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])", re.I
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MAX_DEPTH = 400


def extract(source: IO[bytes]) -> Extracted:
    from selectolax.lexbor import LexborHTMLParser

    builder = TextBuilder("html")
    text, _ = decode(source.read(), declared=True)
    tree = LexborHTMLParser(text)
    title = tree.css_first("title")
    if title is not None:
        builder.title = _SPACE.sub(" ", title.text()).strip()
        builder.text(builder.title)
    if tree.body is not None:
        reader = _Reader(builder)
        reader.walk(tree.body, 0)
        reader.flush()
    return builder.build()


class _Reader:
    """Walks the tree in reading order."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._inline: list[str] = []

    def flush(self) -> None:
        text = _SPACE.sub(" ", "".join(self._inline)).strip()
        self._inline.clear()
        if text:
            self._builder.text(text)

    def walk(self, node: Any, depth: int) -> None:
        child = node.child
        while child is not None:
            self._visit(child, depth)
            child = child.next

    def _visit(self, node: Any, depth: int) -> None:
        tag = node.tag
        if tag == "-text":
            self._inline.append(node.text_content or "")
        elif tag in _UNREAD or tag.startswith(("-", "!", "_")):
            return
        elif _is_hidden(node):
            if (node.text() or "").strip():
                self._builder.warn(building.HIDDEN_TEXT)
        elif len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self.flush()
            self._builder.heading(node.text(separator=" ").strip(), int(tag[1]))
        elif tag == "pre":
            self.flush()
            self._builder.code(node.text() or "")
        elif tag == "table" and not node.css("table table"):
            self.flush()
            self._builder.table(
                [cell.text(separator=" ") for cell in row.css("td, th")] for row in node.css("tr")
            )
        elif depth > _MAX_DEPTH:
            self._inline.append(node.text(separator=" ") or "")
        elif tag in _BLOCKS:
            self.flush()
            self.walk(node, depth + 1)
            self.flush()
        else:
            self.walk(node, depth + 1)


def _is_hidden(node: Any) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))
