"""Slots of a claim in whose place the evidence has something else.

A claim can have every word right and be wrong: the Clerk approves what the Controller approves, and 7 days belong to another
rule. So what stands beside a slot in the claim is looked for in the evidence, and it is asked what stands there in that slot.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from plugins.grounding.clauses import cut
from plugins.grounding.conditions import CONDITION
from plugins.grounding.evidence import closest, leaning
from plugins.grounding.numbers import apart, quantities, rivals
from plugins.grounding.overlap import likeness
from plugins.grounding.places import Place, places
from plugins.grounding.polarity import denials
from plugins.grounding.rows import of_another_row
from plugins.grounding.slots import Mismatch, Slot, alike, parties, people, slots
from plugins.grounding.text import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from plugins.grounding.evidence import Evidence, Sentence

_CANDIDATES = 6
_CANDIDATES_HAVING = 12
"""Sentences with the slot's own number that are looked at."""
_LEAST_CONTEXT = 1.2
"""Weight of the words beside a slot from which on its clause says enough; below, the whole claim is taken."""
_OWN_CONTEXT, _FULL_CONTEXT = 1.9, 2.5
"""Weights of the words beside a slot from which on the claim says itself what a number is of, so that a place need not have the
question's words, and from which on they are no help."""
FITS = 0.6
"""Share of the words beside a slot that a place in the evidence has to have before it says what belongs there."""
GAP = 0.34
"""How much better another place must fit than the best that has the slot's own value."""
_NOT_ALONE = re.compile(
    r"\bnot only\b|\balone (?:can ?not|may not|must not)\b|(?:だけ|のみ)では", re.IGNORECASE
)
"""Somebody else may, or has to, as well."""
_TOO = re.compile(r"\b(?:too|as well)\W*$", re.IGNORECASE)
_MODAL = re.compile(r"\s(?:can|may|must|do|does|will|ha(?:s|ve) to)\b|も", re.IGNORECASE)


def mismatches(
    plain: str,
    words: Sequence[Token],
    evidence: Evidence,
    asked: Sequence[Token] = (),
    given: Collection[str] = (),
) -> list[Mismatch]:
    """The slots of a claim (normalised) in whose place the evidence has another of their kind.

    Numbers that the user has `given` are not looked at. A claim that says little besides its slot (`The Controller must agree`) is
    about what was `asked`.
    """
    found: list[Mismatch] = []
    parts = cut(plain)
    own = slots(plain)
    for slot in own:
        if slot.kind == "number" and slot.value in given:
            continue
        if evidence.cells and (one := of_another_row(slot, plain, own, evidence)) is not None:
            found.append(one)
            continue
        start, end = next(((a, b) for a, b in parts if a <= slot.start < b), (0, len(plain)))
        beside = [w for w in words if start <= w.start < end and not (slot.start <= w.start < slot.end)]
        if sum(word.weight for word in beside) < _LEAST_CONTEXT:
            start, end = 0, len(plain)
            beside = [word for word in words if not (slot.start <= word.start < slot.end)]
        total = sum(word.weight for word in beside)
        helping: list[Token] = []
        if total < _FULL_CONTEXT:
            mine = {word.key for word in beside}
            helping = [replace(w, weight=w.weight / 2) for w in asked if w.key not in mine]
        if slot.kind != "number" or total < _OWN_CONTEXT:
            beside, helping = beside + helping, []
            total = sum(word.weight for word in beside)
        if total < _LEAST_CONTEXT:
            continue
        company = [other for other in own if start <= other.start < end]
        if (one := _mismatch(slot, beside, helping, company, evidence)) is not None:
            found.append(one)
    return found


