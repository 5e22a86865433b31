"""Honest statistics: intervals by the bootstrap over questions, differences by the paired bootstrap, preferences by Bradley-Terry.

Answers of several backends to one question are not independent; resampling whole questions keeps them together (Efron and
Tibshirani 1993; for comparing systems on one test set Koehn 2004).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES = 9999
"""Of questions; fewer, down to `_FEWEST_RESAMPLES`, where there are thousands of questions: `_DRAWS` in all."""
_FEWEST_RESAMPLES = 999
_DRAWS = 10_000_000
"""Scores drawn for one interval. With more questions the mean is so nearly normal that its interval needs fewer resamples."""
SEED = 20260101
"""The same figures come of the same scores, always."""
_RANKINGS = 500
"""Resamples of questions with their comparisons: each is fitted anew."""
FEWEST = 5
"""With fewer questions no interval is given: the bootstrap can't tell what it has not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean with what is known of its error."""

    mean: float
    low: float | None
    """Lower end of the 95 % interval; None where there are too few questions for one."""
    high: float | None
    count: int
    """How many questions it is a mean over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One backend's mean less another's, over the questions that both have a score for."""

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def distinguishable(self) -> bool:
        """Whether the interval leaves out zero. Without an interval nothing can be told."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def estimate(scores: Sequence[float]) -> Estimate:
    """The mean of scores, a score a question.

    Raises:
        ValueError: there are none.
    """
    if not scores:
        raise ValueError("no scores")
    mean = math.fsum(scores) / len(scores)
    low, high = _interval(scores)
    return Estimate(mean=mean, low=low, high=high, count=len(scores))


def difference(ones: Mapping[str, float], others: Mapping[str, float]) -> Difference | None:
    """How much better `ones` are than `others`, scores by question; None where no question has both."""
    paired = [ones[question] - others[question] for question in ones if question in others]
    if not paired:
        return None
    low, high = _interval(paired) if min(paired) < max(paired) else _constant(paired)
    return Difference(mean=math.fsum(paired) / len(paired), low=low, high=high, count=len(paired))


def _interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The 95 % interval of the mean: BCa where it can be had, the percentile interval where nearly all values are equal.

    Where all are equal the bootstrap sees no error at all. Of yes and no the Wilson interval still tells something; of other values
    nothing can be told.
    """
    if len(values) < FEWEST:
        return None, None
    if min(values) == max(values):
        return _wilson(values) if values[0] in (0, 1) else (None, None)
    import numpy as np

    data = np.asarray(values, dtype=float)
    found = _bootstrapped(data, "BCa")
    if any(math.isnan(end) for end in found):
        found = _bootstrapped(data, "percentile")
    return found


def _constant(paired: Sequence[float]) -> tuple[float | None, float | None]:
    """The interval where all pairs differ alike, of which the bootstrap sees no error: that of the sign test.

    The pairs that were not drawn might differ by as much the other way; how many at most, the exact binomial interval says
    (Clopper and Pearson 1934). Pairs that never differ tell nothing.
    """
    every = paired[0]
    if every == 0 or len(paired) < FEWEST:
        return None, None
    from scipy import stats

    share = stats.binomtest(len(paired), len(paired)).proportion_ci(CONFIDENCE, "exact").low
    least = every * (2 * float(share) - 1)
    return min(least, every), max(least, every)


def _wilson(values: Sequence[float]) -> tuple[float, float]:
    from scipy import stats

    interval = stats.binomtest(int(sum(values)), len(values)).proportion_ci(CONFIDENCE, "wilson")
    return float(interval.low), float(interval.high)


