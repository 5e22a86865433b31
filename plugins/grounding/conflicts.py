"""Sentences of the evidence that say the opposite of a claim: another word in the same place, a denial, the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from plugins.grounding.clauses import spans
from plugins.grounding.conditions import CONDITION
from plugins.grounding.evidence import closest, with_rarest
from plugins.grounding.faq import answered_no, is_question, presupposes
from plugins.grounding.order import TELLS, tells_order, turned_round
from plugins.grounding.overlap import likeness, share
from plugins.grounding.polarity import Opposition, denials, opposition
from plugins.grounding.quotes import standing
from plugins.grounding.senses import FILLERS, Sense, plainly, senses
from plugins.grounding.slots import people
from plugins.grounding.strength import too_strong
from plugins.grounding.text import LONGEST, Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from plugins.grounding.evidence import Evidence, Sentence

_AGREEMENT = 0.7
_BACK = 0.4
_LEAST = 1.2
"""Shares of the claim's words in the sentence, and of the sentence's in the claim, from which on an opposite word or a denial makes
a contradiction, and the weight of the words that have to agree."""
_LEAST_REST = 0.9
_COMPARED = 4
_NEARLY = 0.85
"""Share of a claim's words from which on it doesn't matter what else the sentence has."""
_ALL, _HALF = 0.95, 0.5
"""A denial without a condition all of whose words the claim has is about the claim if that has half of its own words there."""
_BETTER = 0.05
_EITHER = 0.15
"""A sentence that both says and denies something has to fit so much better."""
_ELLIPSIS = 0.1
_ON_THE_WAY = 0.5
_LENIENT = 0.15
"""A clause that agrees with a sentence counts, though its claim agrees less."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A sentence of the evidence that says the opposite of the claim."""

    opposition: Opposition
    sentence: Sentence
    agreement: float
    """Share of the claim's other content words that the sentence has, 0..1."""


def conflict(plain: str, words: Sequence[Token], evidence: Evidence) -> Conflict | None:
    """The nearest sentence that says the opposite of the claim or one of its clauses, if none as near says the same."""
    near = _prose(closest(evidence, words, _COMPARED + 2), evidence)
    ways = (
        _opposite_word(plain, words, evidence),
        _denied(plain, words, near),
        _other_way(plain, words, near[:_COMPARED]),
        _cut_out(plain, words, evidence),
        _answered_no(plain, words, evidence),
        _too_strong(plain, words, near[:_COMPARED]),
        _other_order(plain, words, near[:_COMPARED]),
    )
    found = [one for one in ways if one is not None and not _keeps_order(plain, one)]
    return max(found, key=lambda one: one.agreement, default=None)


def _keeps_order(plain: str, found: Conflict) -> bool:
    """Whether only the words differ that tell the order, since the two sides stand the other way round as well, or the one is said
    to be impossible before the other."""
    turned = turned_round(plain, found.sentence.text)
    if turned is False:
        return found.opposition.said.lower() in TELLS
    return turned is True and bool(denials(plain)) != bool(denials(found.sentence.text))


def _opposite_word(plain: str, words: Sequence[Token], evidence: Evidence) -> Conflict | None:
    found: Conflict | None = None
    for start, end in spans(plain):
        inside = [word for word in words if start <= word.start < end]
        if sum(word.weight for word in inside) < _LEAST:
            continue
        one = _conflict(
            plainly(plain)[start:end], inside, _prose(closest(evidence, inside, _COMPARED), evidence)
        )
        if one is not None and (found is None or one.agreement > found.agreement):
            against = one.opposition
            found = replace(
                one, opposition=replace(against, start=start + against.start, end=start + against.end)
            )
    return found


