"""One claim held against its evidence. Pure; it runs in a process of its own (`worker.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from kotae.conversation import Flag, Passage
from plugins.grounding.case import Case, Finding, Name
from plugins.grounding.evidence import Evidence, gather
from plugins.grounding.features import Said, measure, said
from plugins.grounding.flags import flags
from plugins.grounding.languages import is_japanese
from plugins.grounding.manual_wide import ManualWide
from plugins.grounding.premise import Premise, failed
from plugins.grounding.reader import read
from plugins.grounding.remembering import remembered
from plugins.grounding.text import normalise

ASKED = 0.29
"""A question states nothing, so whatever it presupposes it stays below the thresholds that have a name. Only who asks for all
scores sees that one question is further from the evidence than another."""
_KNOWN = 0.7
"""Share of a question's content, by weight, that evidence or user have, from which on it brings nothing new."""


def judge(case: Case) -> Finding:
    """Hold a claim against its evidence."""
    plain = normalise(case.plain)
    text = normalise(case.text).text
    if len(text) != len(plain.text):
        text = plain.text  # blanking parted a letter from its accent: what was bold no longer matters
    evidence = _gathered(case.passages)
    measured = measure(text, plain.text, evidence, _said(case.said), read)
    names = tuple(Name(name.text, name.shape == "code") for name in measured.unknown_names)
    numbers = tuple(sorted(measured.absent_numbers))
    if case.unknown is not None:
        unknown = tuple(name for name in measured.unknown_names if name.text in case.unknown)
        values = {**measured.values, "names_unknown": len(unknown)}
        measured = replace(
            measured,
            unknown_names=unknown,
            absent_numbers=measured.absent_numbers & {*case.unknown},
            values=values,
        )
    found = flags(
        measured,
        plain,
        len(case.text),
        evidence,
        japanese=is_japanese(plain.text),
        whole_manual=case.whole_manual,
        wide=_wide(case),
    )
    if case.asks and not worth_asking(measured.values):
        found = [faint] if (faint := _faint(found, len(case.text))) else []
    passages = (*case.passages, *case.about)
    nearest = tuple(passages.index(flag.evidence) if flag.evidence else None for flag in found)
    return Finding(tuple(replace(flag, evidence=None) for flag in found), nearest, names, numbers)


def _faint(found: Sequence[Flag], length: int) -> Flag | None:
    """What is shown of a question as a whole."""
    most = max(found, key=lambda flag: flag.score, default=None)
    return most and replace(most, start=0, end=length, score=min(most.score, ASKED))


def worth_asking(values: Mapping[str, float]) -> bool:
    """Whether a question speaks of something that neither the evidence nor the user does: `Did you enable the HR module?`.

    Other questions state nothing that could be wrong.
    """
    return values["known_or_said"] < _KNOWN


@remembered(8, lambda passages: sum(len(passage.text) for passage in passages))
def _gathered(passages: tuple[Passage, ...]) -> Evidence:
    return gather(passages)


def _wide(case: Case) -> ManualWide | None:
    if case.absent is None:
        return None
    about = _gathered(case.about)
    asked = case.asked_absent
    premise = None if asked is None else _premise(case.said[0], case.about, asked, case.reach)
    return ManualWide(frozenset(case.absent), case.reach, premise, about)


@lru_cache(maxsize=8)
def _premise(
    question: str, about: tuple[Passage, ...], absent: tuple[str, ...], reach: float
) -> Premise | None:
    return failed(normalise(question).text, _gathered(about), absent, reach)


@lru_cache(maxsize=32)
def _said(texts: tuple[str, ...]) -> Said:
    return said([normalise(text).text for text in texts])
