from __future__ import annotations

import pytest

from kotae.evaluation.costs import Plan, break_even, price, rounded_up


def test_training_is_earned_back_by_the_tokens_that_a_shorter_prompt_saves() -> None:
    # A published case: training for JPY 0.492075; 190 tokens fewer, which is JPY 0.000855 a call.
    base = Plan(per_answer=0.002)
    even = break_even(Plan(per_answer=0.002 - 0.000855, training=0.492075), base)
    assert even.answers == pytest.approx(575.5, abs=0.05)
    assert even.answers is not None
    assert rounded_up(even.answers) == 576
    assert even.answers_per_day == 0


def test_the_price_of_those_tokens() -> None:
    assert price(190, 4.5) == pytest.approx(0.000855)


def test_hosting_is_a_floor_that_little_traffic_never_earns_back() -> None:
    # A published case: JPY 6,000 a day, whatever the traffic.
    base = Plan(per_answer=0.5)
    hosted = Plan(per_answer=0.1, hosting_per_day=6000)
    even = break_even(hosted, base)
    assert even.answers_per_day == pytest.approx(15_000)
    assert hosted.per_day(0) == 6000
    assert even.days(hosted, base, 100) is None
    assert even.days(hosted, base, 20_000) == 0


def test_training_is_owed_beside_hosting() -> None:
    base, hosted = Plan(per_answer=0.5), Plan(per_answer=0.1, training=4000, hosting_per_day=6000)
    even = break_even(hosted, base)
    assert even.answers == pytest.approx(10_000)
    # 20,000 answers a day save 8,000 and cost 6,000: 2 days for the training.
    assert even.days(hosted, base, 20_000) == pytest.approx(2)
    assert hosted.total(20_000, 2) == pytest.approx(base.total(20_000, 2))


def test_a_plan_whose_answers_cost_more_never_pays() -> None:
    even = break_even(Plan(per_answer=0.3, training=1, hosting_per_day=1), Plan(per_answer=0.2))
    assert (even.answers, even.answers_per_day) == (None, None)
    assert even.saved_per_answer == pytest.approx(-0.1)


def test_a_plan_that_costs_nothing_more_pays_at_once() -> None:
    even = break_even(Plan(per_answer=0.1), Plan(per_answer=0.2))
    assert (even.answers, even.answers_per_day) == (0, 0)
