"""Questions and answers made comparable."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from kotae.evaluation import words as evaluation
from kotae.tuning.lint.masks import without_masks

_REMEMBERED = 1 << 16
COMPARED = 20_000
"""Characters of a text that are compared."""
_CONTENT = re.compile(r"[一-鿿々〆ァ-ヺー]+|[^\W一-鿿々〆ぁ-ゖァ-ヺー_]+(?:[.%][^\W一-鿿ぁ-ゖァ-ヺ_]*)*")
_FUNCTION_WORDS = """
    of to in on at for from by with is are was were be been do does did has have had it its this that these those there
    can could will would shall should may might must please i you we my your our me us and or so as if then also just any some
"""
_SKIPPED = frozenset(_FUNCTION_WORDS.split())


@lru_cache(_REMEMBERED)
def normalised(text: str) -> str:
    """As evaluation compares texts: NFKC, case folded, without punctuation and articles; of a very long one, the beginning and a
    digest of the rest."""
    if len(text) <= COMPARED:
        return evaluation.normalised(text)
    rest = hashlib.blake2b(text[COMPARED:].encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"{evaluation.normalised(text[:COMPARED])} {rest}"


@lru_cache(_REMEMBERED)
def shingles(text: str, size: int = 4) -> frozenset[str]:
    """The runs of `size` characters in a normalised text, in which Japanese needs no words; of a shorter one, the whole."""
    plain = normalised(text)
    return frozenset(plain[at : at + size] for at in range(max(1, len(plain) - size + 1)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of what two sets have together that both have."""
    return len(one & other) / len(one | other) if one or other else 1.0


@lru_cache(_REMEMBERED)
def content(text: str) -> tuple[str, ...]:
    """The words that carry a text's meaning, in order: no function words, no masks, and in Japanese no hiragana."""
    found = (word.strip(".") for word in _CONTENT.findall(normalised(without_masks(text))))
    return tuple(word for word in found if word and word not in _SKIPPED)


def numbers(text: str) -> tuple[str, ...]:
    """The numbers in a text, as they come; `1,000` is `1000`."""
    plain = unicodedata.normalize("NFKC", text)
    return tuple(found.replace(",", "") for found in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", plain))
