"""Citations in an answer: `[1]` stands for the first passage it was given."""

from __future__ import annotations

import re

_CITATION = re.compile(r"\[(\d{1,3}(?:\s*[,、]\s*\d{1,3})*)\]")


def cited(answer: str) -> set[int]:
    """The numbers in the answer's citations: `[1]`, `[2, 3]`."""
    return {int(number) for match in _CITATION.finditer(answer) for number in re.findall(r"\d+", match[1])}
