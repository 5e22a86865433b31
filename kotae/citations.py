"""Citations in answers: the numbers of passages in brackets, and where they stand."""

from __future__ import annotations

import re

_CITATION = re.compile(r"\[(\d{1,3}(?:\s*[,、]\s*\d{1,3})*)\]")

LINKED = "\x01"
"""Stands for each character of a link that `is_number`, in a text given to `marks`."""
_BLANK = r"[^\S\n]"
_AND = r"[,，、;；・–~〜-]"
_NUMBER = r"(?![0０])\d{1,3}"  # they count from 1: `[0, 1]` is something else
_NUMBERS = rf"\^?{_NUMBER}(?:{_BLANK}?{_AND}{_BLANK}?\^?{_NUMBER})*"
_BETWEEN = rf"{_BLANK}?(?:{_AND}{_BLANK}?)?"
_ONE = rf"(?:[\[［【]{_NUMBERS}[\]］】]|{LINKED}+)"
_SOME = rf"{_ONE}(?:{_BETWEEN}{_ONE})*"
_MARK = rf"(?:[(（]{_SOME}[)）]|{_SOME})"
_COMING = rf"(?:[(（]?(?:{_SOME}{_BETWEEN})?[\[［【][\d\s^,，、;；・–~〜-]*|{_ONE}\([^()\s]*)\Z"
_MARKS = re.compile(rf"(?m)^(?:{_MARK}[.:：]?{_BLANK}*)+|(?<!{_BLANK}){_BLANK}*(?:{_COMING}|{_MARK})")
_IS_NUMBER = re.compile(_NUMBERS)


def cited(answer: str) -> set[int]:
    """The numbers in the answer's citations: `[1]`, `[2, 3]`."""
    return {int(number) for match in _CITATION.finditer(answer) for number in re.findall(r"\d+", match[1])}


def is_number(words: str) -> bool:
    """Whether the words of a link are what stands in a citation."""
    return _IS_NUMBER.fullmatch(words) is not None


def marks(text: str) -> list[tuple[int, int]]:
    """Where something stands that looks like citations, with the blanks before it, or after it where a line begins with it.

    More than `cited` knows: `[1-3]`, `[^1]`, `【1】` and `［1］` tell as much. At the end, one that has come in part counts.
    """
    return [match.span() for match in _MARKS.finditer(text)]
