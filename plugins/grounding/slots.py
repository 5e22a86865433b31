"""Numbers, codes, names and roles of a claim held against what the evidence has in their place.

A claim can have every word right and be wrong: the Clerk approves what the Controller approves, and 7 days belong to another
rule. So what stands beside a slot in the claim is looked for in the evidence, and it is asked what stands there in that slot.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from backends.retrieval.text import STOP_WORDS, stem
from plugins.grounding.clauses import cut, spans
from plugins.grounding.evidence import closest, with_single_kanji
from plugins.grounding.names import CODE
from plugins.grounding.numbers import quantities, rivals, same
from plugins.grounding.overlap import likeness
from plugins.grounding.text import LONGEST, Token, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from plugins.grounding.evidence import Evidence, Sentence

Kind = Literal["number", "code", "person", "proper"]

_CANDIDATES = 6
_CANDIDATES_HAVING = 12
"""Sentences with the slot's own number that are looked at."""
_MOST = 16
"""Slots of one text that are looked at; a sentence with more is a list, or nonsense."""
_LEAST_CONTEXT = 1.2
"""Weight of the words beside a slot from which on its clause says enough; below, the whole claim is taken."""
_OWN_CONTEXT, _FULL_CONTEXT = 1.9, 2.5
"""Weights of the words beside a slot from which on the claim says itself what a number is of, so that a place need not have the
question's words, and from which on they are no help."""
FITS = 0.6
"""Share of the words beside a slot that a place in the evidence has to have before it says what belongs there."""
GAP = 0.34
"""How much better another place must fit than the best that has the slot's own value."""
_CELLS = 20
"""Cells with a number that are looked at; what more of them have says nothing."""

_ROLE = (
    r"\b(?:(?:sales|purchasing|account|service|quality|project|team|finance|warehouse|plant|product|store|shift) )?"
    r"[A-Za-z]*(?:representative|manager|owner|officer|clerk|controller|accountant|administrator|admin|auditor|buyer|seller|supervisor|operator"
    r"|engineer|technician|nurse|physician|doctor|pharmacist|surgeon|driver|customer|supplier|vendor|employee|employer|user|member"
    r"|visitor|guest|agent|dispatcher|planner|inspector|approver|requester|director|assistant|leader|lead|team|staff|department|counter"
    r"|recipient|sender|patient|caller|subscriber|cashier|treasurer|sales|marketing|support|teacher|student|player|man|woman|boy|girl)"
)
_PERSON = re.compile(
    _ROLE
    + r"s?\b(?=\s+(?:can|may|must|is|are|was|were|has|have|had|will|would|should|needs?|do|does|and|or|who|only|to|before|after"
    r"|with|alone|[a-z]+s|[a-z]+ed)\b|[.,;:)!?|]|\s*$)",
    re.IGNORECASE,
)
_PEOPLE = re.compile(_ROLE + r"s?\b(?!['’])", re.IGNORECASE)
_AND = re.compile(
    r"\s*(?:,|/|、|・|と|や|か|または|および|,?\s*(?:and|or))\s*(?:(?:an?|the)\s+)?", re.IGNORECASE
)
_PERSON_JA = re.compile(
    r"[\u3400-\u9fff々ァ-ヴー]{0,8}?[\u3400-\u9fff々ァ-ヴー](?:担当(?:者|役員)?|営業(?:担当)?(?![\u3400-\u9fff])|職員|管理者|責任者|利用者|申請者|承認者|作業者|購買者|技術者|係長?|課長|部長|社長"
    r"|支配人|(?<=[\u3400-\u9fff])[者員師医士人課]|(?<=[\u3400-\u9fff])(?<![一全大各内外])部|得意先|仕入先|取引先|顧客|ユーザー|オーナー|メンバー)(?![\u3400-\u9fff])"
    r"|(?:男性|女性|医師|患者|顧客|得意先|仕入先|運転者|看護師|薬剤師|監査人)"
)
_PROPER = re.compile(
    r"(?<![.!?:|] )(?<!^)(?<![A-Za-z])[A-Z][a-z]+(?:[-_]?[A-Za-z0-9]+)?(?:[ -][A-Z][a-z]+){0,2}"
)
_QUOTED_JA = re.compile(r"「([^「」\n]{1,20})」")


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that stands in a text; offsets in it."""

    start: int
    end: int
    kind: Kind
    value: str
    unit: str = ""
    """A number's unit class."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A slot of the claim in whose place the evidence has something else."""

    slot: Slot
    rival: str
    """What stands there instead, as written."""
    sentence: Sentence
    fit: float
    """Share of the words beside the slot that this place has, 0..1."""
    gap: float
    """How much less the best place has that has the slot's own value."""