def _bootstrapped(data: NDArray[np.float64], method: Any) -> tuple[float, float]:
    from scipy import stats

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        interval = stats.bootstrap(
            (data,),
            _mean,
            n_resamples=max(_FEWEST_RESAMPLES, min(RESAMPLES, _DRAWS // len(data))),
            batch=max(1, 2_000_000 // len(data)),
            confidence_level=CONFIDENCE,
            method=method,
            rng=SEED,
        ).confidence_interval
    return float(interval.low), float(interval.high)


def _mean(sample: NDArray[np.float64], axis: int = -1) -> Any:
    return sample.mean(axis=axis)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One backend's answer held against another's, by a reader or a judge."""

    one: str
    other: str
    result: float
    """1: `one` is better; 0: `other` is; 0.5: neither."""
    question: str = ""
    """The id of the question that both answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What comparisons say of one backend."""

    backend: str
    comparisons: int
    win_rate: Estimate
    """Wins, ties as half: the mean over questions of the share of the comparisons there. `count`: questions."""
    strength: float
    """Bradley-Terry strength, as a share of the sum over all backends (Bradley and Terry 1952)."""
    low: float | None
    high: float | None


def standings(comparisons: Sequence[Comparison]) -> list[Standing]:
    """Where comparisons leave each backend, the strongest first. Ties count half for either.

    Comparisons of answers to one question are not independent: they are averaged, and resampled, together. One without a question
    stands alone.
    """
    if not comparisons:
        return []
    names = list(dict.fromkeys(name for c in comparisons for name in (c.one, c.other)))
    results: dict[str, dict[str | int, list[float]]] = {name: {} for name in names}
    for place, c in enumerate(comparisons):
        results[c.one].setdefault(c.question or place, []).append(c.result)
        results[c.other].setdefault(c.question or place, []).append(1 - c.result)
    strengths, intervals = _bradley_terry(comparisons)
    found = [
        Standing(
            backend=name,
            comparisons=sum(map(len, results[name].values())),
            win_rate=estimate([math.fsum(shares) / len(shares) for shares in results[name].values()]),
            strength=strengths[name],
            low=intervals.get(name, (None, None))[0],
            high=intervals.get(name, (None, None))[1],
        )
        for name in names
    ]
    return sorted(found, key=lambda standing: -standing.strength)


def _bradley_terry(
    comparisons: Sequence[Comparison],
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Strengths and their percentile intervals.

    Each pair that was compared starts with one draw: a backend that never lost has a finite strength then, and so has one in a
    resample that happens to leave out its losses.
    """
    strengths = _strengths(comparisons, comparisons)
    by_question: dict[str | int, list[Comparison]] = {}
    for place, c in enumerate(comparisons):
        by_question.setdefault(c.question or place, []).append(c)
    together = list(by_question.values())
    if len(together) < FEWEST:
        return strengths, {}
    import numpy as np

    rng = np.random.default_rng(SEED)
    drawn = [rng.integers(0, len(together), len(together)) for _ in range(_RANKINGS)]
    resampled = [_strengths([c for n in picked for c in together[n]], comparisons) for picked in drawn]
    ends = {name: _ends([sample[name] for sample in resampled]) for name in strengths}
    # Where all comparisons of a pair came out alike no resample differs, and nothing is known of the error.
    return strengths, {name: found for name, found in ends.items() if found[0] < found[1]}


def _strengths(sample: Sequence[Comparison], all_of_them: Sequence[Comparison]) -> dict[str, float]:
    import evalica

    pairs = {tuple(sorted((c.one, c.other))) for c in all_of_them}
    whole = [*sample, *(Comparison(one, other, 0.5) for one, other in sorted(pairs))]
    winners = {1.0: evalica.Winner.X, 0.0: evalica.Winner.Y}
    scores = evalica.bradley_terry(
        [c.one for c in whole],
        [c.other for c in whole],
        [winners.get(c.result, evalica.Winner.Draw) for c in whole],
        limit=10_000,
    ).scores
    total = math.fsum(scores)
    return {str(name): float(score) / total for name, score in scores.items()}


def _ends(values: Sequence[float]) -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(values, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return float(low), float(high)


def agreement(ones: Sequence[float], others: Sequence[float]) -> float | None:
    """Cohen's kappa (Cohen 1960) of two raters over the same comparisons: 1 agreement, 0 what chance would have; None: undefined.

    Args:
        ones, others: results as in `Comparison`; their order is the same.
    """
    if len(ones) != len(others):
        raise ValueError("the raters rated different comparisons")
    if not ones or (len(set(ones)) == 1 and set(ones) == set(others)):
        return None  # nobody ever chose otherwise: chance explains everything
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score([str(one) for one in ones], [str(other) for other in others]))