def _conflict(text: str, words: Sequence[Token], sentences: Sequence[Sentence]) -> Conflict | None:
    found: Conflict | None = None
    # That both have a `nobody` doesn't make them speak of the same thing.
    keys = {word.key: word.weight for word in words if word.key not in FILLERS}
    same = 0.0
    for sentence in sentences:
        whole = plainly(sentence.text)
        for start, end in spans(sentence.text):
            there = whole[start:end]
            theirs = tokens(there)
            against = opposition(text, there)
            if is_question(sentence.text) and not presupposes(sentence.text):
                continue
            other = against.said.lower() if against else ""
            ours = {key: weight for key, weight in keys.items() if key not in other}
            total = sum(ours.values())
            if not total or not theirs:
                continue
            having = frozenset(word.key for word in theirs)
            agreement = sum(weight * likeness(key, having) for key, weight in ours.items()) / total
            if against and agreement < _AGREEMENT and not having.isdisjoint(ours):
                # `The column A is required, the column B is optional`: what a clause leaves out stands in the one before.
                agreement = share(ours, sentence.keys) - _ELLIPSIS
                if agreement < _NEARLY:
                    continue
            if agreement < _AGREEMENT:
                continue
            if not against:
                same = max(same, agreement)
                continue
            back = sum(word.weight for word in theirs if word.key in keys) / sum(
                word.weight for word in theirs
            )
            if (back >= _BACK or agreement >= _NEARLY) and (found is None or agreement > found.agreement):
                found = Conflict(against, sentence, agreement)
    return found if found is not None and found.agreement > same else None


def _cut_out(plain: str, words: Sequence[Token], evidence: Evidence) -> Conflict | None:
    """A sentence that has the claim word for word and denies it right there."""
    sentences = _prose(with_rarest(evidence, words), evidence)
    if standing(plain, sentences) != "denied":
        return None
    there = next(one for one in sentences if standing(plain, [one]) == "denied")
    return Conflict(Opposition(0, 0, "", "not"), there, 1.0)


def _answered_no(plain: str, words: Sequence[Token], evidence: Evidence) -> Conflict | None:
    """A question that the evidence answers with no, where the claim says yes."""
    found = answered_no(plain, words, evidence)
    return Conflict(Opposition(0, 0, "", "not"), *found) if found else None


def _other_order(plain: str, words: Sequence[Token], near: Sequence[Sentence]) -> Conflict | None:
    """Two things in the other order."""
    weights = {word.key: word.weight for word in words}
    if sum(weights.values()) < _LEAST or not tells_order(plain):
        return None
    found: Conflict | None = None
    for sentence in near:
        turned, agreement = turned_round(plain, sentence.text), share(weights, sentence.keys)
        if denials(plain) or denials(sentence.text):
            continue
        if turned is False and agreement >= _AGREEMENT:
            return None
        if turned and agreement >= _NEARLY and (found is None or agreement > found.agreement):
            found = Conflict(Opposition(0, 0, "", "order"), sentence, agreement)
    return found


def _too_strong(plain: str, words: Sequence[Token], near: Sequence[Sentence]) -> Conflict | None:
    """`must` where the evidence has `may`, `whether or not` where it has `provided that`."""
    found = too_strong(plain, words, near)
    return Conflict(*found) if found else None


_ROUTE = re.compile(
    r"\bfrom (?:the |an? )?(?P<a>[\w -]{2,40}?) (?:in)?to (?:the |an? )?(?P<b>[\w -]{2,40}?)"
    r"(?=[.,;)]|\s(?:once|every|at|on|by|when|if|and|for|is|are|with|after|before|keep|must|may|can)\b|$)"
    r"|(?P<a_ja>[^、。はがをに\n]{2,12})から(?P<b_ja>[^、。はがを\n]{2,12}?)[へに]",
    re.IGNORECASE,
)


def _other_way(plain: str, words: Sequence[Token], near: Sequence[Sentence]) -> Conflict | None:
    """`From A to B` in the claim where the evidence has `from B to A`."""
    for route in _ROUTE.finditer(plain[:LONGEST]):
        begin, end = _ends(route)
        beside = {w.key: w.weight for w in words if w.key not in begin | end}
        for sentence in near:
            for theirs in _ROUTE.finditer(sentence.text):
                first, last = _ends(theirs)
                swapped = begin & last and end & first and not begin & first and not end & last
                if swapped and (agreement := share(beside, sentence.keys) if beside else 1.0) >= _ON_THE_WAY:
                    against = Opposition(*route.span(), route[0], theirs[0])
                    return Conflict(against, sentence, max(agreement, _NEARLY))
    return None


