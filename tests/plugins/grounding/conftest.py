"""A small manual of our own, held in memory and searched by counting shared words."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from kotae.claims import claims, questions
from kotae.conversation import Flag, Message, Passage
from plugins.grounding.case import Case, Finding
from plugins.grounding.judge import judge
from plugins.grounding.judging import Judging, Setting
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


async def _here(case: Case) -> Finding:
    return judge(case)


async def flags_of(
    answer: str,
    *,
    question: str = "",
    passages: tuple[Passage, ...] = (),
    manual: SmallManual | None = None,
    history: tuple[Message, ...] = (),
    final: bool = True,
    judging: Judging | None = None,
    threshold: float = 0.5,
) -> list[Flag]:
    """The flags of an answer that reach a threshold, judged in this process."""
    setting = Setting(question, history, passages, manual)
    arriving = not final
    found = await (judging or Judging(_here)).judge(
        claims(answer, arriving=arriving), questions(answer, arriving=arriving), setting
    )
    return [flag for flag in found if flag.score >= threshold]


async def check(answer: str, context: str, threshold: float = 0.5) -> list[Flag]:
    """The flags of an answer that is held against one text."""
    passage = Passage(id="1", document="", title="", text=context)
    return await flags_of(answer, passages=(passage,), threshold=threshold)


@pytest.fixture
def judging() -> Judging:
    """Judges in this process, and remembers."""
    return Judging(_here)
