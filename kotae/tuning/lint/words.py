"""Questions and answers made comparable."""

from __future__ import annotations

import re
import unicodedata

_KEPT = re.compile(r"[^\w%]+")


def normalised(text: str) -> str:
    """NFKC, case folded, without punctuation and surplus white space."""
    return " ".join(_KEPT.sub(" ", unicodedata.normalize("NFKC", text).casefold()).split())


def shingles(text: str, size: int = 4) -> set[str]:
    """The runs of `size` characters in a normalised text, in which Japanese needs no words; of a shorter one, the whole."""
    plain = normalised(text)
    return {plain[at : at + size] for at in range(max(1, len(plain) - size + 1))}


def jaccard(one: set[str], other: set[str]) -> float:
    """The share of what two sets have together that both have."""
    return len(one & other) / len(one | other) if one or other else 1.0


def numbers(text: str) -> tuple[str, ...]:
    """The numbers in a text, as they come; `1,000` is `1000`."""
    plain = unicodedata.normalize("NFKC", text)
    return tuple(found.replace(",", "") for found in re.findall(r"\d[\d,]*(?:\.\d+)?", plain))
