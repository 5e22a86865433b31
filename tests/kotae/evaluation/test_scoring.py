from __future__ import annotations

from collections.abc import Sequence

import pytest

from kotae.evaluation.diff import diff
from kotae.evaluation.metrics import Answer, Metric, Score, per_answer
from kotae.evaluation.scoring import Scores, score
from kotae.evaluation.statistics import Comparison
from kotae.evaluation.verdict import money_of, verdict
from kotae.settings import BackendSettings
from tests.kotae.evaluation.answers import answer


def right(given: Answer) -> Score:
    """Whether it is right."""
    return None if given.text == "?" else float(given.text == "yes")


def answers(**texts: Sequence[str]) -> list[Answer]:
    """Each backend's answers to questions 0, 1, …; the even ones are of type `single`."""
    return [
        answer(text, backend=backend, id=f"{place}", type="multi_hop" if place % 2 else "single")
        for backend, given in texts.items()
        for place, text in enumerate(given)
    ]


async def scored(given: Sequence[Answer], *metrics: Metric) -> Scores:
    return await score(given, metrics or [per_answer("right", "knowledge", right)])


async def test_figures_are_by_backend_and_by_type_with_their_sample_size() -> None:
    told = verdict(await scored(answers(one=["yes"] * 9 + ["no"], two=["no"] * 9 + ["?"])))
    one, two = told.figure("right", "one"), told.figure("right", "two")
    assert one is not None
    assert two is not None
    assert (one.mean, one.count, one.best) == (0.9, 10, True)
    assert (two.mean, two.count, two.best, two.like_best) == (0, 9, False, False)
    single = told.figure("right", "one", "single")
    assert single is not None
    assert (single.mean, single.count) == (1, 5)
    between = [d for d in told.differences if d.type == ""]
    assert [(d.one, d.other, d.mean, d.count) for d in between] == [("one", "two", 1.0, 9)]


async def test_a_figure_that_cannot_be_told_from_the_best_says_so() -> None:
    told = verdict(await scored(answers(one=["yes", "no"] * 10, two=["no", "yes"] * 9 + ["yes", "yes"])))
    one = told.figure("right", "one")
    assert one is not None
    assert not one.best
    assert one.like_best
    assert not any(d.distinguishable for d in told.differences if d.type == "")


async def test_less_is_better_where_a_metric_says_so() -> None:
    metric = per_answer("wrong", "knowledge", lambda a: float(a.text == "no"), higher_is_better=False)
    told = verdict(await scored(answers(one=["yes"] * 8, two=["no"] * 8), metric))
    one = told.figure("wrong", "one")
    assert one is not None
    assert one.best


async def test_a_metric_that_fails_costs_the_others_nothing() -> None:
    async def raises(given: Sequence[Answer]) -> list[Score]:
        raise RuntimeError("no such model")

    async def short(given: Sequence[Answer]) -> list[Score]:
        return [1.0]

    async def words(given: Sequence[Answer]) -> list[Score]:
        return ["good"] * len(given)  # type: ignore[list-item]

    bad = [Metric(name=f.__name__, group="form", score=f) for f in (raises, short, words)]
    found = await scored(answers(one=["yes", "no"]), *bad, per_answer("right", "knowledge", right))
    assert [metric.name for metric in found.metrics] == ["right"]
    assert found.failed["raises"] == "no such model"
    assert found.failed["short"] == "gave 1 scores for 2 answers"
    assert "words" in found.failed


async def test_a_metric_that_applies_to_nothing_is_left_out() -> None:
    found = await scored(answers(one=["?", "?"]))
    assert found.metrics == ()
    assert found.failed == {}


async def test_agreement_is_over_what_both_compared() -> None:
    votes = [
        Comparison("one", "two", 1.0, "1"),
        Comparison("two", "one", 1.0, "2"),
        Comparison("one", "two", 0.5, "3"),
    ]
    judged = [
        Comparison("one", "two", 1.0, "1"),
        Comparison("one", "two", 0.0, "2"),
        Comparison("one", "two", 1.0, "9"),
    ]
    told = verdict(await scored(answers(one=["yes"], two=["no"])), votes=votes, judged=judged)
    assert told.agreement is not None
    assert (told.agreement.kappa, told.agreement.count) == (1.0, 2)
    assert {row["backend"]: row["comparisons"] for row in told.standings} == {"one": 3, "two": 3}


async def test_money_is_what_answers_cost_and_what_is_fixed() -> None:
    given = [
        answer("yes", backend=backend, id=str(n), turn={"cost": cost})
        for backend, cost in (("base", 0.5), ("tuned", 0.1))
        for n in range(4)
    ]
    found = await scored(given, per_answer("cost", "effort", lambda a: a.turn.cost))
    tables = {"base": BackendSettings(), "tuned": BackendSettings(hosting_per_day=6000)}
    base, tuned = money_of(found, tables, {"tuned": 4000}, against="base")
    assert (base.per_thousand, base.against) == (500, "")
    assert (tuned.against, tuned.hosting_per_day) == ("base", 6000)
    assert tuned.break_even_answers == pytest.approx(10_000)
    assert tuned.break_even_answers_per_day == pytest.approx(15_000)


async def test_a_diff_tells_chance_from_change() -> None:
    before = await scored(answers(one=["no"] * 10 + ["yes"] * 10, two=["yes", "no"] * 10))
    after = await scored(answers(one=["yes"] * 20, two=["no"] + ["no"] + ["yes", "no"] * 9, three=["yes"]))
    found = diff(before, after)
    assert (found.answers, found.reworded) == (40, 11)
    assert found.only_after == ["0, three"]
    assert [(m.backend, m.direction, m.count) for m in found.moved] == [
        ("one", "better", 20),
        ("two", "same", 20),
    ]
    assert [(c.question, c.backend, c.direction) for c in found.changed[:2]] == [
        ("0", "two", "worse"),
        ("0", "one", "better"),
    ]
    assert len(found.changed) == 11


async def test_a_run_is_no_different_from_itself() -> None:
    one = await scored(answers(one=["yes", "no"] * 5))
    found = diff(one, one)
    assert (found.reworded, found.changed) == (0, [])
    assert {moved.direction for moved in found.moved} == {"same"}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_a_metric_that_gives_no_number_is_left_out_and_named(value: float) -> None:
    bad = per_answer("bad", "knowledge", lambda _: value)
    found = await scored(answers(one=["yes"] * 6), bad, per_answer("right", "knowledge", right))
    assert found.failed == {"bad": "gave a score that is no finite number"}
    assert [metric.name for metric in found.metrics] == ["right"]
