"""What can be measured about a claim and its evidence. Pure functions; no weights, no thresholds of
judgement."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.grounding.evidence import Evidence, Sentence, Window, nearest
from plugins.grounding.names import Name, names
from plugins.grounding.numbers import Quantity, quantities
from plugins.grounding.polarity import Opposition, opposition
from plugins.grounding.text import Token, katakana, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAR = 120
"""A claim is compared by so many of its words at most."""
_AGREEMENT = 0.75
_BACK = 0.5
_BACK_NEGATED = 0.8
"""Shares of the claim's words in the sentence, and of the sentence's in the claim, from which on an opposite
word (or a negation, which may belong to another clause) makes a contradiction."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the user said; nobody invented that."""

    text: str
    """Normalised, small letters."""
    keys: frozenset[str]
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A sentence of the evidence that says the opposite of the claim."""

    opposition: Opposition
    sentence: Sentence
    agreement: float
    """Share of the claim's other content words that the sentence has, 0..1."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A claim against its evidence."""

    words: tuple[Token, ...]
    missing: tuple[Token, ...]
    """Content words that neither the evidence nor the user has."""
    window: Window | None
    """The part of the evidence that has most of the claim's content."""
    wrong_numbers: tuple[Quantity, ...]
    """Numbers found neither near by, nor in the question, nor (for those with a unit) anywhere with that
    unit."""
    rival_numbers: tuple[str, ...]
    """For each of `wrong_numbers`, the number with the same unit that the window has instead, or nothing."""
    unknown_names: tuple[Name, ...]
    """Names that neither the evidence nor the user mentions."""
    conflict: Conflict | None
    values: dict[str, float]
    """The features by name, each about 0..1, higher is more suspect (`score.WEIGHTS` says what each is)."""


def said(texts: Sequence[str]) -> Said:
    """What the user's messages (normalised) hold."""
    return Said(
        "\n".join(text.lower() for text in texts),
        frozenset(word.key for text in texts for word in tokens(text)),
        frozenset(quantity.value for text in texts for quantity in quantities(text)),
    )


def measure(text: str, plain: str, evidence: Evidence, user: Said) -> Measured:
    """Hold a claim (normalised; `plain` with its markup blanked) against the evidence."""
    words = tokens(plain)[:_FAR]
    sentences, window = nearest(evidence, words)
    window_keys = window.keys if window else frozenset()
    total = sum(word.weight for word in words) or 1.0
    near = [_likeness(word.key, window_keys) for word in words]
    far = [1.0 if word.key in evidence.index or _in_run(word, evidence) else 0.0 for word in words]
    new = [
        word
        for word, hit, close in zip(words, far, near, strict=True)
        if not hit and close < 1 and word.key not in user.keys
    ]
    wrong, rivals = _numbers(plain, evidence, window, user)
    unknown = tuple(name for name in names(text, plain) if not known(name, evidence, user))
    conflict = _conflict(plain, words, sentences)
    sequence = [word.key for word in words]
    pairs = list(itertools.pairwise(sequence))
    heavy = [word for word in new if word.weight > 0.5]
    values = {
        "window": 1 - sum(w.weight * hit for w, hit in zip(words, near, strict=True)) / total,
        "order": sum(pair not in evidence.pairs for pair in pairs) / max(1, len(pairs)),
        "novel": math.log1p(sum(word.weight for word in new)) / 3,
        "number": float(bool(wrong)),
        "name": float(bool(unknown)),
        "conflict": conflict.agreement if conflict else 0.0,
    }
    return Measured(words, tuple(heavy), window, wrong, rivals, unknown, conflict, values)


def _likeness(key: str, keys: frozenset[str]) -> float:
    """1 where the word is there, 0.7 where one with the same beginning is (`pay`, `payment`), else 0."""
    if key in keys:
        return 1.0
    if key.isascii() and len(key) > 3:
        reach = max(4, round(0.65 * len(key)))
        start = key[:reach]
        if any(other.startswith(start) or (len(other) > 3 and key.startswith(other)) for other in keys):
            return 0.7
    return 0.0


def _in_run(word: Token, evidence: Evidence) -> bool:
    """Katakana compounds are written in one: `アカウント` is known where `アカウントコード` is."""
    return "\u30a0" <= word.key[0] <= "\u30ff" and len(word.key) > 2 and word.key in evidence.text


def _numbers(
    plain: str, evidence: Evidence, window: Window | None, user: Said
) -> tuple[tuple[Quantity, ...], tuple[str, ...]]:
    here = quantities(window.text) if window else ()
    values = {quantity.value for quantity in here}
    wrong: list[Quantity] = []
    rivals: list[str] = []
    claimed = quantities(plain)
    for quantity in claimed:
        if quantity.value in values or quantity.value in user.values:
            continue
        same_unit = [
            other
            for other in here
            if other.unit == quantity.unit and other.unit and other.value not in {q.value for q in claimed}
        ]
        rival = window.text[same_unit[0].start : same_unit[0].end] if same_unit and window else ""
        elsewhere = quantity.value in evidence.values
        if (elsewhere and not rival) or (not quantity.exact and not rival):
            continue
        wrong.append(quantity)
        rivals.append(rival)
    return tuple(wrong), tuple(rivals)


def known(name: Name, evidence: Evidence, user: Said) -> bool:
    """Whether the evidence or the user mentions a name, as a whole or by all of its words."""
    text = " ".join(name.text.lower().replace("’", "'").split())
    if text in evidence.text or text in user.text:
        return True
    if name.shape == "code":
        return False
    if name.shape == "katakana":
        parts = [katakana(part) for part in text.split("・")]
        return all(part in evidence.text or part in user.text for part in parts)
    words = tokens(name.text)
    return bool(words) and all(
        word.key in evidence.index or word.key in user.keys or _in_run(word, evidence) for word in words
    )


def _conflict(plain: str, words: Sequence[Token], sentences: Sequence[Sentence]) -> Conflict | None:
    """The nearest sentence that says the opposite, if no sentence as near says the same."""
    found: Conflict | None = None
    keys = {word.key: word.weight for word in words}
    for sentence in sentences[:4]:
        against = opposition(plain, sentence.text)
        ours = {key: weight for key, weight in keys.items() if not against or key not in against.said.lower()}
        total = sum(ours.values())
        if not total:
            continue
        agreement = sum(weight for key, weight in ours.items() if key in sentence.keys) / total
        theirs = sum(word.weight for word in sentence.words) or 1.0
        back = sum(word.weight for word in sentence.words if word.key in keys) / theirs
        if agreement < _AGREEMENT:
            continue
        if not against:
            return None
        if back >= (_BACK if against.end else _BACK_NEGATED) and (
            found is None or agreement > found.agreement
        ):
            found = Conflict(against, sentence, agreement)
    return found
