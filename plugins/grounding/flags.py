"""From a measured claim to flags: which kinds, which spans, how sure, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kotae.conversation import Flag, FlagKind, Passage
from plugins.grounding import clauses, model, reasons
from plugins.grounding.alone import not_alone
from plugins.grounding.denying import forbidden_by, stands
from plugins.grounding.manual_wide import of_searched
from plugins.grounding.misplaced import answered, misplaced
from plugins.grounding.numbers import quantities
from plugins.grounding.polarity import Opposition, denials
from plugins.grounding.quotes import is_quote
from plugins.grounding.text import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from plugins.grounding.evidence import Evidence
    from plugins.grounding.features import Measured
    from plugins.grounding.manual_wide import ManualWide
    from plugins.grounding.names import Name
    from plugins.grounding.numbers import Quantity
    from plugins.grounding.reasons import Reason
    from plugins.grounding.slots import Mismatch
    from plugins.grounding.text import Normal

FLAGGER = "grounding"
LOWEST = 0.01
"""Findings below are not worth a flag. What is shown is decided by the settings' threshold."""
_DOUBTFUL = 0.5
"""From this score on a claim's parts are told apart; below it, it is one finding of little weight."""
_NO_SUPPORT = 0.4
"""With a smaller share of its content anywhere near, a claim is marked as a whole."""

_OF_RULES = 0.8
"""How much what is found word by word counts beside the trees, where only some passages were read. With more of the rules answers
in other words are flagged, with less of them a claim with one wrong word is not."""
_RIVAL, _RIVAL_OF_MANUAL, _ABSENT_RIVAL, _WITH_UNIT, _BARE = 0.45, 0.6, 0.85, 0.9, 0.88
"""How surely a number is wrong: one that the evidence has elsewhere while the nearest sentences have another with its unit; one
that it has nowhere, while they have another; the same where none is near; and without a unit. About the shares that people had
marked in the development sets; the first of them is surer where the whole manual was searched."""
_OF_ANOTHER_UNIT = 0.85
"""How surely `72 minutes` is wrong where there are `72 hours` and nowhere 72 minutes. An estimate: the sets have hardly any."""
_FEW = 5
_POINTS = re.compile(r"\b(?:it|them|this|that|these|those)\b")
_OWN_WORDS = 2
_NOTHING_NEW = 0.3
"""`It has none of that` after a question about just that, `That is not possible`: with no words of its own a claim can be wrong,
but not invented."""
_OF_A_QUOTE = 0.05
_ELSEWHERE = 0.45
"""The manual has the number, on a page that was not found for the claim."""
_NAMES = {
    "code": 0.8,
    "quoted": 0.88,
    "phrase": 0.84,
    "mixed": 0.82,
    "word": 0.68,
    "katakana": 0.75,
    "compound": 0.86,
    "loanword": 0.87,
}
"""How surely a name that the passages lack is invented, by its shape. In the sets people had marked 98 % of the quoted ones, 89 %
of the loanwords, 79 % of phrases and words, 73 % of mixed ones; there are too few of the others, which are estimates. Those that
were right are in claims that the trees trust, which `_OF_RULES` makes good, so that the scores here may be higher."""
_NAME_UNKNOWN = 0.25
"""How much surer that is when the whole manual was asked for it."""
_CONFLICT, _DISAGREEING = 0.96, 0.5
"""How surely an opposite is one where all else agrees, and how much it costs where it doesn't. In the sets people had marked 93 %
of the denials where the two agree in 85 % of their words or more, and 60 % of those where they agree in less."""
_FORBIDDEN = 0.9
"""How surely a claim is wrong that has all the words of a sentence which says that it cannot be done."""
_FIELD = {"denied": 0.75, "affirmed": 0.3}
"""What a record says no to is claimed in three of four places; the other way round, the claim mostly denies something else."""
_SLOTS = {"number": 0.9, "person": 0.85, "code": 0.88, "proper": 0.3}
"""How surely something else belongs in a slot's place: in manuals and the pairs that test this nearly always; in news and
encyclopedias, where names abound, half as often, and a capitalised word alone is no fault there."""
_MISPLACED = 0.85
"""How surely a table denies what is said of one of its rows. An estimate: the sets have hardly any tables."""


@dataclass(frozen=True, slots=True)
class _Finding:
    kind: FlagKind
    start: int
    end: int
    """In the claim's normalised text."""
    score: float
    reason: Reason
    evidence: Passage | None


