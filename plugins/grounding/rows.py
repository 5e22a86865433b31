"""Numbers that a table has in another row or column than the one that a claim names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from plugins.grounding.numbers import rivals
from plugins.grounding.slots import Mismatch, Slot, alike, slots
from plugins.grounding.text import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.evidence import Evidence

_CELLS = 20
"""Cells with a number that are looked at; what more of them have says nothing."""
_COMPARED = re.compile(
    r"\b(?:unlike|than|other|others|else|except|above|over|beyond|both|together|total|all|third|half|times)\b|以外|より|超|ほか|他の|合計|以上",
    re.IGNORECASE,
)


def of_another_row(slot: Slot, plain: str, own: Sequence[Slot], evidence: Evidence) -> Mismatch | None:
    """A number that a table has in another row or column than the one that the claim names.

    One that the claim gives its own number, or that it compares with others, is not the number's.
    """
    if slot.kind != "number" or _COMPARED.search(plain):
        return None
    mine = [other for other in own if other.kind == "number"]
    said = _label(plain)
    cells = [(passage, cell, _numbers(cell.text)) for passage, cell in evidence.cells]
    holding = [(passage, cell) for passage, cell, numbers in cells if any(alike(slot, n) for n in numbers)]
    if not holding or any(_named(cell.row, said) and _named(cell.column, said) for _, cell in holding):
        return None
    for passage, cell in holding[:_CELLS]:
        for other_passage, other, numbers in cells:
            same_table = (passage, cell.table) == (other_passage, other.table)
            if not same_table or any(alike(one, number) for number in numbers for one in mine):
                continue
            down = other.column == cell.column and _is_meant(other.row, cell.row, said)
            along = other.row == cell.row and _is_meant(other.column, cell.column, said)
            rival = next((number for number in numbers if rivals(slot.unit, number.unit)), None)
            if rival is not None and (down or along) and not _stated(slot, other.row, evidence):
                sentence = next(
                    (s for s in evidence.sentences if s.passage == passage and other.text in s.text), None
                )
                if sentence is not None:
                    return Mismatch(slot, other.text[rival.start : rival.end], sentence, 1.0, 1.0)
    return None


def _numbers(text: str) -> tuple[Slot, ...]:
    return tuple(slot for slot in slots(text) if slot.kind == "number")


@lru_cache(maxsize=2048)
def _label(text: str) -> frozenset[str]:
    return frozenset(word.key for word in tokens(text))


def _named(label: str, said: frozenset[str]) -> bool:
    """Whether a claim has all words of a row's or a column's name."""
    keys = _label(label)
    return bool(keys) and keys <= said


def _is_meant(label: str, other: str, said: frozenset[str]) -> bool:
    """Whether a claim has one name and of the other not a single word that is its own."""
    its_own = _label(other) - _label(label)
    return _named(label, said) and bool(its_own) and its_own.isdisjoint(said)


def _stated(slot: Slot, row: str, evidence: Evidence) -> bool:
    """Whether a sentence of any kind has the number together with the row's name."""
    return any(
        _label(row) <= sentence.keys and any(alike(slot, number) for number in _numbers(sentence.text))
        for sentence in evidence.sentences
    )
