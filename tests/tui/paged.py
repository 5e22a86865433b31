"""An engine whose manual has pages that can be named."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kotae.backend import PageName
from kotae.commands import Command
from kotae.conversation import Passage
from kotae.events import Progress
from tests.tui.scripted import Scripted, engine_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kotae.conversation import Message
    from kotae.engine import Engine

TITLES = {
    "closing/periods.md": "会計期間",
    "closing/reopening-periods.md": "Reopening a period",
    "admin/my notes.md": "Notes [bold]not bold[/]\x1b[31m",
}


@dataclass
class Listed:
    """A manual whose pages can be named."""

    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    failure: Exception | None = None

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None: ...

    async def search(
        self,
        query: str,
        top: int = 5,
        progress: Callable[[Progress], None] | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        return []

    async def known(self, terms: Sequence[str]) -> set[str]:
        return set()

    async def pages(
        self, typed: str, top: int = 20, progress: Callable[[Progress], None] | None = None
    ) -> list[PageName]:
        self.asked.append(typed)
        if self.gate is not None:
            if progress is not None:
                progress(Progress("Building the index", 1, 4))
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return [
            PageName(document=path, title=title)
            for path, title in TITLES.items()
            if typed.casefold() in path or typed in title
        ]

    async def page(self, document: str, limit: int) -> Passage | None:
        if document not in TITLES:
            return None
        return Passage(
            id=document, document=document, title=TITLES[document], text="Only a Controller."[:limit]
        )


def paged(manual: Listed | None = None, *commands: Command, base: Scripted | None = None) -> Engine:
    engine = engine_of(base or Scripted("base"), Scripted("rag", "rag"))
    return replace(engine, manual=manual or Listed(), commands=commands)
