"""The prompts of the language model: files with a version, and the question put into them.  Pure.

The system prompt is static and comes first, so that the server's prefix cache holds it; history,
passages and the question follow.  Passages stand between lines with a random code, new for every
request, so that no document can end the quotation (faults: D66).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from desktop.paths import RESOURCES
from desktop.services.clients.language_model import Message
from desktop.services.rag.plain import visible

NO_ANSWER = "NO_ANSWER"
_LANGUAGES = {"ko": "Korean", "en": "English"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's text and the name of its version, which is part of a cached answer's key."""

    version: str
    text: str


class Asked(Protocol):
    """A turn of the conversation before."""

    @property
    def question(self) -> str: ...

    @property
    def answer(self) -> str: ...


def load(version: str) -> Prompt:
    """The prompt ``resources/prompts/<version>.txt``."""
    path = RESOURCES / "prompts" / f"{version}.txt"
    return Prompt(version, path.read_text(encoding="utf-8").strip())


def tokens(text: str) -> int:
    """About how many tokens `text` is, rather too many: 3.5 Latin letters or one syllable each."""
    latin = sum(char.isascii() for char in text)
    return int(latin / 3.5 + (len(text) - latin) / 1.1) + 1


def fitted(texts: Sequence[str], budget: int) -> list[str]:
    """As many of `texts` as fit into `budget` tokens, the last one cut short; at least a part."""
    fitting: list[str] = []
    left = budget
    for text in texts:
        need = tokens(text)
        if need > left:
            share = left / need
            cut = text[: int(len(text) * share)].rsplit(" ", 1)[0]
            if cut and (share > 0.3 or not fitting):
                fitting.append(cut)
            break
        fitting.append(text)
        left -= need
    return fitting


def answer_messages(
    prompt: Prompt,
    question: str,
    passages: Sequence[tuple[str, str]],
    turns: Sequence[Asked],
    language: str,
) -> tuple[Message, ...]:
    """What the model is asked.

    Args:
        passages: (where it is from, its text) of each, in the order of their numbers.
        turns: the conversation before, oldest first.
        language: "ko" or "en", to answer in.
    """
    code = secrets.token_hex(8)
    quoted = "\n\n".join(
        f"[{number}] ({_one_line(source)})\n{_without(code, visible(text))}"
        for number, (source, text) in enumerate(passages, 1)
    )
    messages = [Message("system", prompt.text)]
    for turn in turns:
        messages.append(Message("user", visible(turn.question)))
        messages.append(Message("assistant", visible(turn.answer)))
    messages.append(
        Message(
            "user",
            f"<<<passages {code}\n{quoted}\npassages {code}>>>\n\n"
            f"Question: {visible(question)}\nAnswer in {_LANGUAGES[language]}.",
        )
    )
    return tuple(messages)


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())[:160]


def _without(code: str, text: str) -> str:
    return text.replace(code, "").replace("<<<", "< < <").replace(">>>", "> > >")
