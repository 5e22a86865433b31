"""Citations in an answer: `[1]` stands for the first passage it was given."""

from __future__ import annotations

import re

_NUMBERS = r"\d{1,3}(?:\s*[,、]\s*\d{1,3})*"
_CITATION = re.compile(rf"\[({_NUMBERS})\]")
_MARK = re.compile(rf"\s*\[{_NUMBERS}\]|\s*\[[\d\s,、]*$")
"""With the blank before it; at the end also one that is still coming."""
_CODE_OR_MARK = re.compile(rf"(?s)(```.*?(?:```|$)|~~~.*?(?:~~~|$)|`[^`\n]*`)|{_MARK.pattern}")


def cited(answer: str) -> set[int]:
    """The numbers in the answer's citations: `[1]`, `[2, 3]`."""
    return {int(number) for match in _CITATION.finditer(answer) for number in re.findall(r"\d+", match[1])}


def marks(text: str) -> list[tuple[int, int]]:
    """Where citations stand, with the blanks before them; one that has come in part counts at the end of `text`."""
    return [match.span() for match in _MARK.finditer(text)]


def uncited(markdown: str) -> str:
    """An answer without its citations. Code is left as it is: `rows[1]` cites nothing."""
    return _CODE_OR_MARK.sub(lambda match: match[1] or "", markdown)
