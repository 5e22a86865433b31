"""The figures of an evaluation as plain data: what the table, the page and machines are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kotae import __version__
from kotae.evaluation.costs import BreakEven, Plan, break_even
from kotae.evaluation.metrics import Metric
from kotae.evaluation.scoring import ALL, Scores
from kotae.evaluation.statistics import Comparison, agreement, standings
from kotae.settings import BackendSettings

SCHEMA = 1


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One backend's mean of one metric over the questions of one type."""

    metric: str
    backend: str
    type: str
    """Empty: questions of all types."""
    mean: float
    low: float | None
    high: float | None
    count: int
    best: bool
    """Whether no other backend has a better mean."""
    like_best: bool
    """Whether it can't be told from the best: the paired interval of their difference holds zero, or can't be had."""


class Between(msgspec.Struct, frozen=True, kw_only=True):
    """How much more one backend has of a metric than another, over the questions that both are scored for."""

    metric: str
    type: str
    one: str
    other: str
    mean: float
    low: float | None
    high: float | None
    count: int
    distinguishable: bool


class MetricInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric is."""

    name: str
    group: str
    about: str
    unit: str
    share: bool
    higher_is_better: bool


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """What one backend costs."""

    backend: str
    per_answer: float
    per_thousand: float
    training: float
    hosting_per_day: float
    against: str
    """The backend that the rest is held against; empty: there is none."""
    saved_per_answer: float | None = None
    break_even_answers: float | None = None
    """Answers that earn training back, hosting aside; None: never, or nothing to compare."""
    break_even_answers_per_day: float | None = None
    """Answers a day that earn hosting back; None: no traffic does."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far a judge agrees with people."""

    kappa: float | None
    """Cohen's kappa; None where it is undefined."""
    count: int
    """Comparisons that both made."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Everything."""

    schema: int = SCHEMA
    kotae: str = __version__
    backends: list[str]
    types: list[str]
    questions: int
    metrics: list[MetricInfo]
    figures: list[Figure]
    differences: list[Between]
    standings: list[dict[str, Any]]
    """By readers' votes: see `statistics.Standing`."""
    judged: list[dict[str, Any]]
    """By a model's choices between pairs of answers, likewise."""
    agreement: Agreement | None
    """Of the two, where both compared the same answers."""
    money: list[Money]
    failed: dict[str, str]
    """Metrics that could not score, and why."""

    def figure(self, metric: str, backend: str, kind: str = ALL) -> Figure | None:
        """One figure; None where the metric does not apply."""
        return next(
            (f for f in self.figures if (f.metric, f.backend, f.type) == (metric, backend, kind)), None
        )


def verdict(
    scores: Scores,
    *,
    votes: Sequence[Comparison] = (),
    judged: Sequence[Comparison] = (),
    money: Sequence[Money] = (),
) -> Verdict:
    """The figures of all metrics, overall and by type of question.

    Args:
        votes, judged: comparisons by readers and by a model.
    """
    types = [kind for kind in scores.types if kind]
    figures: list[Figure] = []
    differences: list[Between] = []
    for metric in scores.metrics:
        for kind in (ALL, *types):
            found, between = _compared(scores, metric, kind)
            figures += found
            differences += between
    return Verdict(
        backends=scores.backends,
        types=types,
        questions=len({answer.question.id for answer in scores.answers}),
        metrics=[_info(metric) for metric in scores.metrics],
        figures=figures,
        differences=differences,
        standings=[msgspec.to_builtins(standing) for standing in standings(votes)],
        judged=[msgspec.to_builtins(standing) for standing in standings(judged)],
        agreement=_agreement(votes, judged),
        money=list(money),
        failed=dict(scores.failed),
    )


def _agreement(votes: Sequence[Comparison], judged: Sequence[Comparison]) -> Agreement | None:
    model = dict(_ordered(comparison) for comparison in judged)
    both = [(result, model[pair]) for pair, result in map(_ordered, votes) if pair in model]
    if not both:
        return None
    return Agreement(kappa=agreement([one for one, _ in both], [other for _, other in both]), count=len(both))


def _ordered(comparison: Comparison) -> tuple[tuple[str, str, str], float]:
    """What was compared, whatever the order, and how the first by name came off: which side an answer stood on says nothing."""
    one, other = comparison.one, comparison.other
    if one < other:
        return (comparison.question, one, other), comparison.result
    return (comparison.question, other, one), 1 - comparison.result


def _compared(scores: Scores, metric: Metric, kind: str) -> tuple[list[Figure], list[Between]]:
    estimates = {
        backend: found
        for backend in scores.backends
        if (found := scores.estimate(metric.name, backend, kind)) is not None
    }
    if not estimates:
        return [], []
    sign = 1 if metric.higher_is_better else -1
    most = max(sign * found.mean for found in estimates.values())
    best = next(backend for backend, found in estimates.items() if sign * found.mean == most)
    differences = scores.differences(metric.name, kind)
    told = {pair for pair, found in differences.items() if found.distinguishable}
    figures = [
        Figure(
            metric=metric.name,
            backend=backend,
            type=kind,
            mean=found.mean,
            low=found.low,
            high=found.high,
            count=found.count,
            best=sign * found.mean == most,
            like_best=backend == best or not {(backend, best), (best, backend)} & told,
        )
        for backend, found in estimates.items()
    ]
    between = [
        Between(
            metric=metric.name,
            type=kind,
            one=one,
            other=other,
            mean=found.mean,
            low=found.low,
            high=found.high,
            count=found.count,
            distinguishable=found.distinguishable,
        )
        for (one, other), found in differences.items()
    ]
    return figures, between


def _info(metric: Metric) -> MetricInfo:
    return MetricInfo(
        name=metric.name,
        group=metric.group,
        about=metric.about,
        unit=metric.unit,
        share=metric.share,
        higher_is_better=metric.higher_is_better,
    )


def money_of(
    scores: Scores, tables: Mapping[str, BackendSettings], training: Mapping[str, float], against: str = ""
) -> list[Money]:
    """What each backend costs whose answers have a price, or which has a fixed one.

    Args:
        training: what training cost, by backend.
        against: the backend that break-even is reckoned against.
    """
    plans: dict[str, Plan] = {}
    for backend in scores.backends:
        cost = scores.estimate("cost", backend)
        table = tables.get(backend, BackendSettings())
        fixed = table.hosting_per_day or 0.0
        if cost is not None or fixed or backend in training:
            plans[backend] = Plan(
                per_answer=cost.mean if cost is not None else 0.0,
                training=training.get(backend, 0.0),
                hosting_per_day=fixed,
            )
    base = plans.get(against)
    return [_money(backend, plan, against if base else "", base) for backend, plan in plans.items()]


def _money(backend: str, plan: Plan, against: str, base: Plan | None) -> Money:
    even: BreakEven | None = break_even(plan, base) if base is not None and backend != against else None
    return Money(
        backend=backend,
        per_answer=plan.per_answer,
        per_thousand=1000 * plan.per_answer,
        training=plan.training,
        hosting_per_day=plan.hosting_per_day,
        against=against if even is not None else "",
        saved_per_answer=even.saved_per_answer if even is not None else None,
        break_even_answers=even.answers if even is not None else None,
        break_even_answers_per_day=even.answers_per_day if even is not None else None,
    )
