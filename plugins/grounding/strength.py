"""Claims that say more than the evidence does: `must` for `may`, `whether or not` for `provided that`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from plugins.grounding.overlap import share
from plugins.grounding.polarity import Opposition, denials
from plugins.grounding.text import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from plugins.grounding.evidence import Sentence
    from plugins.grounding.text import Token

_LEAST = 1.2
"""Weight of the words that a claim has at least."""
_AGREEMENT, _NEARLY, _HALF = 0.7, 0.85, 0.5
"""Shares of a claim's words that a sentence has: from which on it speaks of the same, and of just the same; and of what is said to
make no difference, in what the sentence makes a condition."""
_MUST = re.compile(
    r"\b(?:must|ha(?:ve|s) to|(?:is|are) (?:required|obliged) to|needs? to)\b"
    r"|なければ(?:なりません|ならない|いけません|いけない)|必要があ(?:ります|る)",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:may(?! not\b| be\b)|optional(?:ly)?|voluntar(?:y|ily))\b"
    r"|こともでき(?:ます|る)|ても(?:よい|いい|(?:構|かま)いません)|任意",
    re.IGNORECASE,
)
_MUST_TOO = re.compile(
    r"\b(?:must|(?<!not )ha(?:ve|s|d) to|required?|requires|(?<!not )needs?(?! not)|needed|mandatory|obliged|should|shall|only"
    r"|please|make sure|be sure)\b"
    r"|必要|必須|必ず|べき|ください|だけ|のみ|限",
    re.IGNORECASE,
)
_REGARDLESS = re.compile(
    r"\b(?:whether or not|even (?:if|when|after|while)|no matter (?:whether|if|how|what)|regardless of)\b"
    r"|に?(?:かかわらず|関係なく)|を問わず",
    re.IGNORECASE,
)
_PROVIDED = re.compile(
    r"\b(?:only (?:if|when|while|as long as)|provided(?: that)?|as long as|unless|on condition)\b"
    r"|(?:場合|とき|時)(?:に限|のみ|だけ)",
    re.IGNORECASE,
)


def too_strong(
    plain: str, words: Sequence[Token], near: Sequence[Sentence]
) -> tuple[Opposition, Sentence, float] | None:
    """What of a claim (normalised) is too strong, the sentence that says less, and how far the two agree, 0..1."""
    weights = {word.key: word.weight for word in words}
    if sum(weights.values()) < _LEAST or denials(plain):
        return None
    return _must(plain, weights, near) or _whatever(plain, weights, near)


def _must(
    plain: str, weights: Mapping[str, float], near: Sequence[Sentence]
) -> tuple[Opposition, Sentence, float] | None:
    """`must` where the evidence has `may`."""
    must = _MUST.search(plain)
    if must is None:
        return None
    found: tuple[Opposition, Sentence, float] | None = None
    for sentence in near:
        agreement = share(weights, sentence.keys)
        may = _MAY.search(sentence.text)
        if agreement >= _AGREEMENT and (not may or _MUST_TOO.search(sentence.text)):
            return None
        if may and agreement >= _NEARLY and (found is None or agreement > found[2]):
            found = Opposition(*must.span(), must[0], may[0]), sentence, agreement
    return found


def _whatever(
    plain: str, weights: Mapping[str, float], near: Sequence[Sentence]
) -> tuple[Opposition, Sentence, float] | None:
    """`whether or not` where the evidence has `provided that`."""
    regardless = _REGARDLESS.search(plain)
    if regardless is None:
        return None
    # In Japanese what makes no difference, or is the condition, stands before.
    japanese = not regardless[0].isascii()
    indifferent = _keys(plain[: regardless.start()] if japanese else plain[regardless.end() :])
    about = {key: weight for key, weight in weights.items() if key in indifferent}
    for sentence in near:
        condition = _PROVIDED.search(sentence.text)
        if condition is None or share(weights, sentence.keys) < _AGREEMENT:
            continue
        text = sentence.text
        needed = _keys(text[: condition.start()] if japanese else text[condition.end() :])
        if about and share(about, needed) >= _HALF:
            agreement = max(share(weights, sentence.keys), _NEARLY)
            return Opposition(*regardless.span(), regardless[0], condition[0]), sentence, agreement
    return None


def _keys(text: str) -> frozenset[str]:
    return frozenset(word.key for word in tokens(text))
