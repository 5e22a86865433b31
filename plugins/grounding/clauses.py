"""A claim cut into its clauses and list members, so that the one which carries a fault can be told from the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from plugins.grounding.evidence import closest
from plugins.grounding.overlap import covered, likeness, within
from plugins.grounding.text import grams, running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.evidence import Evidence
    from plugins.grounding.features import Measured
    from plugins.grounding.names import Name
    from plugins.grounding.numbers import Quantity
    from plugins.grounding.records import Mention
    from plugins.grounding.slots import Slot
    from plugins.grounding.weighing import Weighed

_CUT = re.compile(
    r"[,;:、；：](?!\d)\s*|[()（）]|\s[-–—]\s"
    r"|\s(?=(?:and|but|or|while|which|who|because|so|with|as well as|including|such as|when|if|although)\s)"
)
_COMPARED = 3
_LEAST = 0.5
"""Weight from which on a clause has content."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a claim; offsets in the claim's normalised text."""

    start: int
    end: int
    words: tuple[Weighed, ...]
    best: float
    """Share of its content that one sentence has, 0..1."""
    near: float
    """Share that the claim's own window has."""
    known: float
    """Share that the evidence has anywhere."""
    new: float
    """Weight of what neither the evidence nor the user has."""
    weight: float


def clauses(plain: str, words: Sequence[Weighed], evidence: Evidence) -> list[Clause]:
    """The clauses of a claim, in order; those without any letter are left out."""
    found: list[Clause] = []
    for start, end in cut(plain):
        inside = tuple(word for word in words if start <= word.token.start < end)
        weight = sum(word.weight for word in inside)
        best = 1.0
        if weight:
            best = max(
                (
                    sum(word.weight * likeness(word.token.key, sentence.keys) for word in inside) / weight
                    for sentence in closest(evidence, [word.token for word in inside], _COMPARED)
                ),
                default=0.0,
            )
        found.append(
            Clause(
                start,
                end,
                inside,
                best,
                _share(inside, weight, [word.near for word in inside]),
                _share(inside, weight, [word.known for word in inside]),
                sum(word.weight * (1 - max(word.known, word.said)) for word in inside),
                weight,
            )
        )
    return found


def summary(found: Sequence[Clause]) -> dict[str, float]:
    """What the clauses of a claim say of it, worst first."""
    full = [clause for clause in found if clause.weight >= _LEAST]
    return {
        "clauses": len(full),
        "clause_new_share": max((clause.new / clause.weight for clause in full), default=0.0),
        "clause_far": max((1 - clause.near for clause in full), default=0.0),
        "clause_worst": max((1 - clause.best for clause in full), default=0.0),
        "clause_mean": sum(1 - clause.best for clause in full) / len(full) if full else 0.0,
        "clause_new": max((clause.new for clause in full), default=0.0),
        "clauses_bad": sum(clause.best < 0.5 for clause in full),
    }


def measure(claim: Measured, plain: str, evidence: Evidence) -> list[dict[str, float]]:
    """What can be told of each clause, for choosing those that carry a claim's fault."""
    found = claim.clauses
    rows = []
    for at, clause in enumerate(found):
        text = plain[clause.start : clause.end]
        words = running(text.lower())
        longest, shares = covered(words, evidence)
        letters = list(grams(" ".join(text.lower().split()), 5))
        rows.append(
            {
                "at": at,
                "of": len(found),
                "share": len(text) / len(plain),
                "words": len(clause.words),
                "weight": clause.weight,
                "near": clause.near,
                "known": clause.known,
                "best": clause.best,
                "new": clause.new,
                "said": _share(clause.words, clause.weight, [word.said for word in clause.words]),
                "run": longest,
                "run3": shares[0],
                "run5": shares[1],
                "alone": within(words, 1, evidence),
                "pairs": within(words, 2, evidence),
                "letters": sum(gram in evidence.letters[1] for gram in letters) / len(letters)
                if letters
                else -1.0,
                "wrong_numbers": _inside(clause, claim.wrong_numbers),
                "unknown_names": _inside(clause, claim.unknown_names),
                "wrong_slots": _inside(clause, [mismatch.slot for mismatch in claim.mismatches]),
                "denied": _inside(clause, [m for m in claim.mentions if m.verdict in ("denied", "affirmed")]),
                "empty": _inside(clause, [m for m in claim.mentions if m.verdict == "empty"]),
                "read": claim.reading.worst(clause.start, clause.end),
            }
        )
    for name in ("near", "known", "best", "new", "alone", "letters", "read"):
        values = [row[name] for row in rows]
        for row in rows:
            row[f"{name}_beside"] = row[name] - sum(values) / len(values)
            row[f"{name}_least"] = row[name] - min(values)
    return rows


def _inside(clause: Clause, spans: Sequence[Quantity | Name | Mention | Slot]) -> int:
    return sum(clause.start <= span.start < clause.end for span in spans)


def _share(words: Sequence[Weighed], weight: float, hits: Sequence[float]) -> float:
    if not weight:
        return 1.0
    return sum(word.weight * hit for word, hit in zip(words, hits, strict=True)) / weight


@lru_cache(maxsize=2048)
def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where a sentence begins and ends, and, if it has several, each of its clauses."""
    parts = cut(text)
    return ((0, len(text)), *parts) if len(parts) > 1 else ((0, len(text)),)


def cut(plain: str) -> list[tuple[int, int]]:
    """Where the clauses of a sentence begin and end."""
    bounds = [0]
    for match in _CUT.finditer(plain):
        bounds += [match.start(), match.end()]
    bounds.append(len(plain))
    pieces = []
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        text = plain[start:end]
        if any(character.isalnum() for character in text):
            start += len(text) - len(text.lstrip())
            pieces.append((start, start + len(text.strip())))
    return pieces
