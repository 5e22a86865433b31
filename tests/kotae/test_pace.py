from __future__ import annotations

from itertools import pairwise

import pytest

from kotae.events import Progress
from kotae.pace import Estimate, Pace, rounded


def followed(*steps: tuple[float, int], total: int = 1000) -> list[Estimate]:
    """What is estimated when so many are done after so many seconds."""
    pace = Pace()
    return [pace.told(Progress("Building", done, total), 100 + at) for at, done in steps]


def test_nothing_is_said_of_a_stage_that_has_just_begun() -> None:
    assert followed((0, 0), (0.5, 10), (1.9, 40)) == [Estimate()] * 3


def test_the_rate_and_the_time_left_follow_from_what_was_done() -> None:
    last = followed(*((second, 50 * second) for second in range(5)))[-1]
    assert last.rate == pytest.approx(50)
    assert last.left == pytest.approx(16)


def test_what_was_taken_up_counts_for_no_speed() -> None:
    last = followed((0, 800), (2, 810), (4, 820))[-1]
    assert last.rate == pytest.approx(5)
    assert last.left == pytest.approx(36)


def test_a_slow_start_is_forgotten_and_one_batch_changes_little() -> None:
    slow = [(second, second) for second in range(61)]
    fast = [(60 + second, 60 + 10 * second) for second in range(1, 61)]
    rates = [estimate.rate for estimate in followed(*slow, *fast) if estimate.rate is not None]
    assert rates[50] == pytest.approx(1, rel=0.01)
    assert rates[-1] == pytest.approx(10, rel=0.1)
    assert all(after - before < 0.6 for before, after in pairwise(rates))


def test_each_stage_is_measured_on_its_own_and_ends_without_an_estimate() -> None:
    pace = Pace()
    pace.told(Progress("one", 0, 10), 0)
    assert pace.told(Progress("one", 5, 10), 5).left == pytest.approx(5)
    assert pace.told(Progress("two", 5, 10), 5) == Estimate()
    assert pace.told(Progress("two", 10, 10), 10) == Estimate()
    assert pace.told(Progress("two"), 15) == Estimate()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, (0, 0, 1)),
        (7.4, (0, 0, 7)),
        (43, (0, 0, 45)),
        (57, (0, 0, 55)),
        (58, (0, 1, 0)),
        (170, (0, 3, 0)),
        (3599, (1, 0, 0)),
        (8000, (2, 13, 0)),
    ],
)
def test_times_are_no_finer_than_an_estimate_deserves(seconds: float, shown: tuple[int, int, int]) -> None:
    assert rounded(seconds) == shown
