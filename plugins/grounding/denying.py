"""Sentences that deny without a condition what a text says or takes for granted.

`conflicts.py` asks how far a claim agrees with a sentence. A denial is mostly short (`You cannot merge two lots.`), and a claim
that says how it is done is long; so here it is asked whether the claim has all that is denied.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from plugins.grounding.conditions import CONDITION
from plugins.grounding.overlap import likeness
from plugins.grounding.senses import senses
from plugins.grounding.text import running, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from plugins.grounding.conflicts import Conflict
    from plugins.grounding.evidence import Evidence, Sentence
    from plugins.grounding.text import Token

_SAYS = 0.8
_LEAST = 2.0
"""Weight of the words that the two have to share."""
FORBIDS = re.compile(
    r"\b(?:can ?not|can never|can['’]t|not possible|impossible|no (?:role|one|user) can|never)\b"
    r"|(?:でき|え|れ)(?:ません|ない)|不可",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"\b(?:no|not|never|cannot)\b|n['’]t\b|ない|ません|不可")
_ENDS = re.compile(r"(?<=[.。!?！？])[*_]*\s+")
_PARTS = re.compile(r"[;；]\s*")
_NO_PROSE = re.compile(r"\||›|^[A-Z]{2,4}-\d+ ")
"""Rows of tables, titles, messages: a negation in one cell denies nothing in another."""
_AGREES = 0.5
"""Share of a denying claim's words that another sentence which denies something has, to be taken for the same."""
_STATES = re.compile(
    r"^\W*(?:the|an?|this|that|these|those|it|they|you|we|every|each|all|any|only)\b"
    r"|\b(?:can|may|could|might|will|would|is|are|was|were|has|have|had|does|allows?|lets?|possible)\b|ます|です|[るた]。",
    re.IGNORECASE,
)
_FEWEST = 4
"""What states something has so many running words and a verb; an item of a list (`Undo an import.`) may be one that its heading
denies."""
_ALL, _SHARE, _SHARE_JA = 0.95, 0.6, 0.4
"""A claim has to have all the words of the clause that forbids, and the sentence this share of the claim's. Japanese is compared
by pairs of kanji, half of which lie across two words."""


def forbidden_by(
    plain: str, words: Sequence[Token], evidence: Evidence, *, japanese: bool
) -> Sentence | None:
    """The sentence that says that what a claim (normalised) tells of cannot be done; None where there is none."""
    states = len(running(plain)) >= _FEWEST and _STATES.search(plain) and not _NO_PROSE.search(plain)
    if not states or _NEGATION.search(plain):
        return None
    return denied_by(plain, words, evidence, _SHARE_JA if japanese else _SHARE, _ALL, FORBIDS, alone=True)


def denied_by(
    stated: str,
    words: Sequence[Token],
    evidence: Evidence,
    fits: float,
    back: float,
    ruled_out: re.Pattern[str],
    *,
    alone: bool = False,
) -> Sentence | None:
    """The first sentence that denies without a condition what a normalised text says; None where there is none.

    Args:
        words: the text's content words.
        fits: the share of these that the sentence has at least, 0..1.
        back: the share of the words of the clause that denies that the text has at least.
        ruled_out: what such a sentence has.
        alone: whether it has to deny nothing else.
    """
    wanted = {word.key: word.weight for word in words if word.weight > _SAYS}
    total = sum(wanted.values())
    said = {sense.key for sense in senses(stated) if not sense.denied and sense.weight > _SAYS}
    if total < _LEAST:
        return None
    keys = frozenset(wanted)
    for sentence in evidence.sentences:
        if sum(weight for key, weight in wanted.items() if likeness(key, sentence.keys)) < _LEAST:
            continue
        for text in _ENDS.split(sentence.text):
            having = frozenset(word.key for word in tokens(text))
            shared = sum(weight * likeness(key, having) for key, weight in wanted.items())
            if shared < max(_LEAST, fits * total) or CONDITION.search(text) or _NO_PROSE.search(text):
                continue
            if not ruled_out.search(text) or (alone and len(_NEGATION.findall(text)) > 1):
                continue
            if _denies(text, said, keys, back):
                return sentence
    return None


def _denies(text: str, said: Collection[str], keys: frozenset[str], back: float) -> bool:
    """Whether a text denies a word that is `said`, and `keys` have a share of `back` of the clause."""
    theirs = senses(text)
    for sense in theirs:
        if not sense.denied or sense.key not in said:
            continue
        clause = [other for other in theirs if other.clause == sense.clause]
        if sum(other.weight for other in clause) < _LEAST:
            clause = list(theirs)
        known = sum(other.weight * likeness(other.key, keys) for other in clause)
        if known >= back * sum(other.weight for other in clause):
            return True
    return False


def stands(conflict: Conflict, plain: str, words: Sequence[Token], evidence: Evidence) -> bool:
    """Whether a conflict of a claim (normalised) that is one of denial holds in view of a whole manual.

    Beside a page, a denial that this lacks is an invention. A manual has many sentences about one matter, some of which deny it in
    other words, or for a case that is not the claim's.
    """
    against = conflict.opposition
    if "not" not in (against.said, against.instead):
        return True
    if _NEGATION.search(plain):
        wanted = {word.key: word.weight for word in words if word.weight > _SAYS}
        for sentence in evidence.sentences:
            shared = sum(weight * likeness(key, sentence.keys) for key, weight in wanted.items())
            if shared >= _AGREES * sum(wanted.values()) and any(s.denied for s in senses(sentence.text)):
                return False
    if against.instead != "not":
        return True
    text = conflict.sentence.text
    denials = [part for part in _PARTS.split(text) if _NEGATION.search(part)] or [text]
    conditions = {match[0].lower() for part in denials for match in CONDITION.finditer(part)}
    return not _NO_PROSE.search(text) and all(condition in plain.lower() for condition in conditions)