def flags(
    measured: Measured,
    claim: Normal,
    length: int,
    evidence: Evidence,
    *,
    japanese: bool,
    whole_manual: bool,
    wide: ManualWide | None = None,
) -> list[Flag]:
    """The flags of one claim, with offsets from the claim's start; `length` is the claim's, in the answer's characters.

    The smallest span that carries the fault is marked: the number, the name, the opposite word, the clauses without support. A
    claim with nothing of the kind and little doubt gets one flag as a whole, with a score that says how little.
    """
    suspicion = model.bundled().suspicion(measured.values, japanese=japanese)
    if whole_manual:
        suspicion = of_searched(suspicion)
    nearest = evidence.passages[measured.window.passage] if measured.window else None
    quoted = is_quote(measured.values)
    found = [] if quoted else _findings(measured, claim.text, evidence, nearest, whole_manual)
    if whole_manual and not quoted and all(finding.kind != "contradicted" for finding in found):
        found += _forbidden(claim.text, evidence, japanese=japanese)
    by_premise = False
    if wide is not None:
        suspicion, by_premise = wide.raised(suspicion, measured, claim.text)
    if whole_manual and measured.values["words"] < _OWN_WORDS and (measured.repeats or denials(claim.text)):
        suspicion = min(suspicion, _NOTHING_NEW)
    if quoted or (_is_number(measured.values) and not found):
        suspicion = min(suspicion, _OF_A_QUOTE)
    whole = 0, len(claim.text)
    if not whole_manual:  # a page lacks what other pages have; what the whole manual lacks, it lacks
        found = [replace(finding, score=_both(suspicion, finding.score)) for finding in found]
    if max([suspicion, *(finding.score for finding in found)]) < _DOUBTFUL:
        missing = reasons.of_missing(measured, claim.text, whole_manual=whole_manual)
        spans = [_Finding("unsupported", *whole, suspicion, missing, nearest)]
    else:
        spans = [
            _Finding(f.kind, f.start, f.end, max(f.score, suspicion), f.reason, f.evidence) for f in found
        ]
        if suspicion >= _DOUBTFUL and by_premise and wide is not None:
            spans.append(_of_premise(wide, *whole, suspicion))
        elif suspicion >= _DOUBTFUL:
            spans += _unsupported(measured, claim, suspicion, evidence, spans, nearest, whole_manual)
    told = [
        _flag(span, claim, length)
        for span in sorted(spans, key=lambda span: (span.start, -span.end))
        if span.score >= LOWEST
    ]
    # Two numbers in one character (`½`) are one fault.
    return list({(flag.start, flag.end, flag.kind): flag for flag in told}.values())


def rules(measured: Measured, text: str, evidence: Evidence) -> float:
    """The highest score of what is wrong word by word in a claim (its normalised text), 0 where nothing is."""
    if is_quote(measured.values):
        return 0.0
    return max((finding.score for finding in _findings(measured, text, evidence, None, False)), default=0.0)


def settled(suspicion: float, values: Mapping[str, float], found: float) -> float:
    """The score of a claim that the trees find so suspect and the rules so surely wrong."""
    if is_quote(values):
        return min(suspicion, _OF_A_QUOTE)
    return max(suspicion, _both(suspicion, found))


def _both(suspicion: float, found: float) -> float:
    """How sure a finding is in a claim that the trees find so suspect."""
    return model.logistic(_OF_RULES * model.odds(found) + (1 - _OF_RULES) * model.odds(suspicion))


def _is_number(values: Mapping[str, float]) -> bool:
    """Whether the claim is a number and nothing else (`72時間です。`), all of which the evidence has."""
    return not values["words"] and values["numbers"] > 0 and not values["numbers_absent"]


def _findings(
    measured: Measured, text: str, evidence: Evidence, nearest: Passage | None, whole_manual: bool
) -> list[_Finding]:
    """What is wrong word by word."""
    found: list[_Finding] = []
    said = tokens(text)
    if measured.conflict and (not whole_manual or stands(measured.conflict, text, said, evidence)):
        against = measured.conflict.opposition
        start, end = (against.start, against.end) if against.end else (0, len(text))
        found.append(
            _Finding(
                "contradicted",
                start,
                end,
                _CONFLICT - _DISAGREEING * (1 - measured.conflict.agreement),
                reasons.of_conflict(against, whole_manual=whole_manual),
                evidence.passages[measured.conflict.sentence.passage],
            )
        )
    elif (cell := answered(text, evidence)) is not None:
        sentence, against = cell
        reason = reasons.of_conflict(against, whole_manual=whole_manual)
        passage = evidence.passages[sentence.passage]
        found.append(_Finding("contradicted", 0, len(text), _MISPLACED, reason, passage))
    found += [
        _Finding(
            "contradicted",
            mention.start,
            mention.end,
            _FIELD[mention.verdict],
            reasons.of_field(mention),
            nearest,
        )
        for mention in measured.mentions
        if mention.verdict in _FIELD and not mention.field.elsewhere
    ]
    found += [
        _Finding(
            "number" if mismatch.slot.kind == "number" else "contradicted",
            mismatch.slot.start,
            mismatch.slot.end,
            score,
            reasons.of_number(
                text[mismatch.slot.start : mismatch.slot.end], mismatch.rival, whole_manual=whole_manual
            ),
            evidence.passages[mismatch.sentence.passage],
        )
        for mismatch, score in _mismatches(measured, text, evidence)
        if not (whole_manual and mismatch.slot.kind == "person" and _only_points(measured, text))
    ]
    told = {(finding.start, finding.end) for finding in found}
    found += [
        _Finding(
            "number",
            number.start,
            number.end,
            _number_score(
                number, rival, absent=number.value in measured.absent_numbers, whole_manual=whole_manual
            ),
            reasons.of_number(text[number.start : number.end], rival, whole_manual=whole_manual),
            nearest,
        )
        for number, rival in zip(measured.wrong_numbers, measured.rival_numbers, strict=True)
        if (number.start, number.end) not in told
    ]
    found += [
        _Finding(
            "name",
            name.start,
            name.end,
            name_score(name, whole_manual=whole_manual),
            reasons.of_name(name.text, whole_manual=whole_manual),
            nearest,
        )
        for name in measured.unknown_names
    ]
    return found


