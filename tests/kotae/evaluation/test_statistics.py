from __future__ import annotations

import random

import numpy as np
import pytest

from kotae.evaluation.statistics import FEWEST, Comparison, difference, estimate, standings


def test_an_interval_holds_the_mean_and_narrows_with_the_sample() -> None:
    few, many = estimate([0.0, 1.0] * 10), estimate([0.0, 1.0] * 200)
    for found in (few, many):
        assert found.mean == 0.5
        assert found.low is not None
        assert found.high is not None
        assert found.low < 0.5 < found.high
    assert few.low is not None
    assert many.low is not None
    assert many.low > few.low
    assert (few.count, many.count) == (20, 400)
    # The normal approximation for 400 tosses of a coin: 0.5 ± 1.96 · 0.025
    assert many.low == pytest.approx(0.451, abs=0.006)


def test_the_same_scores_have_the_same_interval() -> None:
    scores = [0.1, 0.9, 0.4, 0.6, 0.5, 0.7]
    assert estimate(scores) == estimate(scores)


def test_few_scores_have_no_interval() -> None:
    found = estimate([0.2] * (FEWEST - 1))
    assert (found.low, found.high) == (None, None)


def test_answers_that_are_all_right_may_still_be_wrong_elsewhere() -> None:
    # Wilson's interval for 20 of 20: 1 / (1 + 1.96² / 20)
    found = estimate([1.0] * 20)
    assert found.low == pytest.approx(20 / (20 + 1.959964**2), abs=1e-6)
    assert found.high == 1
    same = estimate([0.3] * 20)
    assert (same.low, same.high) == (None, None)


def test_pairs_are_told_apart_where_samples_are_not() -> None:
    draw = random.Random(1)
    hard = [draw.random() for _ in range(60)]
    one = {str(n): value for n, value in enumerate(hard)}
    other = {str(n): value - 0.02 - draw.random() / 100 for n, value in enumerate(hard)}
    between = difference(one, other)
    assert between is not None
    assert between.distinguishable
    assert between.mean == pytest.approx(0.025, abs=0.003)
    first, second = estimate(list(one.values())), estimate(list(other.values()))
    assert first.low is not None
    assert second.high is not None
    assert first.low < second.high  # apart from their pairs they overlap


def test_a_difference_is_over_the_questions_that_both_have() -> None:
    between = difference({"a": 1.0, "b": 0.0}, {"b": 1.0, "c": 1.0})
    assert between is not None
    assert (between.mean, between.count, between.distinguishable) == (-1.0, 1, False)
    assert difference({"a": 1.0}, {"b": 1.0}) is None


def test_backends_that_never_differ_are_not_told_apart() -> None:
    same = {str(n): 1.0 for n in range(50)}
    between = difference(same, same)
    assert between is not None
    assert not between.distinguishable


def test_pairs_that_all_differ_alike_are_told_apart_as_the_sign_test_does() -> None:
    for count, told in ((5, False), (6, True)):  # two-sided, 2 / 2⁵ is over 0.05 and 2 / 2⁶ is under it
        between = difference({str(n): 1.0 for n in range(count)}, {str(n): 0.0 for n in range(count)})
        assert between is not None
        assert between.distinguishable is told
    between = difference({str(n): 0.0 for n in range(9)}, {str(n): 0.5 for n in range(9)})
    assert between is not None
    assert (between.low, between.distinguishable) == (-0.5, True)


def test_noise_is_seldom_taken_for_a_difference() -> None:
    draw = random.Random(7)
    told = 0
    for _ in range(60):
        pairs = [(float(draw.random() < 0.6), float(draw.random() < 0.6)) for _ in range(40)]
        between = difference(
            {str(n): one for n, (one, _) in enumerate(pairs)},
            {str(n): other for n, (_, other) in enumerate(pairs)},
        )
        assert between is not None
        told += between.distinguishable
    assert told <= 9  # 3 are expected at 95 %; more than 9 have a chance of 1 in 1,000


def test_bradley_terry_has_the_closed_form_of_two() -> None:
    # With one draw added 9 of 12 wins are 9.5 of 13.
    votes = [Comparison("a", "b", 1.0)] * 9 + [Comparison("b", "a", 1.0)] * 3
    a, b = standings(votes)
    assert (a.backend, b.backend) == ("a", "b")
    assert a.strength == pytest.approx(9.5 / 13, abs=1e-4)
    assert a.strength + b.strength == pytest.approx(1)
    assert a.win_rate.mean == 0.75
    assert a.low is not None
    assert a.high is not None
    assert a.low < a.strength < a.high


def test_ties_are_half_for_either() -> None:
    a, b = standings([Comparison("a", "b", 0.5)] * 8)
    assert a.win_rate.mean == b.win_rate.mean == 0.5
    assert a.strength == pytest.approx(0.5)


def test_one_that_always_won_is_strong_and_not_infinitely_so() -> None:
    a, _b = standings([Comparison("a", "b", 1.0)] * 6)
    assert a.strength == pytest.approx(6.5 / 7, abs=1e-4)
    assert (a.low, a.high) == (None, None)  # nothing is known of the error


def test_no_votes_say_nothing() -> None:
    assert standings([]) == []


def test_comparisons_of_one_question_count_as_one_observation() -> None:
    once = [Comparison("a", "b", float(n % 3 > 0), f"q{n}") for n in range(12)]
    often = [comparison for comparison in once for _ in range(10)]
    one, ten = standings(once)[0], standings(often)[0]
    assert (one.comparisons, ten.comparisons) == (12, 120)
    assert ten.win_rate == one.win_rate
    assert (one.low, one.high) != (None, None)
    assert ten.low is not None
    assert ten.high is not None
    assert (
        ten.high - ten.low > 0.3
    )  # ten times the comparisons, and no narrower: 12 questions are all there is
    assert standings([Comparison("a", "b", 1.0, "q")] * 30)[0].low is None


def test_an_interval_over_thousands_of_questions_is_had_in_time_and_is_the_normal_one() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random(20_000)
    found = estimate(scores.tolist())
    error = 1.96 * float(scores.std(ddof=1)) / 20_000**0.5
    assert found.low == pytest.approx(found.mean - error, abs=error / 10)
    assert found.high == pytest.approx(found.mean + error, abs=error / 10)
