"""Markdown tables read cell by cell: what a row and a column say together stands in no sentence.

`| Clerk | yes | no |` under `| Role | May enter | May post |` says that a Clerk may enter and may not post.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ROW = re.compile(r"^\s*\|(.*)\|\s*$")
_RULE = re.compile(r"^[\s:|-]+$")
_MOST_CELLS = 400
_NO = {
    "no": "not",
    "none": "not",
    "✗": "not",
    "×": "不可",
    "x": "not",
    "不可": "不可",
    "なし": "なし",
    "—": "",
    "-": "",
}
_YES = frozenset({"yes", "✓", "✔", "○", "〇", "可", "あり"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    table: int
    """Which of a text's tables."""
    row: str
    """The row's first cell."""
    rows: str
    """The name of the column that this stands in: what the rows are."""
    column: str
    """The column's name."""
    text: str

    def answer(self) -> bool | None:
        """Whether it says yes or no; None: it says something else."""
        low = self.text.lower()
        return True if low in _YES else False if _NO.get(low) else None

    def sentence(self) -> str:
        """The three together, yes and no put into words."""
        return _sentence(self.row, self.column, self.text)


def cells(text: str) -> list[Cell]:
    """The cells of each table in a text, but for the first of each row and column."""
    found: list[Cell] = []
    head: list[str] = []
    table = 0
    for line, after in zip(lines := text.split("\n"), [*lines[1:], ""], strict=True):
        match = _ROW.match(line)
        if not match:
            head = []
            continue
        if _RULE.match(line):
            continue
        row = [cell.strip() for cell in match[1].split("|")]
        if _RULE.match(after) and "-" in after:
            head, table = row, table + 1
        elif head and len(head) == len(row) > 1:
            found += [
                Cell(table, row[0], head[0], name, cell)
                for name, cell in zip(head[1:], row[1:], strict=True)
                if cell
            ]
            if len(found) > _MOST_CELLS:
                break
    return found[:_MOST_CELLS]


def _sentence(row: str, column: str, cell: str) -> str:
    low = cell.lower()
    if low in _YES:
        return f"{row} {column}"
    if low in _NO:
        no = _NO[low]
        return f"{row} {no} {column}" if no.isascii() else f"{row} {column}{no}"
    return f"{row} {column} {cell}"