def _mismatches(measured: Measured, text: str, evidence: Evidence) -> list[tuple[Mismatch, float]]:
    """What stands in another's place or row, and who may not do what others alone may; each with how sure that is."""
    found = [(mismatch, _SLOTS[mismatch.slot.kind]) for mismatch in measured.mismatches]
    usurper = not_alone(text, [word.token for word in measured.words], evidence)
    for more, score in ((usurper, _SLOTS["person"]), (misplaced(text, evidence), _MISPLACED)):
        if more is not None and all(one.slot != more.slot for one, _ in found):
            found.append((more, score))
    return found


def _forbidden(text: str, evidence: Evidence, *, japanese: bool) -> list[_Finding]:
    """What a sentence of the manual says cannot be done."""
    sentence = forbidden_by(text, tokens(text), evidence, japanese=japanese)
    if sentence is None:
        return []
    reason = reasons.of_conflict(Opposition(0, 0, "", "not"), whole_manual=True)
    return [_Finding("contradicted", 0, len(text), _FORBIDDEN, reason, evidence.passages[sentence.passage])]


def _of_premise(wide: ManualWide, start: int, end: int, suspicion: float) -> _Finding:
    """A claim whose question takes for granted what the manual does not bear out."""
    assert wide.premise is not None
    denial = wide.premise.denial
    return _Finding(
        "unsupported" if denial is None else "contradicted",
        start,
        end,
        suspicion,
        reasons.of_premise(wide.premise),
        None if denial is None else wide.about.passages[denial.passage],
    )


def _only_points(measured: Measured, text: str) -> bool:
    """Whether what a claim is about stands in a sentence before it: `The Clerk reads them`. A manual has many that fit as well."""
    return measured.values["words"] <= _FEW and _POINTS.search(text) is not None


def _number_score(number: Quantity, rival: str, *, absent: bool, whole_manual: bool) -> float:
    if any(other.value == number.value for other in quantities(rival)):
        return _OF_ANOTHER_UNIT
    if not absent:
        return _RIVAL_OF_MANUAL if rival and whole_manual else _RIVAL if rival else _ELSEWHERE
    if rival:
        return _ABSENT_RIVAL
    return _WITH_UNIT if number.unit else _BARE


def name_score(name: Name, *, whole_manual: bool) -> float:
    """How surely a name is invented that the evidence lacks."""
    return min(0.95, _NAMES[name.shape] + _NAME_UNKNOWN * whole_manual)


def _unsupported(
    measured: Measured,
    claim: Normal,
    suspicion: float,
    evidence: Evidence,
    found: Sequence[_Finding],
    nearest: Passage | None,
    whole_manual: bool,
) -> list[_Finding]:
    """The clauses that carry the fault, beside what was found word by word."""
    reason = reasons.of_missing(measured, claim.text, whole_manual=whole_manual)
    parts = measured.clauses
    if len(parts) < 2 or measured.values["near"] < _NO_SUPPORT:
        spans = [(0, len(claim.text))]
    else:
        marks = model.bundled().marks(clauses.measure(measured, claim.text, evidence), suspicion)
        chosen = [mark >= model.MARKED for mark in marks]
        if not any(chosen) and not found:
            chosen[marks.index(max(marks))] = True
        spans = []
        for part, marked, before in zip(parts, chosen, [False, *chosen], strict=False):
            if marked and before:
                spans[-1] = (spans[-1][0], part.end)
            elif marked:
                spans.append((part.start, part.end))
    # Where a number or a name is the fault, its clause needs no second mark; where all is unsupported, all is marked.
    inside = [
        span
        for span in spans
        if not any(span[0] <= finding.start and finding.end <= span[1] for finding in found)
        or measured.values["near"] < _NO_SUPPORT
    ]
    return [_Finding("unsupported", start, end, suspicion, reason, nearest) for start, end in inside]


def _flag(finding: _Finding, claim: Normal, length: int) -> Flag:
    start, end = claim.span(finding.start, finding.end)
    if (finding.start, finding.end) == (0, len(claim.text)):
        start, end = 0, length
    return Flag(
        start=start,
        end=end,
        kind=finding.kind,
        score=round(min(finding.score, 0.99), 3),
        reason=finding.reason.en,
        reason_ja=finding.reason.ja,
        evidence=finding.evidence,
        flagger=FLAGGER,
    )
