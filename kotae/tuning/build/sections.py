"""What rows are made from: the sections of a manual's pages, and sections of different pages that belong together.

Two sections belong together when one links to the other's page, or else when they share terms that few pages have. Rare terms count
by inverse document frequency (Spärck Jones 1972) over pages.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from kotae.language import Language, language_of
from kotae.tuning.lint.words import content

LONGEST = 6000
"""Characters of a section that are sent at once; a longer one is cut between paragraphs."""
_SHORTEST = 40
"""Bytes of text without which nothing can be asked (seven words, or thirteen kana); such a section is joined to the one before."""
_DEEPEST = 3
"""Headings of a lower level begin no section."""
_FEW_PAGES = 4
"""A term that more pages have is not rare."""
_SHARED = 2
"""Rare terms that two sections share at least, where no link joins them."""
_LETTERS = re.compile(r"[^\W\d_]")
SEPARATOR = " › "


@dataclass(frozen=True, kw_only=True)
class ManualPage:
    """A page of the manual, as its reader gives it."""

    id: str
    title: str
    text: str
    links: Mapping[str, str] = field(default_factory=dict)
    """Ids of the pages that it refers to, by what stands in its links."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a page that can be understood by itself."""

    page: str
    """The page's id."""
    title: str
    """The page's title and the headings above it."""
    text: str
    links: frozenset[str] = frozenset()
    """The pages that it refers to."""

    @property
    def language(self) -> Language:
        """The language that it is written in."""
        return language_of(self.text)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The words in it that carry meaning."""
        return frozenset(
            word
            for word in content(f"{self.title}\n{self.text}")
            if _LETTERS.search(word) and len(word) > (2 if word.isascii() else 1)
        )


def sections(pages: Iterable[ManualPage], targets: Callable[[str], Iterable[str]]) -> list[Section]:
    """The sections of all pages, in their order.

    Args:
        targets: what the links in a Markdown text name, as the keys of `ManualPage.links`.
    """
    found = []
    for page in pages:
        for title, text in _joined(_cut(page)):
            for part in _parts(text):
                named = frozenset(page.links[name] for name in targets(part) if name in page.links)
                found.append(Section(page=page.id, title=title, text=part, links=named - {page.id}))
    return found


def spread(sections: Sequence[Section], limit: int) -> list[Section]:
    """At most `limit` sections, evenly over the manual."""
    if len(sections) <= limit:
        return list(sections)
    return [sections[place * len(sections) // limit] for place in range(limit)]


def whole_pages(chosen: Iterable[Section], pages: Iterable[ManualPage]) -> list[Section]:
    """The pages that the chosen sections are of, each as one section, cut after `LONGEST` characters."""
    of_chosen: dict[str, Section] = {}
    for section in chosen:
        of_chosen.setdefault(section.page, section)
    titles = {page.id: page for page in pages}
    return [
        replace(section, title=titles[name].title, text=next(_parts(titles[name].text)))
        for name, section in of_chosen.items()
    ]


def groups(chosen: Iterable[Section], everything: Sequence[Section]) -> list[tuple[Section, ...]]:
    """Two and three sections of different pages that belong together: for each chosen section at most one pair, for each page at
    most one group of three, none twice."""
    known = _Shared(everything)
    found: dict[frozenset[tuple[str, str]], tuple[Section, ...]] = {}
    threefold: set[str] = set()
    for section in chosen:
        partner = known.partner(section, {section.page})
        if partner is None:
            continue
        found.setdefault(_key(section, partner), (section, partner))
        if section.page in threefold:
            continue
        third = known.partner(partner, {section.page, partner.page}) or known.partner(
            section, {section.page, partner.page}
        )
        if third is not None:
            threefold.add(section.page)
            found.setdefault(_key(section, partner, third), (section, partner, third))
    return list(found.values())


class _Shared:
    """Which sections share rare terms."""

    def __init__(self, everything: Sequence[Section]) -> None:
        self._of_page: dict[str, list[Section]] = defaultdict(list)
        pages: dict[str, set[str]] = defaultdict(set)
        self._having: dict[str, list[Section]] = defaultdict(list)
        for section in everything:
            self._of_page[section.page].append(section)
            for term in section.terms:
                pages[term].add(section.page)
                self._having[term].append(section)
        count = len(self._of_page)
        self._weight = {
            term: math.log(count / len(on)) for term, on in pages.items() if 2 <= len(on) <= _FEW_PAGES
        }

    def partner(self, section: Section, apart_from: set[str]) -> Section | None:
        """The section of another page that belongs to it most; of two alike, the earlier one."""
        linked = [
            other
            for page in sorted(section.links - apart_from)
            for other in self._of_page.get(page, ())
            if other.language == section.language
        ]
        if linked:
            return max(linked, key=lambda other: self._shared(section, other)[1])
        near = {
            (other.page, other.title): other
            for term in sorted(section.terms & self._weight.keys())
            for other in self._having[term]
            if other.page not in apart_from and other.language == section.language
        }
        scored = [(*self._shared(section, other), other) for other in near.values()]
        enough = [(weight, other) for count, weight, other in scored if count >= _SHARED]
        return min(enough, key=lambda one: (-one[0], one[1].page, one[1].title))[1] if enough else None

    def _shared(self, one: Section, other: Section) -> tuple[int, float]:
        shared = sorted(one.terms & other.terms & self._weight.keys())
        return len(shared), sum(self._weight[term] for term in shared)


def _key(*found: Section) -> frozenset[tuple[str, str]]:
    return frozenset((section.page, section.title) for section in found)


def _cut(page: ManualPage) -> Iterator[tuple[str, str]]:
    """The headings above each section, and its text."""
    from markdown_it import MarkdownIt

    lines = page.text.split("\n")
    begin, above = 0, [page.title]
    tokens = MarkdownIt("commonmark").disable("inline").parse(page.text)
    for at, token in enumerate(tokens):
        if token.type != "heading_open" or token.level or token.map is None or token.tag[1:] > str(_DEEPEST):
            continue
        yield _titled(above), "\n".join(lines[begin : token.map[0]]).strip()
        level, begin = int(token.tag[1:]), token.map[1]
        words = " ".join(tokens[at + 1].content.split())
        above = [page.title, *above[1 : max(1, level - 1)]]
        if words != page.title:
            above.append(words)
    yield _titled(above), "\n".join(lines[begin:]).strip()


def _titled(above: Sequence[str]) -> str:
    return SEPARATOR.join(filter(None, above))


def _joined(parts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """With what is too short for a section of its own added to the one before, or before the one after."""
    found: list[tuple[str, str]] = []
    kept = named = ""
    for title, text in parts:
        if len("".join(text.split()).encode("utf-8", "replace")) >= _SHORTEST:
            found.append((title, f"{kept}\n\n{text}".strip()))
            kept = ""
        elif text and found:
            found[-1] = found[-1][0], f"{found[-1][1]}\n\n{text}"
        elif text:
            kept = f"{kept}\n\n{text}".strip()
            named = title
    return found or ([(named, kept)] if kept else [])


def _parts(text: str) -> Iterator[str]:
    """A text in parts of at most `LONGEST` characters, cut between paragraphs where there are any."""
    while len(text) > LONGEST:
        at = max(text.rfind("\n\n", 0, LONGEST), text.rfind("\n", LONGEST // 2, LONGEST))
        at = at if at > LONGEST // 4 else LONGEST
        yield text[:at].strip()
        text = text[at:].strip()
    if text:
        yield text
