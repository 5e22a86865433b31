"""Claims that name a row of a table and say what it does not.

`5300 is shown under net sales`, which is where 4100 is shown (`slots.py` does the same for numbers), and `A clerk may post` where
the row `Clerk` has a no under `May post`, or `may not` where it has a yes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from plugins.grounding.polarity import Opposition, denials
from plugins.grounding.slots import Mismatch, Slot
from plugins.grounding.text import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.evidence import Evidence, Sentence
    from plugins.grounding.tables import Cell

_LEAST = 1.5
"""Weight of an entry's words: `Yes` and `Draft` are in too many cells, and in too many claims."""
_OTHERWISE = re.compile(
    r"\b(?:also|unlike|than|other|others|else|instead|without|if|when|after|before|until|upgrad\w*|chang\w*|switch\w*|mov\w*|becom\w*)\b"
    r"|より|以外|ほか|他の|場合|変更|[前後]|なし",
    re.IGNORECASE,
)
"""A claim with these may speak of two rows, or of what becomes of one."""
_MOST_CELLS = 160
"""Of a table that is looked at."""
_MODAL = re.compile(r"^\s*(?:may|can|must|allowed to)\s+", re.IGNORECASE)
_STANDS = re.compile(
    r"\b(?:means?|says?|stands?|shown|listed|belongs?|(?:is|are) (?:on|in|under))\b[^,;]*$|は[^、]*$"
)
"""What stands between a row and what it has: `5300 is shown under`, `5300は`."""


def misplaced(plain: str, evidence: Evidence) -> Mismatch | None:
    """The entry of a claim (normalised) that stands in the same column of another row; None where there is none."""
    if not evidence.cells or denials(plain) or _OTHERWISE.search(plain):
        return None
    said, low = _keys(plain), plain.lower()
    tables: dict[tuple[int, int], list[Cell]] = defaultdict(list)
    for passage, cell in evidence.cells:
        tables[passage, cell.table].append(cell)
    for (passage, _), cells in tables.items():
        meant = {cell.row for cell in cells if _is_named(cell.row, low, said)}
        if len(meant) != 1 or len(cells) > _MOST_CELLS:
            continue
        own = [cell for cell in cells if cell.row in meant]
        for cell in own:
            if _is_said(cell.text, low):
                continue
            found = _other_entry(cell, own, cells, plain)
            sentence = next(
                (s for s in evidence.sentences if s.passage == passage and cell.text in s.text), None
            )
            if found is not None and sentence is not None:
                slot = Slot(*found.span(), "proper", found[0].lower())
                return Mismatch(slot, cell.text, sentence, 1.0, 1.0)
    return None


def answered(plain: str, evidence: Evidence) -> tuple[Sentence, Opposition] | None:
    """The cell that says no where a claim (normalised) says in so many words that the row can do or has the column, or yes where
    the claim denies it; None where there is none."""
    if not evidence.cells:
        return None
    denied = bool(denials(plain))
    for passage, cell in evidence.cells:
        column = _MODAL.sub("", cell.column)
        if cell.answer() is not denied or not cell.row or not column:
            continue
        if (_denies if denied else _affirms)(cell.row, cell.rows, column).search(plain):
            told = cell.sentence()
            there = next((s for s in evidence.sentences if (s.passage, s.text) == (passage, told)), None)
            if there is not None:
                return there, Opposition(0, 0, "not", "") if denied else Opposition(0, 0, "", "not")
    return None


@lru_cache(maxsize=1024)
def _affirms(row: str, rows: str, column: str) -> re.Pattern[str]:
    """`A Clerk can post`, `The Free plan includes backups`, 担当者は承認できます, 無料プランにはバックアップがあります."""
    row, rows, column = map(re.escape, (row, rows, column))
    return re.compile(
        rf"(?<!\w){row}s?(?:\s+{rows}s?)?\s+(?:also\s+)?(?:(?:can|may|(?:is|are) (?:allowed|able) to)\s+(?:also\s+)?"
        rf"|(?:includes?|has|have|offers?|comes? with|supports?)\s+(?:also\s+)?(?:an?\s+|the\s+)?){column}s?(?!\w)"
        rf"|(?<![一-龥ァ-ヴー]){row}(?:{rows})?(?:[はがも](?:[^、。はがも]{{1,10}}[をの])?{column}(?:する(?:こと[がは])?)?でき(?:ます|る)"
        rf"|に[はも]{column}[がもは](?:あり(?:ます)?|付[いき]|含まれ(?:ます|る)))",
        re.IGNORECASE,
    )


@lru_cache(maxsize=1024)
def _denies(row: str, rows: str, column: str) -> re.Pattern[str]:
    """The same denied, with hardly anything after it: `A Clerk cannot post his own entries` speaks of less than the table."""
    row, rows, column = map(re.escape, (row, rows, column))
    return re.compile(
        rf"(?<!\w){row}s?(?:\s+{rows}s?)?\s+(?:(?:can ?not|can['’]t|may not|(?:is|are) not (?:allowed|able) to)\s+"
        rf"|(?:(?:has|have)\s+no|do(?:es)?(?: not|n['’]t)\s+(?:include|have|offer|support)|comes? without)\s+(?:an?y?\s+)?)"
        rf"{column}s?(?:\s+[a-z]+)?[.!]?\s*$"
        rf"|(?<![一-龥ァ-ヴー]){row}(?:{rows})?(?:[はがも](?:[^、。はがも]{{1,10}}[をの])?{column}(?:する(?:こと[がは])?)?でき(?:ません|ない)"
        rf"|に[はも]{column}[がもは](?:ありません|ない|付きません|含まれません))",
        re.IGNORECASE,
    )


def _other_entry(cell: Cell, own: Sequence[Cell], cells: Sequence[Cell], plain: str) -> re.Match[str] | None:
    """Where a claim says of a cell's row what its column has elsewhere, and its row has nowhere."""
    row = " ".join((cell.row, *(one.text for one in own))).lower()
    for other in cells:
        entry = other.text.lower()
        if (
            other.column != cell.column
            or entry in row
            or cell.text.lower() in entry
            or sum(word.weight for word in tokens(entry)) < _LEAST
        ):
            continue
        found = re.search(rf"(?<![a-z\d]){re.escape(entry)}(?![a-z\d])", plain, re.IGNORECASE)
        if found and _STANDS.search(plain, 0, found.start()):
            return found
    return None


def _is_said(entry: str, low: str) -> bool:
    """Whether a claim in small letters has an entry, or one of those that are listed in it."""
    return any(part.strip() and part.strip() in low for part in entry.lower().replace("、", ",").split(","))


def _is_named(row: str, low: str, said: frozenset[str]) -> bool:
    if any(sign.isdecimal() for sign in row):  # a code or an amount
        return re.search(rf"(?<![\w-]){re.escape(row.lower())}(?![a-z\d-])", low) is not None
    return bool(_keys(row)) and _keys(row) <= said


@lru_cache(maxsize=2048)
def _keys(text: str) -> frozenset[str]:
    return frozenset(word.key for word in tokens(text))
