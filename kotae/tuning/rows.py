"""Rows to train on: chat messages, one row a line, as fine-tuning services take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import Any

from kotae.language import Language, language_of


@dataclass(frozen=True)
class Row:
    """One row that has the form of one."""

    line: int
    """Its line in the file, from 1."""
    messages: tuple[Mapping[str, Any], ...]
    """`role` and `content` of each; the last is the assistant's."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What is said of the row beside its messages: `pages`, `support`, `kind`."""
    rejected: str = ""
    """Of a preference row, the answer that is not preferred; empty for others."""

    @cached_property
    def question(self) -> str:
        """The user's last words."""
        return next((text(m) for m in reversed(self.messages) if m.get("role") == "user"), "")

    @cached_property
    def answer(self) -> str:
        """What is learnt: the assistant's last words."""
        return text(self.messages[-1]) if self.messages else ""

    @cached_property
    def system(self) -> str:
        """The instruction that the conversation begins with; empty when there is none."""
        first = takewhile(lambda m: m.get("role") in ("system", "developer"), self.messages)
        return "\n".join(map(text, first))

    @cached_property
    def history(self) -> tuple[Mapping[str, Any], ...]:
        """What user and assistant said before the last question."""
        said = [m for m in self.messages if m.get("role") in ("user", "assistant")]
        last = max(place for place, m in enumerate(said) if m["role"] == "user")
        return tuple(said[:last])

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The documents that it was made from, where that is said."""
        return pages_of(self.metadata)

    @cached_property
    def language(self) -> Language:
        """The language that it is written in."""
        return language_of(f"{self.question}\n{self.answer}")


def text(message: Mapping[str, Any]) -> str:
    """The words of a message; of one in parts, those of its text parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def pages_of(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The documents that `pages` or `page` names, a list or one."""
    given = told.get("pages") or told.get("page") or ()
    given = [given] if isinstance(given, str) else given
    return tuple(page for page in given if isinstance(page, str)) if isinstance(given, (list, tuple)) else ()
