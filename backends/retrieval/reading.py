"""Reading a manual for an index: its pages one at a time, and their passages, taken over where a page has not changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from backends.retrieval import passages
from backends.retrieval.manual import pages
from backends.retrieval.page import Page, Skipped
from backends.retrieval.previous import PageRecord, Previous, PreviousLostError
from backends.retrieval.readers.corpus import is_corpus
from kotae.conversation import Passage
from kotae.reading import Reader

_LIKE_A_PART = re.compile(r"#\d+\+*$")


class Reading:
    """All pages of a manual, and where their passages are: in the index before, or in a file of those that were cut anew."""

    def __init__(self, file: Path, before: Previous | None) -> None:
        self._file = file
        self._before = before
        self._firsts = before.firsts() if before is not None else {}
        self.pages: dict[str, PageRecord] = {}
        self.count = 0
        """How many passages there are."""
        self._cut_anew: set[str] = set()

    @property
    def is_as_before(self) -> bool:
        """Whether the pages are those of the index before."""
        return self._before is not None and not self._cut_anew and len(self.pages) == len(self._before.pages)

    def read(
        self, source: Path, skipped: list[Skipped], check: Callable[[], None], readers: Sequence[Reader] = ()
    ) -> None:
        """Read all pages. `check` is called between two, and may raise.

        Raises:
            ManualError: there is no such manual, or it can't be read.
        """
        with self._file.open("wb") as file:
            for page in pages(source, skipped, readers):
                check()
                digest = page.digest
                before = self._before.pages.get(page.id) if self._before is not None else None
                if before is not None and before.digest == digest and before.passages:
                    self._take(page.id, before)
                    continue
                try:
                    lines = [msgspec.json.encode(passage) for passage in passages.cut(page)]
                except UnicodeEncodeError:
                    skipped.append(Skipped(_place(page), "holds half of a character"))
                    continue
                if not lines:
                    skipped.append(Skipped(_place(page), "nothing in it to search"))
                    continue
                file.writelines(line + b"\n" for line in lines)
                self._take(page.id, PageRecord(digest, len(lines)))
                self._cut_anew.add(page.id)

    def passages(self) -> Iterator[Passage]:
        """All passages in the manual's order, with unique ids.

        A part of the page `a` may not be called `a#1` where a page is. Pages keep their ids; what a part is called depends on the
        manual alone, not on what was taken over from an older index.
        """
        taken = {page for page in self.pages if _LIKE_A_PART.search(page)}
        decoder = msgspec.json.Decoder(Passage)
        with self._file.open("rb") as file:
            for page, record in self.pages.items():
                anew = page in self._cut_anew
                for number in range(record.passages):
                    if anew:
                        passage = decoder.decode(file.readline())
                    else:
                        assert self._before is not None
                        passage = self._before.passage(self._firsts[page] + number)
                        if passage.document != page:
                            raise PreviousLostError
                    yield _told_apart(passage, taken)

    def _take(self, page: str, record: PageRecord) -> None:
        self.pages[page] = record
        self.count += record.passages


def _place(page: Page) -> str:
    return f"{page.source}:{page.line}" if is_corpus(page.source) else page.id


def _told_apart(passage: Passage, taken: set[str]) -> Passage:
    if passage.id == passage.document:
        return passage
    name = passage.id.rstrip("+")
    while name in taken:
        name += "+"
    return passage if name == passage.id else replace(passage, id=name)
