"""Scores of answers, and the figures that are made of them: by backend and question type, with intervals and differences."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from kotae.evaluation.metrics import Answer, Metric
from kotae.evaluation.statistics import Difference, Estimate, difference, estimate
from kotae.events import Progress

_log = logging.getLogger(__name__)
ALL = ""
"""Stands for questions of all types."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What the metrics say of each answer."""

    answers: tuple[Answer, ...]
    metrics: tuple[Metric, ...]
    """Those that apply to at least one answer."""
    values: Mapping[str, Mapping[tuple[str, str], float]]
    """By metric's name, then by backend and question id."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Metrics that could not score, and why."""

    @property
    def backends(self) -> list[str]:
        """In the order in which they first answer."""
        return list(dict.fromkeys(answer.turn.backend for answer in self.answers))

    @property
    def types(self) -> list[str]:
        """The types of questions, in the order in which they first come; questions without one are of type ``."""
        return list(dict.fromkeys(answer.question.type for answer in self.answers))

    def of(self, metric: str, backend: str, kind: str = ALL) -> dict[str, float]:
        """A backend's scores by question id; `kind`: those of one type of question alone."""
        wanted = {a.question.id for a in self.answers if kind in (ALL, a.question.type)}
        return {
            question: value
            for (name, question), value in self.values.get(metric, {}).items()
            if name == backend and question in wanted
        }

    def estimate(self, metric: str, backend: str, kind: str = ALL) -> Estimate | None:
        """A backend's mean; None where the metric applies to none of its answers."""
        scores = self.of(metric, backend, kind)
        return estimate(list(scores.values())) if scores else None

    def differences(self, metric: str, kind: str = ALL) -> dict[tuple[str, str], Difference]:
        """By pair of backends, how much more the first has than the second over the questions that both are scored for."""
        found = {}
        for one, other in combinations(self.backends, 2):
            between = difference(self.of(metric, one, kind), self.of(metric, other, kind))
            if between is not None:
                found[one, other] = between
        return found


async def score(
    answers: Sequence[Answer],
    metrics: Sequence[Metric],
    progress: Callable[[Progress], None] = lambda _: None,
) -> Scores:
    """What each metric says of each answer. A metric that raises, or gives something else than scores, is left out.

    Args:
        progress: told how many metrics are done.
    """
    values: dict[str, dict[tuple[str, str], float]] = {}
    failed: dict[str, str] = {}
    for place, metric in enumerate(metrics):
        progress(Progress("Scoring", place, len(metrics)))
        try:
            given = await metric.score(answers)
            if len(given) != len(answers):
                raise ValueError(f"gave {len(given)} scores for {len(answers)} answers")
            found = {
                (answer.turn.backend, answer.question.id): float(value)
                for answer, value in zip(answers, given, strict=True)
                if value is not None
            }
            if not all(map(math.isfinite, found.values())):
                raise ValueError("gave a score that is no finite number")
            values[metric.name] = found
        except Exception as error:  # whatever a plugin's metric does, the others' scores stand
            _log.warning("metric %s failed", metric.name, exc_info=error)
            failed[metric.name] = str(error) or type(error).__name__
    applying = tuple(metric for metric in metrics if values.get(metric.name))
    return Scores(tuple(answers), applying, values, failed)
