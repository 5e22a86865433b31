"""A small manual of our own, held in memory and searched by counting shared words."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from kotae.claims import claims, groundedness
from kotae.conversation import Flag, Message, Passage
from plugins.grounding import flag_answer
from plugins.grounding.text import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kotae.errors import KotaeError
    from kotae.events import Progress

PAGES = {
    "invoices": "Open Sales › Invoices and choose New Invoice. An invoice is due 30 days after its date.",
    "about": "Komorebi Ledger is accounting software for small companies. It runs in the browser.",
    "closing": "To close the month, check the open items and lock the period. Posted invoices cannot be deleted.",
    "denpyo": "請求書は「請求書一覧」画面で作成します。支払期限は30日後です。",
}


class SmallManual:
    """Implements `kotae.backend.Manual`; notes what it was asked."""

    def __init__(self) -> None:
        self.searched: list[str] = []
        self.failure: KotaeError | None = None
        """Raised by every search while it is set."""

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None:
        """Nothing to do: the pages are in memory."""

    async def search(
        self,
        query: str,
        top: int = 5,
        progress: Callable[[Progress], None] | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        self.searched.append(query)
        if self.failure is not None:
            raise self.failure
        wanted = {token.key for token in tokens(query)}
        scored = [(len(wanted & {token.key for token in tokens(text)}), name) for name, text in PAGES.items()]
        return [
            Passage(id=name, document=f"{name}.md", title=name.title(), text=PAGES[name], score=score)
            for score, name in sorted(scored, reverse=True)[:top]
            if score
        ]

    async def known(self, terms: Sequence[str]) -> set[str]:
        everything = unicodedata.normalize("NFKC", "\n".join(PAGES.values())).casefold()
        return {term for term in terms if unicodedata.normalize("NFKC", term).casefold() in everything}


@pytest.fixture
def manual() -> SmallManual:
    return SmallManual()


@pytest.fixture
def invoices() -> Passage:
    return Passage(id="invoices", document="invoices.md", title="Invoices", text=PAGES["invoices"])


async def check(question: str, answer: str, context: list[str]) -> tuple[list[Flag], float | None]:
    """The flags of an answer that are shown at the balanced threshold, and the share of claims that none of them touches."""
    passages = tuple(
        Passage(id=str(n), document="", title="", text=text) for n, text in enumerate(context, 1) if text.strip()
    )
    found = await flag_answer(question, answer, passages=passages, manual=None, history=(), final=True)
    if found is None:
        return [], None
    flags = [flag for flag in found if flag.score >= 0.5]
    return flags, groundedness(claims(answer), flags)
