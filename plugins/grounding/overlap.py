"""How far the wording of a claim is that of its evidence: words, runs of words, runs of characters."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from plugins.grounding.evidence import RUNS, Evidence, Window
from plugins.grounding.text import grams, running

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST = 150
"""Running words of a claim that are compared."""
_PLACES = 120
"""Places of a word that are tried; what occurs oftener says nothing."""
_SHARES = (3, 5, 8)


def likeness(key: str, keys: frozenset[str]) -> float:
    """1 where the word is there, 0.7 where one with the same beginning is (`pay`, `payment`), else 0."""
    if key in keys:
        return 1.0
    if key.isascii() and len(key) > 3:
        beginnings = _beginnings(keys)
        if key[:_BEGINNING] not in beginnings:  # neither of the two below, which take longer
            return 0.0
        if key[: max(_BEGINNING, round(0.65 * len(key)))] in beginnings:
            return 0.7
        if any(key[:length] in keys for length in range(_BEGINNING, len(key))):
            return 0.7
    return 0.0


def share(weights: Mapping[str, float], keys: frozenset[str]) -> float:
    """The share of words, by their weights, that are among `keys` or begin like one of them; 0 of no words."""
    total = sum(weights.values())
    return sum(weight * likeness(key, keys) for key, weight in weights.items()) / total if total else 0.0


_BEGINNING = 4


@lru_cache(maxsize=1024)
def _beginnings(keys: frozenset[str]) -> frozenset[str]:
    """What words of the set begin with, from four letters on."""
    return frozenset(
        key[:length] for key in keys if key.isascii() for length in range(_BEGINNING, len(key) + 1)
    )


def overlap(plain: str, evidence: Evidence, window: Window | None) -> dict[str, float]:
    """Shares of the claim's wording, 0..1, that the evidence has; -1 where the claim is too short to say."""
    low = plain.lower()
    words = running(low)[:_LONGEST]
    longest, shares = covered(words, evidence)
    near = set(running(window.text.lower())) if window else set()
    flat = " ".join(low.split())[:600]
    values: dict[str, float] = {
        "running": len(words),
        "run": longest / max(1, len(words)),
        "running_near": sum(word in near for word in words) / max(1, len(words)),
    }
    values |= {f"run{length}": share for length, share in zip(_SHARES, shares, strict=True)}
    values |= {f"gram{length}": within(words, length, evidence) for length in range(1, RUNS + 1)}
    for length, known in zip((3, 5), evidence.letters, strict=True):
        letters = list(grams(flat, length))
        values[f"letters{length}"] = sum(g in known for g in letters) / len(letters) if letters else -1.0
    return values


def within(words: Sequence[str], length: int, evidence: Evidence) -> float:
    """The share of the runs of `length` words that the evidence has; -1 when there is none."""
    runs = list(grams(tuple(words), length))
    known = evidence.runs[length - 1]
    return sum(run in known for run in runs) / len(runs) if runs else -1.0


def covered(words: Sequence[str], evidence: Evidence) -> tuple[int, list[float]]:
    """The longest run of words that the evidence has, and the shares of words in runs of at least 3, 5 and 8."""
    count = len(words)
    lengths = [0] * count
    for at in range(count):
        if at and lengths[at - 1] > 1:
            lengths[at] = lengths[at - 1] - 1  # what follows a run's first word is a run too
        for place in evidence.places.get(words[at], ())[:_PLACES]:
            length = lengths[at]
            if words[at : at + length] != list(evidence.words[place : place + length]):
                continue
            while at + length < count and evidence.words[place + length] == words[at + length]:
                length += 1
            lengths[at] = length
    shares = []
    for least in _SHARES:
        reached = hit = 0
        for at, length in enumerate(lengths):
            if length >= least:
                reached = max(reached, at + length)
            hit += at < reached
        shares.append(hit / max(1, count))
    return max(lengths, default=0), shares
