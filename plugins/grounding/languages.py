"""Which languages claims and manuals are in: words can only be held against words of the same one.

What can be told apart here is Japanese and what is written in an alphabet. In doubt a claim is held against what there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kotae.backend import Manual

Script = Literal["ja", "latin"]

_JAPANESE = 0.1
_KANA = re.compile(r"[\u3041-\u3096]")
_CJK = re.compile(r"[\u3041-\u30fa\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_\u3041-\u30ff\u3400-\u9fff]{2,}")
_FEW_KANA, _FEW_WORDS = 2, 3
"""A Japanese manual has names in an alphabet, and an English one may show a Japanese button."""
_MANY = 0.4
_COMMON_JA = ("です", "ます", "する", "こと", "の")
_COMMON = ("the", "and", "of", "to", "with", "der", "und", "les", "que")
_ENOUGH = 3
"""Common words, of which any manual in the language has some."""


def is_japanese(text: str) -> bool:
    """Whether a claim is judged as Japanese: more than a tenth of its letters is kana or kanji."""
    letters = [character for character in text if character.isalpha()]
    return sum(character > "\u3040" for character in letters) > _JAPANESE * len(letters)


def of_claim(text: str) -> Script | None:
    """What a claim is written in; None where it has something of both, or is too short to tell."""
    kana, words = len(_KANA.findall(text)), len(_WORD.findall(text))
    if kana >= _FEW_KANA and words <= _FEW_WORDS:
        return "ja"
    return "latin" if not kana and words > _FEW_WORDS else None


def written(texts: Iterable[str]) -> set[Script]:
    """What texts are written in; a text may be in both, and one without letters is in neither."""
    found: set[Script] = set()
    for text in texts:
        japanese, others = len(_CJK.findall(text)), sum(map(len, _WORD.findall(text)))
        if japanese >= _FEW_KANA:
            found.add("ja")
        if others > _MANY * (japanese + others):
            found.add("latin")
    return found


async def of_manual(manual: Manual) -> set[Script]:
    """What a whole manual is written in, as far as the commonest words tell; both when they don't.

    Raises:
        KotaeError: the manual can't be read or indexed.
    """
    known = await manual.known([*_COMMON_JA, *_COMMON])
    japanese, others = len(known.intersection(_COMMON_JA)), len(known.intersection(_COMMON))
    if japanese >= _ENOUGH and others < _ENOUGH:
        return {"ja"}
    return {"latin"} if not japanese and others >= _ENOUGH else {"ja", "latin"}