@dataclass(frozen=True, slots=True)
class _Place:
    keys: frozenset[str]
    slots: tuple[Slot, ...]
    text: str


@lru_cache(maxsize=2048)
def slots(text: str) -> tuple[Slot, ...]:
    """The slots of a normalised text, in order; none lies within another."""
    text = text[:LONGEST]
    found: list[Slot] = []

    def take(slot: Slot) -> None:
        if len(found) < _MOST and not any(
            other.start < slot.end and slot.start < other.end for other in found
        ):
            found.append(slot)

    for match in CODE.finditer(text):
        take(Slot(*match.span(), "code", match[0].lower()))
    for number in quantities(text):
        unit = number.unit or _counted(text, number.end)
        if unit and number.exact:  # `one` counts nothing, and a bare number may be anything
            take(Slot(number.start, number.end, "number", number.value, unit))
    for pattern in (_PERSON, _PERSON_JA):
        for match in pattern.finditer(text):
            take(Slot(*match.span(), "person", _name(match[0])))
    for match in _QUOTED_JA.finditer(text):
        take(Slot(*match.span(1), "proper", _name(match[1])))
    for match in _PROPER.finditer(text):
        if match[0].lower() in STOP_WORDS:
            continue
        take(Slot(*match.span(), "proper", _name(match[0])))
    return tuple(sorted(found, key=lambda slot: slot.start))


def people(text: str) -> list[Slot]:
    """The people of a normalised text, in order: also several of a kind (`Controllers post`) and those named together with others,
    whatever follows."""
    found = [slot for slot in slots(text) if slot.kind == "person"]
    for match in _PEOPLE.finditer(text[:LONGEST]):
        if any(slot.start < match.end() and match.start() < slot.end for slot in found):
            continue
        together = any(_AND.fullmatch(text, slot.end, match.start()) for slot in found)
        if together or match[0].endswith("s"):
            found.append(Slot(*match.span(), "person", _name(match[0])))
    return sorted(found, key=lambda slot: slot.start)


@lru_cache(maxsize=2048)
def parties(text: str) -> tuple[tuple[Slot, ...], ...]:
    """The people of a normalised text, those together that are named in one go: `the Accountant and the Auditor`."""
    found: list[list[Slot]] = []
    for slot in people(text):
        if found and _AND.fullmatch(text, found[-1][-1].end, slot.start):
            found[-1].append(slot)
        else:
            found.append([slot])
    return tuple(map(tuple, found))


