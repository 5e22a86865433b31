"""A small manual held in memory and searched by counting shared words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from backends.retrieval.text import tokens
from kotae.conversation import Message, Passage
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
        self.failure: Exception | None = None
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
        wanted = set(tokens(query))
        scored = [(len(wanted & set(tokens(text))), name) for name, text in PAGES.items()]
        return [
            Passage(id=name, document=f"{name}.md", title=name.title(), text=PAGES[name], score=score)
            for score, name in sorted(scored, reverse=True)[:top]
            if score
        ]

    async def known(self, terms: Sequence[str]) -> set[str]:
        everything = unicodedata.normalize("NFKC", "\n".join(PAGES.values())).casefold()
        return {term for term in terms if unicodedata.normalize("NFKC", term).casefold() in everything}
