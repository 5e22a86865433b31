"""Slots of a text: the numbers, codes, names and roles in whose place something else could stand."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from backends.retrieval.text import STOP_WORDS, stem
from plugins.grounding.names import CODE
from plugins.grounding.numbers import quantities, same
from plugins.grounding.text import LONGEST

if TYPE_CHECKING:
    from plugins.grounding.evidence import Sentence

Kind = Literal["number", "code", "person", "proper"]

_MOST = 16
"""Slots of one text that are looked at; a sentence with more is a list, or nonsense."""

_CAPITAL = (
    r"(?-i:(?!(?:Only|The|An?|If|When|Once|Every|Each|No|Any|All|Your|Our|This|That|For|By|Both|Some|Ask|Then|And|Or|But|To|In|On|As"
    r"|After|Before|Until|Unless|Whether|Another|Other|Roles?|Name|Title|Step|New)\b)[A-Z][a-z]+ )"
)
_ROLE = (
    r"\b(?:(?:sales|purchasing|account|service|quality|project|team|finance|warehouse|plant|product|store|shift|desk|branch"
    rf"|office|head|chief|site|security|system|duty|ward|fleet|area|region|regional|lead|senior|junior|deputy) |{_CAPITAL})?"
    r"[A-Za-z]*(?:representative|manager|owner|officer|clerk|controller|accountant|administrator|admin|auditor|buyer|seller|supervisor|operator"
    r"|engineer|technician|nurse|physician|doctor|pharmacist|surgeon|driver|customer|supplier|vendor|employee|employer|user|member"
    r"|visitor|guest|agent|dispatcher|planner|inspector|approver|requester|director|assistant|leader|team|staff|department|counter"
    r"|(?<=team |tech )lead|(?<=shift )lead|(?<=project )lead|(?-i:[A-Z][a-z]+ Lead)"
    r"|mechanic|receptionist|housekeeper|porter|librarian|volunteer|tutor|trainer|trainee|coordinator|secretary|moderator|editor"
    r"|reviewer|publisher|analyst|developer|consultant|tenant|applicant|organi[sz]er|cleaner|guard|courier"
    r"|recipient|sender|patient|caller|subscriber|cashier|treasurer|sales|marketing|support|teacher|student|player|man|woman|boy|girl)"
)
_PERSON = re.compile(
    _ROLE
    + r"s?\b(?=\s+(?:can|may|must|is|are|was|were|has|have|had|will|would|should|needs?|do|does|and|or|who|only|to|before|after"
    r"|with|alone|[a-z]+s|[a-z]+ed)\b|[.,;:)!?|]|\s*$)",
    re.IGNORECASE,
)
_BY = re.compile(rf"\bby (?:an? |the )?({_ROLE}s?)\b(?!['’])", re.IGNORECASE)
_PEOPLE = re.compile(_ROLE + r"s?\b(?!['’])", re.IGNORECASE)
_AND = re.compile(
    r"\s*(?:,|/|、|・|と|や|か|または|および|,?\s*(?:and|or))\s*(?:(?:an?|the)\s+)?", re.IGNORECASE
)
_PERSON_JA = re.compile(
    r"[\u3400-\u9fff々ァ-ヴー]{0,8}?[\u3400-\u9fff々ァ-ヴー](?:担当(?:者|役員)?|営業(?:担当)?(?![\u3400-\u9fff])|職員|管理者|責任者|利用者|申請者|承認者|作業者|購買者|技術者|係"
    r"|支配人|(?<=[\u3400-\u9fff])[者員師医士人課]|(?<=[\u3400-\u9fff])(?<![一全大各内外])部|得意先|仕入先|取引先|顧客|ユーザー|オーナー|メンバー)(?![\u3400-\u9fff])"
    r"|[\u3400-\u9fff々]{0,6}?(?:[係課部社店院校園所室局会班館]長|主任|先生"
    r"|(?:工学|管理|人事|総務|経理|広報|企画|監査|秘書|相談|医事)室)(?![\u3400-\u9fff])"
    r"|(?:男性|女性|生徒|学生|医師|患者|顧客|得意先|仕入先|運転者|看護師|薬剤師|監査人)"
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
        # `one` counts nothing, and a bare number may be anything.
        if unit and (number.exact or (not number.unit and number.value != "1")):
            take(Slot(number.start, number.end, "number", number.value, unit))
    for pattern in (_PERSON, _BY, _PERSON_JA):
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            take(Slot(*match.span(group), "person", _name(match[group])))
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


_COUNTED = re.compile(r"\s([a-z][a-z-]+)(?:\s([a-z][a-z-]+))?")


def _counted(text: str, at: int) -> str:
    """The words after a number that ends there, by their stems: mostly what it counts (`50 price lists`)."""
    match = _COUNTED.match(text, at)
    words = [word for word in match.groups() if word] if match else []
    return " ".join(stem(word) for word in itertools.takewhile(lambda word: word not in STOP_WORDS, words))


def alike(one: Slot, other: Slot) -> bool:
    """Whether two slots of one kind have the same value."""
    if one.kind == "number" and other.kind == "number":
        return same(one.value, one.unit, other.value, other.unit)
    return one.value == other.value or (
        one.kind != "code" and (one.value in other.value or other.value in one.value)
    )


def _name(text: str) -> str:
    low = text.lower().strip()
    return low[:-1] if low.endswith("s") and low.isascii() and len(low) > 3 else low