def _ends(route: re.Match[str]) -> tuple[set[str], set[str]]:
    """The words that are at one end only, for each of the two."""
    begin, end = _keys(route["a"] or route["a_ja"]), _keys(route["b"] or route["b_ja"])
    return begin - end, end - begin


def _denied(plain: str, words: Sequence[Token], near: Sequence[Sentence]) -> Conflict | None:
    """A word that the claim denies and the evidence doesn't, or the other way round, where the two agree in the rest."""
    ours = senses(plain)
    known = {word.start for word in words}
    whole = _weights(ours, known)
    found: Conflict | None = None
    both = {sense.key for sense in ours if sense.denied} & {sense.key for sense in ours if not sense.denied}
    denied = {sense.key for sense in ours if sense.denied}
    for sense in ours:
        if sense.start not in known or sense.key in both:
            continue
        clause = _weights([other for other in ours if other.clause == sense.clause], known)
        clause.pop(sense.key, None)
        rest = {key: weight for key, weight in whole.items() if key != sense.key}
        if sum(clause.values()) < _LEAST:
            clause = rest
        if sum(clause.values()) < _LEAST_REST:
            continue
        against: tuple[_Reading, Sentence] | None = None
        same = 0.0
        allowed: list[Sentence] = []
        for sentence in near:
            if _SINCE.search(plain) and "まで" in sentence.text:
                continue  # what can't be done until then can be done afterwards
            for reading in _readings(plain, sense, denied, clause, rest, sentence):
                if is_question(sentence.text) and not (reading.opposite and presupposes(sentence.text)):
                    continue  # it says neither
                if not reading.opposite:
                    same = max(same, reading.fit)
                    allowed += [sentence] * reading.of_all
                elif reading.agreement >= _AGREEMENT and (against is None or reading.fit > against[0].fit):
                    against = reading, sentence
        if against is None or against[0].fit <= same + _BETTER:
            continue
        reading, sentence = against
        if reading.of_all and any((other.keys - sentence.keys) & whole.keys() for other in allowed):
            continue  # invoices cannot be deleted, drafts can: so may a draft of an invoice
        if found is None or reading.agreement > found.agreement:
            opposition_ = Opposition(0, 0, "not", "") if sense.denied else Opposition(0, 0, "", "not")
            found = Conflict(opposition_, sentence, reading.agreement)
    return found


class _Reading(NamedTuple):
    """A place of a claim's word in a sentence."""

    fit: float
    agreement: float
    """How well it fits, and how far the two agree."""
    opposite: bool
    of_all: bool
    """Whether it says so of everything of its kind: the claim has all its words."""


_SINCE = re.compile("の?後[にはで]|てから|後です")


def _readings(
    plain: str,
    sense: Sense,
    denied: set[str],
    clause: dict[str, float],
    rest: dict[str, float],
    sentence: Sentence,
) -> Iterator[_Reading]:
    """Each place of a claim's word in a sentence."""
    theirs = senses(sentence.text)
    if sense.key not in sentence.keys and all(other.key != sense.key for other in theirs):
        return
    everything, by_clause = _parts(sentence.text)
    everything |= sentence.leans_on
    own = frozenset(rest)
    signs = {other.denied for other in theirs if other.key == sense.key}
    for other in theirs:
        if other.key != sense.key:
            continue
        near = [one for one in theirs if one.clause == other.clause]
        here = by_clause[other.clause]
        total = sum(one.weight for one in near if one is not other)
        back = (
            sum(one.weight * likeness(one.key, own) for one in near if one is not other) / total
            if total
            else 1.0
        )
        agreement = min(share(clause, everything), share(rest, everything) + _LENIENT)
        fit = agreement + share(clause, here) / 2 + back / 4
        opposite = sense.denied != other.denied
        of_all = share({one.key: one.weight for one in theirs if one is not other}, own) >= _ALL
        if (
            opposite
            and other.denied
            and not denied
            and of_all
            and total >= _LEAST
            and agreement < _AGREEMENT
            and share(_before_condition(plain, sense, clause, sentence.text), here) >= _HALF
            and not CONDITION.search(sentence.text)
        ):
            agreement = _AGREEMENT  # what is denied of all is denied of this one, too
        elif opposite:
            of_all = False
        if opposite and len(signs) > 1:
            fit -= _EITHER
        if opposite and back < _BACK and agreement < _NEARLY:
            continue
        if opposite and _is_the_same_after_all(plain, sentence.text, sense):
            continue
        if opposite:  # where both deny something else, they may deny the same in other words
            if other.denied and denied - {one.key for one in theirs if one.denied}:
                continue
            if sense.denied and {one.key for one in near if one.denied} - denied:
                continue
        yield _Reading(fit, agreement, opposite, of_all)


