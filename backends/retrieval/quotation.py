"""What was chosen to be quoted, as Markdown: in reading order, each quotation with the number of its passage.

Sentences that follow each other are one quotation; the rows of a table stand below its head, the items of a list below the sentence
that leads into it, or else below their heading; the steps between two that were chosen are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from backends.retrieval.quotable import Quotable, quotables
from backends.retrieval.quoting import Pick
from kotae.conversation import Passage

_FENCE = re.compile(r"`{3,}|~{3,}")


def quotation(picks: Iterable[Pick], passages: Sequence[Passage]) -> Iterator[str]:
    """The blocks of the answer; joined by empty lines they are its text.

    Pages come in the order that the search gave them, what is of one page in the page's order.
    """
    chosen = sorted(picks, key=lambda pick: (*_position(passages, pick.passage), pick.part))
    above = ""
    for place, of_passage in groupby(chosen, key=lambda pick: pick.passage):
        parts = quotables(passages[place].title, passages[place].text)
        numbers = [pick.part for pick in of_passage]
        for _, of_group in groupby(numbers, key=lambda number: (parts[number].group, parts[number].kind)):
            group = list(of_group)
            first = parts[group[0]]
            if (heading := _heading(first)) and heading != above:
                yield heading
            above = heading or above
            yield from _blocks(parts, group, f"[{place + 1}]")


def _position(passages: Sequence[Passage], place: int) -> tuple[int, int, int]:
    document = passages[place].document
    page = next(at for at, passage in enumerate(passages) if passage.document == document)
    return page, passages[place].line or 0, place


def _heading(part: Quotable) -> str:
    """What has to stand above a part that is no sentence, where no sentence leads into it."""
    if part.kind == "sentence" or (part.lead and part.kind != "row"):
        return ""
    words = " ".join(part.heading.replace("*", "").split())
    return f"**{words}**" if words else ""


def _blocks(parts: Sequence[Quotable], numbers: Sequence[int], cite: str) -> Iterator[str]:
    first = parts[numbers[0]]
    if first.kind == "sentence":
        for run in _runs(_with_previous(parts, numbers)):
            yield f"{_spaced([parts[number].text for number in run])} {cite}"
    elif first.kind == "row":
        yield "\n".join([first.lead, *(_cited_row(parts[number].text, cite) for number in numbers)])
    elif first.kind == "code":
        yield "\n\n".join(filter(None, (first.lead, first.text, cite)))
    else:
        lead = f"{first.lead}\n\n" if first.lead else ""
        if first.kind == "item":
            yield lead + "\n".join(_item(parts[number], cite) for number in _with_steps(parts, numbers))
        else:
            yield f"{lead}{first.text} {cite}"


def _with_previous(parts: Sequence[Quotable], numbers: Sequence[int]) -> list[int]:
    """With the sentence before one that points back to it."""
    before = {number - 1 for number in numbers if parts[number].points_back}
    return sorted({*numbers, *before})


def _with_steps(parts: Sequence[Quotable], numbers: Sequence[int]) -> Sequence[int]:
    """Numbered items with those between them: a step left out would be one skipped, and Markdown would count on."""
    if parts[numbers[0]].marker[:1].isdigit():
        return range(numbers[0], numbers[-1] + 1)
    return numbers


def _runs(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Runs of numbers that follow each other."""
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        yield [number for _, number in run]


def _spaced(sentences: Sequence[str]) -> str:
    """Sentences in one paragraph; those that end as Japanese does need no blank."""
    text = sentences[0]
    for sentence in sentences[1:]:
        text += sentence if text[-1] in "。！？」』）" else f" {sentence}"
    return text


def _item(part: Quotable, cite: str) -> str:
    return f"{part.marker or '- '}{part.text} {cite}"


def _cited_row(row: str, cite: str) -> str:
    """A table row with the citation in its last cell."""
    cells = row.removesuffix("|").rstrip()
    return f"{cells} {cite} |" if row.endswith("|") else f"{row} {cite}"
