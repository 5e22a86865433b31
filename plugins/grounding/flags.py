"""From a measured claim to flags: which kinds, which spans, and a reason in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kotae.conversation import Flag, FlagKind, Passage
from plugins.grounding import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.evidence import Evidence
    from plugins.grounding.features import Measured
    from plugins.grounding.text import Normal, Token

FLAGGER = "grounding"
LOWEST = 0.1
"""Findings below are not worth a flag. What is shown is decided by the settings' threshold."""
_WORDS_NAMED = 4


def flags(
    measured: Measured, claim: Normal, length: int, evidence: Evidence, *, whole_manual: bool
) -> list[Flag]:
    """The flags of one claim, with offsets from the claim's start; `length` is the claim's, in the answer's
    characters.

    The smallest span that carries the fault is marked. A claim that contradicts its evidence gets that flag
    alone. One without support gets `unsupported` as a whole, with the names it invents marked within; in one
    with support, wrong numbers and names are marked and `unsupported` is left out.
    """
    where = "the manual" if whole_manual else "the passages"
    nearest = evidence.passages[measured.window.passage] if measured.window else None
    wording = score.suspicion_of_wording(measured)

    def flag(
        kind: FlagKind, start: int, end: int, value: float, reason: str, passage: Passage | None = nearest
    ) -> Flag:
        start, end = claim.span(start, end)
        value = round(min(value, 0.99), 3)
        return Flag(
            start=start, end=end, kind=kind, score=value, reason=reason, evidence=passage, flagger=FLAGGER
        )

    if measured.conflict:
        against = measured.conflict.opposition
        passage = evidence.passages[measured.conflict.sentence.passage]
        start, end = (against.start, against.end) if against.end else (0, len(claim.text))
        reason = _conflict_reason(against.said, against.instead, where)
        return [flag("contradicted", start, end, score.conflict_score(measured.conflict), reason, passage)]

    names = [
        flag(
            "name",
            name.start,
            name.end,
            score.name_score(name, whole_manual=whole_manual),
            f"{where.capitalize()} and the question do not mention “{name.text}”.",
            None,
        )
        for name in measured.unknown_names
    ]
    names = [replace(flag, evidence=nearest) for flag in names]
    numbers = [
        flag(
            "number",
            q.start,
            q.end,
            score.number_score(rival, q.unit),
            _number_reason(claim.text[q.start : q.end], rival, where),
        )
        for q, rival in zip(measured.wrong_numbers, measured.rival_numbers, strict=True)
    ]
    suspicion = score.suspicion(measured.values)
    unsupported = flag(
        "unsupported", 0, len(claim.text), suspicion, _unsupported_reason(measured, claim, where)
    )
    unsupported = replace(unsupported, start=0, end=length)
    if suspicion >= 0.5 and measured.values["window"] >= score.NO_SUPPORT:
        return [unsupported, *names]
    if names or numbers:
        return sorted([*names, *numbers], key=lambda flag: flag.start)
    return [unsupported] if wording >= LOWEST else []


def _conflict_reason(said: str, instead: str, where: str) -> str:
    if said == "not":
        return (
            f"{where.capitalize()} say this without the negation."
            if where.endswith("s")
            else "The manual says this without the negation."
        )
    if instead == "not":
        return f"{where.capitalize()} deny this." if where.endswith("s") else "The manual denies this."
    return f"{where.capitalize()} {'say' if where.endswith('s') else 'says'} “{instead}” where this says “{said}”."


def _number_reason(number: str, rival: str, where: str) -> str:
    number = number.strip()
    if rival:
        return f"The nearest passage has “{rival.strip()}”, not “{number}”."
    return f"Nothing in {where} that comes near this has “{number}”."


def _unsupported_reason(measured: Measured, claim: Normal, where: str) -> str:
    missing = _surface(measured.missing, claim.text)
    if measured.window is None:
        return f"Nothing in {where} has any of its words."
    found = _surface(
        [word for word in measured.words if word.weight > 0.5 and word.key in measured.window.keys],
        claim.text,
    )
    if missing and found:
        return f"The nearest passage shares {_listed(found)}, but nothing found in {where} has {_listed(missing)}."
    if missing:
        return f"Nothing found in {where} has {_listed(missing)}."
    if found:
        return (
            f"The words occur in {where}, but not together; the nearest passage shares only {_listed(found)}."
        )
    return f"Nothing found in {where} comes near this."


def _surface(words: Sequence[Token], text: str) -> list[str]:
    """The words as written, each once; pairs of kanji that touch are one word."""
    spans: list[list[int]] = []
    for word in words:
        if spans and word.start < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], word.end)
        else:
            spans.append([word.start, word.end])
    return list(dict.fromkeys(text[start:end] for start, end in spans))


def _listed(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words[:_WORDS_NAMED]]
    if len(words) > _WORDS_NAMED:
        quoted.append("more")
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