_COMPARED = re.compile(
    r"\b(?:unlike|than|other|others|else|except|above|over|beyond|both|together|total|all|third|half|times)\b|以外|より|超|ほか|他の|合計|以上",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\s([a-z][a-z-]+)(?:\s([a-z][a-z-]+))?")


def _counted(text: str, at: int) -> str:
    """The words after a number that ends there, by their stems: mostly what it counts (`50 price lists`)."""
    match = _COUNTED.match(text, at)
    words = [word for word in match.groups() if word] if match else []
    return " ".join(stem(word) for word in itertools.takewhile(lambda word: word not in STOP_WORDS, words))


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
        if evidence.cells and (one := _of_another_row(slot, plain, own, evidence)) is not None:
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
    total = sum(word.weight for word in beside)
    with_own = 0.0
    best: Mismatch | None = None
    nearest = closest(evidence, [*beside, *helping], _CANDIDATES)
    having = [sentence for sentence in _having(slot, evidence) if sentence not in nearest]
    for sentence in [*nearest, *having]:
        if sentence.passage in evidence.recorded and slot.kind in ("person", "proper"):
            continue  # a record tells of many people, and names fields beside them
        places = _places(sentence.text)
        if len(places) > 1 and len({other.value for other in places[0].slots if other.kind == slot.kind}) > 1:
            places = places[1:]  # a sentence that has several says by its clauses which is whose
        for place in places:
            helped = sum(word.weight * likeness(word.key, place.keys) for word in helping)
            fit = sum(word.weight * likeness(word.key, place.keys) for word in beside) + helped
            fit /= total + helped
            if (
                any(alike(slot, other) for other in place.slots)
                or _together(slot, place, sentence)
                or (slot.kind == "number" and _has_bare(place.text, slot.value))
            ):
                with_own = max(with_own, fit)
                continue
            if fit < FITS or (best and fit <= best.fit):
                continue
            rival = next(
                (
                    other
                    for other in place.slots
                    if other.kind == slot.kind
                    and (slot.kind != "number" or rivals(slot.unit, other.unit))
                    and (slot.kind != "code" or _series(slot.value) == _series(other.value))
                    and not any(alike(other, mine) for mine in company)
                ),
                None,
            )
            if rival is not None:
                best = Mismatch(slot, place.text[rival.start : rival.end], sentence, fit, 0.0)
    if best is None or best.fit - with_own < GAP:
        return None
    return Mismatch(slot, best.rival, best.sentence, best.fit, best.fit - with_own)


def _has_bare(text: str, value: str) -> bool:
    """Whether a text has a number without a unit: `above 300,000` under a heading that says of what."""
    return any(number.value == value and not number.unit for number in quantities(text))


def _together(slot: Slot, place: _Place, sentence: Sentence) -> bool:
    """Whether somebody of a place is named in one go with the slot's own, whom the clause leaves out."""
    if slot.kind != "person":
        return False
    there = {other.value for other in place.slots if other.kind == "person"}
    return any(
        any(alike(slot, one) for one in party) and any(one.value in there for one in party)
        for party in parties(sentence.text)
    )


def _of_another_row(slot: Slot, plain: str, own: Sequence[Slot], evidence: Evidence) -> Mismatch | None:
    """A number that a table has in another row or column than the one that the claim names.

    One that the claim gives its own number, or that it compares with others, is not the number's.
    """
    if slot.kind != "number" or _COMPARED.search(plain):
        return None
    mine = [other for other in own if other.kind == "number"]
    said = _label(plain)
    cells = [(passage, cell, _numbers(cell.text)) for passage, cell in evidence.cells]
    holding = [(passage, cell) for passage, cell, numbers in cells if any(alike(slot, n) for n in numbers)]
    if not holding or any(_named(cell.row, said) and _named(cell.column, said) for _, cell in holding):
        return None
    for passage, cell in holding[:_CELLS]:
        for other_passage, other, numbers in cells:
            same_table = (passage, cell.table) == (other_passage, other.table)
            if not same_table or any(alike(one, number) for number in numbers for one in mine):
                continue
            down = other.column == cell.column and _is_meant(other.row, cell.row, said)
            along = other.row == cell.row and _is_meant(other.column, cell.column, said)
            rival = next((number for number in numbers if rivals(slot.unit, number.unit)), None)
            if rival is not None and (down or along) and not _stated(slot, other.row, evidence):
                sentence = next(
                    (s for s in evidence.sentences if s.passage == passage and other.text in s.text), None
                )
                if sentence is not None:
                    return Mismatch(slot, other.text[rival.start : rival.end], sentence, 1.0, 1.0)
    return None


def _numbers(text: str) -> tuple[Slot, ...]:
    return tuple(slot for slot in slots(text) if slot.kind == "number")


@lru_cache(maxsize=2048)
def _label(text: str) -> frozenset[str]:
    return frozenset(word.key for word in tokens(text))


def _named(label: str, said: frozenset[str]) -> bool:
    """Whether a claim has all words of a row's or a column's name."""
    keys = _label(label)
    return bool(keys) and keys <= said


def _is_meant(label: str, other: str, said: frozenset[str]) -> bool:
    """Whether a claim has one name and of the other not a single word that is its own."""
    its_own = _label(other) - _label(label)
    return _named(label, said) and bool(its_own) and its_own.isdisjoint(said)


def _stated(slot: Slot, row: str, evidence: Evidence) -> bool:
    """Whether a sentence of any kind has the number together with the row's name."""
    return any(
        _label(row) <= sentence.keys and any(alike(slot, number) for number in _numbers(sentence.text))
        for sentence in evidence.sentences
    )


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
    places = {place for key in keys[:2] for place in evidence.index.get(key, ())[:_CANDIDATES]}
    return [evidence.sentences[place] for place in sorted(places)]


@lru_cache(maxsize=2048)
def _places(sentence: str) -> tuple[_Place, ...]:
    """A sentence as a whole and clause by clause."""
    return tuple(
        _Place(
            with_single_kanji(token.key for token in tokens(text))
            if place == 0
            else frozenset(token.key for token in tokens(text)),
            slots(text),
            text,
        )
        for place, text in enumerate(sentence[start:end] for start, end in spans(sentence))
    )


def alike(one: Slot, other: Slot) -> bool:
    """Whether two slots of one kind have the same value."""
    if one.kind == "number" and other.kind == "number":
        return same(one.value, one.unit, other.value, other.unit)
    return one.value == other.value or (
        one.kind != "code" and (one.value in other.value or other.value in one.value)
    )


def _series(code: str) -> str:
    """The letters that codes of one kind begin with."""
    return code.rstrip("0123456789").rstrip("-_")


def _name(text: str) -> str:
    low = text.lower().strip()
    return low[:-1] if low.endswith("s") and low.isascii() and len(low) > 3 else low
