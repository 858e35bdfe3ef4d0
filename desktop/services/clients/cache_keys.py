"""Keys of the cache.  Everything a value depends on is in its key, so nothing stale is found."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence


def embedding_key(model: str, text: str, *, query: bool, max_tokens: int = 0) -> str:
    """Of a text's vectors.

    Args:
        model: name and revision.
        query: questions and documents may be embedded differently.
        max_tokens: where the text is cut; 0 where the model decides.
    """
    mode = "query" if query else "document"
    return _key("embedding-1", [model, mode, max_tokens, unicodedata.normalize("NFC", text)])


def _key(kind: str, parts: Sequence[object]) -> str:
    """JSON keeps the parts apart: no text can pretend to be another's parts."""
    text = json.dumps(parts, ensure_ascii=False)
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
