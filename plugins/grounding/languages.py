"""Which languages claims and manuals are in: words can only be held against words of the same one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kotae.backend import Manual

Script = Literal["ja", "other"]
"""Japanese, or what is written in an alphabet."""

_SOME, _MOST = 0.1, 0.5
_FEW = 4
"""Words in an alphabet: fewer may be names that a Japanese manual has as well."""
_COMMON: dict[Script, tuple[tuple[str, ...], int]] = {
    "ja": (("する", "です", "ます", "こと", "ない"), 1),
    "other": (("the", "and", "of", "to", "with"), 3),
}
"""Words that any manual in that language has, and how many of them tell it: a Japanese one may have an English title. Of an
alphabet's languages English alone is known."""
_WORD = re.compile(r"[A-Za-z]{2,}")


def is_japanese(text: str) -> bool:
    """Whether a claim is judged as Japanese: more than a tenth of its letters is kana or kanji."""
    return (_japanese_share(text) or 0.0) > _SOME


def written(texts: Iterable[str]) -> set[Script]:
    """What texts are written in; a text may be in both, and one without letters is."""
    found: set[Script] = set()
    for text in texts:
        share = _japanese_share(text)
        if share is None or share > _SOME:
            found.add("ja")
        if share is None or share < _MOST:
            found.add("other")
    return found


async def of_manual(manual: Manual) -> set[Script]:
    """What a whole manual is written in, as far as its commonest words tell; empty when they don't.

    Raises:
        KotaeError: the manual can't be read or indexed.
    """
    known = await manual.known(sorted(word for words, _ in _COMMON.values() for word in words))
    return {script for script, (words, enough) in _COMMON.items() if len(known.intersection(words)) >= enough}


def readable(claims: Sequence[str], scripts: set[Script]) -> bool:
    """Whether claims can be held against what is written so. Where either is too little to tell by, they are."""
    said = " ".join(claims)
    if is_japanese(said):
        return not scripts or "ja" in scripts
    return not scripts or "other" in scripts or len(_WORD.findall(said)) < _FEW


def _japanese_share(text: str) -> float | None:
    """The share of kana and kanji among a text's letters; None: it has no letters."""
    letters = [character for character in text if character.isalpha()]
    return sum(character > "\u3040" for character in letters) / len(letters) if letters else None
