"""The pages of an index by name, and what each says: for whoever names a page instead of searching for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from backends.retrieval.index import Index
from backends.retrieval.passages import SEPARATOR
from kotae.backend import PageName
from kotae.conversation import Passage

_APART = frozenset(" /-_.:・　›")


@dataclass(frozen=True)
class _Page:
    name: PageName
    passages: list[int]
    path: str
    """Its path or id, as it is compared."""
    title: str
    """The same of its title."""


class PageList:
    """The pages of one version of an index. Made at once; its passages are read when it is first asked."""

    def __init__(self, index: Index) -> None:
        self.index = index

    @cached_property
    def _pages(self) -> dict[str, _Page]:
        pages: dict[str, _Page] = {}
        for number, passage in enumerate(self.index.passages):
            page = pages.get(passage.document)
            if page is None:
                title = passage.title.partition(SEPARATOR)[0]
                name = PageName(document=passage.document, title=title)
                page = _Page(name, [], _folded(passage.document), _folded(title))
                pages[passage.document] = page
            page.passages.append(number)
        return pages

    def matching(self, typed: str, top: int) -> Sequence[PageName]:
        """The best `top` pages whose path or title has `typed` in it: those that begin with it first, then words that do."""
        wanted = _folded(typed)
        found = []
        for page in self._pages.values():
            rank = min(_rank(page.path, wanted), _rank(page.path.rpartition("/")[2], wanted))
            rank = min(rank, _rank(page.title, wanted))
            if rank < _NOT:
                found.append((rank, page.path, page.name))
        found.sort(key=lambda item: item[:2])
        return [name for _, _, name in found[:top]]

    def page(self, document: str, limit: int) -> Passage | None:
        """A page as one passage, its text cut after `limit` code points; None when there is none of that name."""
        page = self._pages.get(document)
        if page is None:
            return None
        parts: list[str] = []
        room, heading = limit, ""
        first = self.index.passages[page.passages[0]]
        for number in page.passages:
            passage = self.index.passages[number]
            below = passage.title.partition(SEPARATOR)[2]
            text = f"## {below}\n\n{passage.text}" if below and below != heading else passage.text
            heading = below
            parts.append(text[: max(0, room)])
            room -= len(text) + 2
            if room <= 0:
                break
        whole = replace(first, id=document, title=page.name.title, text="\n\n".join(parts), links=())
        return self.index.handed_out(whole)


_NOT = 3


def _rank(name: str, wanted: str) -> int:
    place = name.find(wanted)
    if place < 0:
        return _NOT
    return 0 if place == 0 else 1 if name[place - 1] in _APART else 2


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