def _mismatch(
    slot: Slot, beside: Sequence[Token], helping: Sequence[Token], company: Sequence[Slot], evidence: Evidence
) -> Mismatch | None:
    """Of the question's words those are `helping` that a place has; that it lacks the others says nothing against it."""
    with_own = 0.0
    best: Mismatch | None = None
    nearest = closest(evidence, [*beside, *helping], _CANDIDATES)
    leans = slot.kind in ("number", "person")  # of what is left out beside names too much could be meant
    if leans:
        nearest += [one for one in leaning(evidence, [*beside, *helping], _CANDIDATES) if one not in nearest]
    having = [sentence for sentence in _having(slot, evidence) if sentence not in nearest]
    for sentence in [*nearest, *having]:
        if sentence.passage in evidence.recorded and slot.kind in ("person", "proper"):
            continue  # a record tells of many people, and names fields beside them
        here = places(sentence.text)
        if len(here) > 1 and len({o.value for place in here for o in place.slots if o.kind == slot.kind}) > 1:
            here = here[1:]  # a sentence that has several says by its clauses which is whose
        for at, place in enumerate(here):
            keys = place.keys | place.left_out | sentence.leans_on if leans else place.keys
            fit = _fit(keys, beside, helping)
            own = [o for o in place.slots if alike(slot, o) and not apart(slot.unit, o.unit)]
            if (
                own
                or _together(slot, place, sentence)
                or (slot.kind == "number" and _has_bare(place.text, slot.value))
            ):
                # `It has 50 warehouses` says nothing of 50 price lists, whatever it leans on.
                meant = not own or any(other.unit == slot.unit for other in own)
                with_own = max(with_own, fit if meant else _fit(place.keys, beside, helping))
                continue
            if fit < FITS or (best and fit <= best.fit):
                continue
            if slot.kind == "person" and _NOT_ALONE.search(place.text):
                continue
            if _goes_on(slot, place, here[at + 1 :], beside):
                continue
            own_there = slot.kind == "number" and any(alike(slot, other) for other in slots(sentence.text))
            rival = next(
                (
                    other
                    for other in place.slots
                    if other.kind == slot.kind
                    and (slot.kind != "number" or rivals(slot.unit, other.unit))
                    and not (own_there and slot.unit != other.unit)  # every 2 months, for 90 minutes
                    and (slot.kind != "code" or _series(slot.value) == _series(other.value))
                    and not any(alike(other, mine) for mine in company)
                ),
                None,
            )
            if rival is not None:
                best = Mismatch(slot, place.text[rival.start : rival.end], sentence, fit, 0.0)
    if best is None or best.fit - with_own < GAP:
        return None
    if slot.kind == "person" and _does_so_too(slot, [*beside, *helping], best.sentence, evidence):
        return None
    return Mismatch(slot, best.rival, best.sentence, best.fit, best.fit - with_own)


def _fit(keys: frozenset[str], beside: Sequence[Token], helping: Sequence[Token]) -> float:
    """The share of the words beside a slot that a place has, and of those that help."""
    helped = sum(word.weight * likeness(word.key, keys) for word in helping)
    found = sum(word.weight * likeness(word.key, keys) for word in beside) + helped
    return found / (sum(word.weight for word in beside) + helped)


def _goes_on(slot: Slot, place: Place, after: Sequence[Place], beside: Sequence[Token]) -> bool:
    """Whether a list that begins at a place has the slot's own value further on, beside a word that the place lacks: `the period is
    4 years for computers, 6 years for cars`."""
    return slot.kind == "number" and any(
        any(alike(slot, other) for other in later.slots)
        and any(likeness(word.key, later.keys) and not likeness(word.key, place.keys) for word in beside)
        for later in after
    )


def _has_bare(text: str, value: str) -> bool:
    """Whether a text has a number without a unit: `above 300,000` under a heading that says of what."""
    return any(number.value == value and not number.unit for number in quantities(text))


def _together(slot: Slot, place: Place, sentence: Sentence) -> bool:
    """Whether somebody of a place is named in one go with the slot's own, whom the clause leaves out."""
    if slot.kind != "person":
        return False
    there = {other.value for other in place.slots if other.kind == "person"}
    return any(
        any(alike(slot, one) for one in party) and any(one.value in there for one in party)
        for party in parties(sentence.text)
    )


def _does_so_too(slot: Slot, words: Sequence[Token], sentence: Sentence, evidence: Evidence) -> bool:
    """Whether a clause of the sentence's passage has the slot's own do just what the claim says, or nods to it: `Students can view
    them`, `a manager has to`."""
    keys = frozenset(word.key for word in words)
    there = {at for word in tokens(slot.value) for at in evidence.index.get(word.key, ())}
    for other in (evidence.sentences[at] for at in sorted(there)):
        if other.passage != sentence.passage:
            continue
        for place in places(other.text):
            agents = people(place.text)
            if not agents or not all(alike(slot, one) for one in agents) or CONDITION.search(place.text):
                continue
            told = [word for word in tokens(place.text) if not _is_in(word, agents)]
            nods = _MODAL.match(place.text, agents[-1].end) is not None
            says = all(likeness(word.key, keys) for word in told) and (nods or told)
            if (says or (nods and _TOO.search(place.text))) and not denials(place.text):
                return True
    return False


def _is_in(word: Token, found: Sequence[Slot]) -> bool:
    return any(slot.start <= word.start < slot.end for slot in found)


def _having(slot: Slot, evidence: Evidence) -> list[Sentence]:
    """Sentences that may have the slot's own value."""
    if slot.kind == "number" and slot.value not in evidence.values:
        return []
    if slot.kind == "number":
        written = {slot.value, f"{int(slot.value):,}"} if slot.value.isdecimal() else {slot.value}
        pattern = re.compile(rf"(?<![\d,.])(?:{'|'.join(map(re.escape, sorted(written)))})(?![\d,]|\.\d)")
        return list(
            itertools.islice((s for s in evidence.sentences if pattern.search(s.text)), _CANDIDATES_HAVING)
        )
    keys = [word.key for word in tokens(slot.value)]
    having = {at for key in keys[:2] for at in evidence.index.get(key, ())[:_CANDIDATES]}
    return [evidence.sentences[at] for at in sorted(having)]


def _series(code: str) -> str:
    """The letters that codes of one kind begin with."""
    return code.rstrip("0123456789").rstrip("-_")
