"""What changed from one run to another: which answers, which scores, and whether the means can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from kotae.evaluation.metrics import Metric
from kotae.evaluation.scoring import Scores
from kotae.evaluation.statistics import difference

LEAST = 0.05
"""A share that moves by less is no change worth a reader's time; other scores, by less than this part of the larger."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One backend's mean of one metric, before and after, over the questions that both runs have."""

    backend: str
    metric: str
    before: float
    after: float
    low: float | None
    """Of the paired 95 % interval of the difference, after less before."""
    high: float | None
    count: int
    direction: Literal["better", "worse", "same"]
    """`same`: the difference can't be told from none."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One answer whose score moved."""

    question: str
    backend: str
    metric: str
    before: float | None
    after: float | None
    """None: the metric applied to only one of the answers."""
    direction: Literal["better", "worse", "changed"]


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """Everything."""

    answers: int
    """Answers that both runs have: same question, same backend."""
    reworded: int
    """Those of them whose text is another."""
    only_before: list[str]
    """`question, backend` of answers that only the first run has."""
    only_after: list[str]
    moved: list[Moved]
    changed: list[Changed]
    """The largest moves for the worse first, then those for the better."""


def diff(before: Scores, after: Scores) -> Diff:
    """What changed. Effort is compared by its means alone: no two answers take the same time."""
    old = {(a.question.id, a.turn.backend): a for a in before.answers}
    new = {(a.question.id, a.turn.backend): a for a in after.answers}
    both = [key for key in old if key in new]
    metrics = [m for m in before.metrics if any(m.name == other.name for other in after.metrics)]
    return Diff(
        answers=len(both),
        reworded=sum(old[key].text != new[key].text for key in both),
        only_before=[", ".join(key) for key in old if key not in new],
        only_after=[", ".join(key) for key in new if key not in old],
        moved=[
            moved
            for backend in before.backends
            for metric in metrics
            if (moved := _moved(before, after, metric, backend)) is not None
        ],
        changed=_changed(before, after, [m for m in metrics if m.group != "effort"], both),
    )


def _moved(before: Scores, after: Scores, metric: Metric, backend: str) -> Moved | None:
    old, new = before.of(metric.name, backend), after.of(metric.name, backend)
    shared = [question for question in old if question in new]
    between = difference(new, old)
    if between is None:
        return None
    better = (between.mean > 0) == metric.higher_is_better
    return Moved(
        backend=backend,
        metric=metric.name,
        before=sum(old[question] for question in shared) / len(shared),
        after=sum(new[question] for question in shared) / len(shared),
        low=between.low,
        high=between.high,
        count=between.count,
        direction="same" if not between.distinguishable else "better" if better else "worse",
    )


def _changed(
    before: Scores, after: Scores, metrics: Sequence[Metric], both: Sequence[tuple[str, str]]
) -> list[Changed]:
    found: list[tuple[float, Changed]] = []
    for metric in metrics:
        for question, backend in both:
            old = before.values[metric.name].get((backend, question))
            new = after.values[metric.name].get((backend, question))
            size = _size(old, new, metric)
            if size is None:
                continue
            worth = size if metric.higher_is_better else -size
            direction: Literal["better", "worse", "changed"] = (
                "changed" if old is None or new is None else "better" if worth > 0 else "worse"
            )
            change = Changed(
                question=question,
                backend=backend,
                metric=metric.name,
                before=old,
                after=new,
                direction=direction,
            )
            found.append((worth, change))
    order = {"worse": 0, "better": 1, "changed": 2}
    return [change for _, change in sorted(found, key=lambda one: (order[one[1].direction], -abs(one[0])))]


def _size(old: float | None, new: float | None, metric: Metric) -> float | None:
    """How far a score moved, as a share; None where that is not worth telling."""
    if old is None or new is None:
        return None if old is new else 0.0
    size = new - old if metric.share else (new - old) / (max(abs(old), abs(new)) or 1.0)
    return size if abs(size) >= LEAST else None
