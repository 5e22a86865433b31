"""Whether a manual mentions a term at all, as whole words where the script has spaces.

The inverted index says which passages can hold it; those are read until one does. That decides almost every term by one passage or
none. Words that are frequent and yet never stand together as asked for would have every passage read, so there is a limit: beyond
it a term counts as not mentioned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from backends.retrieval.lexical import Lexical
from backends.retrieval.text import STOP_WORDS, is_unspaced, normalise, tokens
from kotae.conversation import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 5000
"""Passages read for one term: about a quarter of a second."""
_SEGMENT = re.compile(r"[^\W_]+")


def mentioned(
    terms: Iterable[str], passages: Sequence[Passage], words: Lexical, most: int = MOST
) -> set[str]:
    """Those of `terms` that occur in a title or a text, compared after NFKC and case folding."""
    return {term for term in terms if _mentioned(normalise(term).strip(), passages, words, most)}


def _mentioned(term: str, passages: Sequence[Passage], words: Lexical, most: int) -> bool:
    if not term:
        return False
    candidates = _candidates(term, words)
    places = range(len(passages)) if candidates is None else candidates
    for at in places[:most]:
        passage = passages[int(at)]
        if _occurs(term, normalise(f"{passage.title}\n{passage.text}")):
            return True
    return False


def _candidates(term: str, words: Lexical) -> NDArray[np.int32] | None:
    """The passages that hold all that any text with `term` in it is indexed by; None when that is nothing."""
    import numpy as np

    found: NDArray[np.int32] | None = None
    for here in sorted(map(words.passages, _needed(term)), key=len):
        found = here if found is None else np.intersect1d(found, here, assume_unique=True)
        if not len(found):
            break
    return found


def _needed(term: str) -> set[str]:
    """Terms of the inverted index that no text with `term` in it can lack.

    What depends on the text around it is left out: katakana words as a whole, codes as a whole, an `s` after an apostrophe; and
    numbers where there are words, since `12` is no term of a text that says `12.5`.
    """
    words = [word for word in term.split() if word not in STOP_WORDS]
    segments = [segment for segment in _SEGMENT.findall(" ".join(words)) if segment != "s"]
    found = {token for segment in segments for token in tokens(segment)}
    found = {token for token in found if len(token) < 3 or not is_unspaced(token)}
    return {token for token in found if not token.isdecimal()} or set(tokens(term))


def _occurs(term: str, text: str) -> bool:
    """Whether `term` is in `text` and not merely a part of a longer word."""
    at = text.find(term)
    while at >= 0:
        end = at + len(term)
        if not (_one_word(text[at - 1 : at], term[0]) or _one_word(term[-1], text[end : end + 1])):
            return True
        at = text.find(term, at + 1)
    return False


def _one_word(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum() and not is_unspaced(left) and not is_unspaced(right)
