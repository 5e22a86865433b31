"""Questions of the evidence: they state nothing, and what follows them may answer with no."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from plugins.grounding.evidence import followed
from plugins.grounding.overlap import likeness
from plugins.grounding.polarity import denials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.evidence import Evidence, Sentence
    from plugins.grounding.text import Token

_COMPARED = 4
_LEAST = 1.2
_AGREEMENT = 0.85
"""The weight of the words that have to agree, and the share of them that the question has to have."""
_BACK = 0.6
"""Share of the question's words that the claim has to have: it may say less, but not of something else."""
_QUESTION = re.compile(r"[?？]\s*$|(?:です|ます|でした|ました|でしょう|だろう|ません)か[。]?\s*$")
_ENDS = ("?", "か。", "か\n")
_OPENS = re.compile(
    r"\b(?:what|when|where|which|who|whom|whose|why|how)\b|何|いつ|どこ|どの|どれ|どう|だれ|誰|なぜ|いくつ|いくら",
    re.IGNORECASE,
)
_NO = re.compile(
    r"[*_\s]*(?:a(?:nswer)?\s*[.:]\s*|(?:回答|答え?)\s*[:：]\s*)?[*_\s]*"
    r"(?:(?:unfortunately|sorry),?\s*(?:no|not)\b|no\b(?!\.\s*\d)(?=[*_\s]*(?:[.,;:!—-]|$)| (?:you|it|they|this|that|there)\b)"
    r"|いいえ|いえ、|できません)",
    re.IGNORECASE,
)


_BOUNDS = re.compile(
    r"\b(?:within|after|before|until|more|less|fewer|over|under|above|below|all|every|any|only|to|from|with|without|least|most)\b"
    r"|以上|以下|以内|以降|以前|未満|超|前|後|まで|から|すべて|全|だけ|のみ",
    re.IGNORECASE,
)
"""What makes another question of the same words."""


def is_question(text: str) -> bool:
    """Whether a sentence (normalised) asks."""
    return bool(_QUESTION.search(text))


def presupposes(text: str) -> bool:
    """Whether a question takes for granted what it says: `Why can't I …`, and no `Can I …`."""
    return bool(_OPENS.search(text))


def answered_no(claim: str, words: Sequence[Token], evidence: Evidence) -> tuple[Sentence, float] | None:
    """A question that the evidence answers with no, and a claim (its content `words`) that says yes to it; with the share of the
    words that agree. None where the claim denies something itself, or another sentence says as much."""
    weights = {word.key: word.weight for word in words}
    total = sum(weights.values())
    if total < _LEAST or denials(claim) or not any(end in evidence.text for end in _ENDS):
        return None
    bounds = Counter(word.lower() for word in _BOUNDS.findall(claim))
    found: tuple[Sentence, float] | None = None
    said = 0.0
    for sentence, after in followed(evidence, words, _COMPARED):
        agreement = sum(weight * likeness(key, sentence.keys) for key, weight in weights.items()) / total
        if not is_question(sentence.text):
            said = max(said, 0.0 if denials(sentence.text) else agreement)
            continue
        theirs = sum(word.weight for word in sentence.words)
        shared = sum(word.weight * likeness(word.key, frozenset(weights)) for word in sentence.words)
        if (
            _NO.match(after)
            and not presupposes(sentence.text)
            and not denials(sentence.text)
            and bounds == Counter(word.lower() for word in _BOUNDS.findall(sentence.text))
            and agreement >= _AGREEMENT
            and shared >= _BACK * theirs
            and (found is None or agreement > found[1])
        ):
            found = sentence, agreement
    return found if found is not None and found[1] > said else None
