"""References to pages of the manual within a question: `@closing/periods.md`, or `@"a name with blanks"`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kotae.backend import Paged
from kotae.conversation import Passage

MOST = 4
"""Pages that one question can bring along."""
LONGEST = 6_000
"""Code points of one page that are sent."""
LONGEST_ALL = 12_000
"""Code points of all pages of a question together."""
_TRIED = 20
"""Names that are looked up: a text that was pasted may be full of addresses."""
_REFERENCE = re.compile(r'(?:^|(?<=[\s(（「、。]))@(?:"([^"\n]+)"|([^\s"@]+))')
_CLOSING = ".,;:!?)）」、。！？"


def reference(document: str) -> str:
    """How a question refers to a page."""
    plain = _REFERENCE.fullmatch(f"@{document}") and document == document.rstrip(_CLOSING)
    return f"@{document}" if plain else f'@"{document}"'


def referred(question: str) -> list[str]:
    """The names that a question refers to, in its order, each once; whether there are such pages is another matter."""
    names: dict[str, None] = {}
    for found in _REFERENCE.finditer(question):
        names.setdefault(found[1] or found[2])
    return list(names)


async def pages(question: str, manual: object) -> tuple[Passage, ...]:
    """The pages that a question refers to, as far as the manual has them: `MOST` at most, cut to the bounds above.

    Raises:
        KotaeError: the manual can't be read or indexed.
    """
    if not isinstance(manual, Paged):
        return ()
    found: list[Passage] = []
    room = LONGEST_ALL
    for name in referred(question)[:_TRIED]:
        if len(found) == MOST or room <= 0:
            break
        for tried in dict.fromkeys((name, name.rstrip(_CLOSING))):
            page = await manual.page(tried, min(LONGEST, room)) if tried else None
            if page is not None:
                found.append(page)
                room -= len(page.text)
                break
    return tuple(found)


def with_titles(question: str, found: Sequence[Passage]) -> str:
    """`question` with the references to the pages found replaced by their titles, as a model or a search can read it."""
    titles = {page.document: page.title or page.document for page in found}
    return _REFERENCE.sub(lambda match: _titled(match, titles), question)


def _titled(match: re.Match[str], titles: Mapping[str, str]) -> str:
    name = match[1] or match[2]
    stem = name if name in titles else name.rstrip(_CLOSING)
    return f"“{titles[stem]}”{name[len(stem) :]}" if stem in titles else match[0]


def as_text(found: Sequence[Passage]) -> str:
    """The pages as a model is given them."""
    written = (f"# {page.title or page.document}\n{page.text}" for page in found)
    return "Pages of the manual that the question names:\n\n" + "\n\n".join(written)
