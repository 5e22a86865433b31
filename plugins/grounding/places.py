"""Where a sentence says something: as a whole and clause by clause, with what a clause leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from plugins.grounding.clauses import spans
from plugins.grounding.evidence import with_single_kanji
from plugins.grounding.numbers import quantities
from plugins.grounding.slots import Slot, slots
from plugins.grounding.text import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.text import Token


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence, or a clause of it: its words and slots, offsets in its text."""

    keys: frozenset[str]
    slots: tuple[Slot, ...]
    text: str
    left_out: frozenset[str] = frozenset()
    """The words of what it leaves out."""


_VERB = re.compile(
    r"\b(?:can|may|must|shall|should|will|is|are|was|were|be|has|have|had|needs?|does|do|get|gets|takes?|costs?|holds?|lasts?)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^(?:and|or|but|then)\s+(?!(?:the|an?|no|any|each|every|it|they|this|these|you|we)\b)(?=[a-z])"
)
_FEW = 2
"""Words of a clause that leaves out its verb: `children three`."""


@lru_cache(maxsize=2048)
def places(sentence: str) -> tuple[Place, ...]:
    """A normalised sentence as a whole and clause by clause.

    A clause has what it leaves out: its verb and unit (`Adults may have six holds, children three`), or who or what it is said of
    (`A draft is begun by a clerk and takes effect once the manager has approved it`).
    """
    found: list[Place] = []
    head: Place | None = None
    for at, text in enumerate(sentence[start:end] for start, end in spans(sentence)):
        words = tokens(text)
        keys = frozenset(word.key for word in words)
        if at == 0:
            keys = with_single_kanji(keys)
        place = Place(keys, slots(text), text)
        if at > 1 and head is not None and text.isascii():
            place = _filled_in(place, words, head)
        if at == 1:
            head = place
        found.append(place)
    return tuple(found)


def _filled_in(place: Place, words: Sequence[Token], head: Place) -> Place:
    """A clause with what it leaves out because the first one has it."""
    verb = _VERB.search(head.text)
    if verb is None:
        return place
    subject = frozenset(word.key for word in tokens(head.text[: verb.start()]))
    numbers = quantities(place.text)
    counted = next((slot for slot in head.slots if slot.kind == "number"), None)
    if numbers and counted is not None and len(words) <= _FEW and not _VERB.search(place.text):
        bare = (Slot(n.start, n.end, "number", n.value, counted.unit) for n in numbers if not n.unit)
        return Place(place.keys, (*place.slots, *bare), place.text, head.keys - subject)
    if _GOES_ON.match(place.text):
        return Place(place.keys, place.slots, place.text, subject)
    return place