_BY_ANYONE = re.compile(r"\b(?:by (?:anyone|anybody)|no (?:one|role|user)|nobody)\b|誰[もに]", re.IGNORECASE)
_PROVIDED = re.compile(
    r"\b(?:as long as|so long as|as soon as|provided|unless|until|within|if|when)\b", re.IGNORECASE
)


def _before_condition(plain: str, sense: Sense, clause: dict[str, float], text: str) -> dict[str, float]:
    """The words of a claim's clause up to a condition, without people where a sentence's text denies it to everybody."""
    condition = _PROVIDED.search(plain, sense.end)
    limit = condition.start() if condition else len(plain)
    named = people(plain) if _BY_ANYONE.search(text) else []
    kept = {
        one.key
        for one in senses(plain)
        if one.start < limit and not any(slot.start <= one.start < slot.end for slot in named)
    }
    return {key: weight for key, weight in clause.items() if key in kept}


_ONLY = re.compile(r"\bonly\b|限[りるっら]|のみ|だけ", re.IGNORECASE)
_OFF = re.compile(
    r"\b(?:is|are|was|were|be|stays?|remains?)\s+(?:\w+\s+)?(?:off|inactive|muted|silent)\b|(?:オフ|停止)(?:です|にな|のまま)",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(r"\b(?:if|when|while|with|although|though|unless)\b|でも|場合|とき", re.IGNORECASE)


def _is_the_same_after_all(plain: str, text: str, sense: Sense) -> bool:
    """Whether a claim and a sentence that have opposites of one word (`sense` in the claim) may say the same in two ways.

    `With drafts it cannot be closed` is `It can only be closed when there are no drafts`: two words are turned round. `You get no
    notifications` is `Notifications are off`.
    """
    off, off_there = (_OFF.search(of) and not _SUBORDINATE.search(of) for of in (plain, text))
    if (off_there and not off) if sense.denied else (off and not off_there):
        return True
    if not _ONLY.search(text):
        return False
    ours, theirs = ({one.key: one.denied for one in senses(of)} for of in (plain, text))
    return sum(ours[key] != theirs[key] for key in ours.keys() & theirs.keys()) > 1


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[frozenset[str], dict[int, frozenset[str]]]:
    """The words of a sentence, and of each of its clauses."""
    found: dict[int, set[str]] = {}
    for sense in senses(text):
        found.setdefault(sense.clause, set()).add(sense.key)
    return frozenset().union(*found.values()), {at: frozenset(keys) for at, keys in found.items()}


def _weights(ours: Sequence[Sense], known: set[int]) -> dict[str, float]:
    found: dict[str, float] = {}
    for sense in ours:
        if sense.start in known:
            found[sense.key] = max(sense.weight, found.get(sense.key, 0.0))
    return found


def _prose(sentences: Sequence[Sentence], evidence: Evidence) -> list[Sentence]:
    """Without those of records, which say yes and no by field (`records.py`)."""
    return [sentence for sentence in sentences if sentence.passage not in evidence.recorded]


def _keys(text: str) -> set[str]:
    return {token.key for token in tokens(text)}
