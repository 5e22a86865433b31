"""What `kotae eval score` and `kotae eval report` share: answers from sources, scored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from kotae.evaluation.metrics import Answer, Metric
    from kotae.evaluation.scoring import Scores
    from kotae.evaluation.verdict import Verdict
    from kotae.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def scoring_options(function: F) -> F:
    """SOURCES and `--questions --metrics --training --against --fail-under`."""
    for option in reversed(
        (
            click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path)),
            click.option(
                "--questions",
                metavar="FILE",
                type=click.Path(dir_okay=False, path_type=Path),
                help="References and pages for questions that were asked by hand, matched by wording.",
            ),
            click.option("--metrics", metavar="A,B", help="Only these. Default: all that apply."),
            click.option(
                "--training", metavar="NAME=PRICE", multiple=True, help="What training a backend cost, once."
            ),
            click.option(
                "--against", metavar="NAME", help="The backend that break-even is reckoned against."
            ),
            click.option(
                "--fail-under",
                metavar="METRIC=X",
                multiple=True,
                help="Exit with 1 where a backend's mean is worse.",
            ),
        )
    ):
        function = option(function)
    return function


def evaluated(
    ctx: click.Context,
    sources: tuple[Path, ...],
    questions: Path | None,
    metrics: str | None,
    training: tuple[str, ...],
    against: str | None,
) -> tuple[Settings, Scores, Verdict]:
    """The answers in the sources with their scores, and the figures that are made of them.

    Raises:
        KotaeError: a source, the question set or the name of a metric can't be used.
    """
    from kotae.cli.group import settings_of
    from kotae.cli.jsonl import read_rows
    from kotae.evaluation.questions import Question, checked
    from kotae.evaluation.sources import answers_in
    from kotae.evaluation.verdict import money_of, verdict
    from kotae.evaluation.votes import standings_in

    settings: Settings = settings_of(ctx)
    prices = pairs(training, "--training")
    known = checked(read_rows(questions, Question), questions.name) if questions is not None else []
    places = [source.expanduser() for source in sources]
    scores = asyncio.run(scored(settings, answers_in(places, known), metrics))
    for name in (*prices, *([against] if against else [])):
        if name not in scores.backends:
            raise KotaeError(
                f"There is no answer of a backend {name!r}.", f"Choose from: {', '.join(scores.backends)}."
            )
    money = money_of(scores, settings.backends, prices, against or "")
    return settings, scores, verdict(scores, standings_in(places), money)


async def scored(settings: Settings, answers: list[Answer], wanted: str | None) -> Scores:
    """The answers, scored by the metrics that are there, or by those named. Those that fail are told."""
    from kotae.cli.compose import load_plugins
    from kotae.cli.terminal import ProgressLine, report
    from kotae.evaluation.scoring import score

    line = ProgressLine()
    try:
        metrics = _wanted(load_plugins(settings, report).register_metrics(settings), wanted)
        scores = await score(answers, metrics, line)
    finally:
        line.clear()
    for name, why in scores.failed.items():
        report(f"{name} could not score: {why}")
    return scores


def _wanted(metrics: list[Metric], names: str | None) -> list[Metric]:
    by_name = {metric.name: metric for metric in metrics}
    wanted = [name.strip() for name in (names or "").split(",") if name.strip()]
    for name in wanted:
        if name not in by_name:
            raise KotaeError(f"There is no metric {name!r}.", f"Choose from: {', '.join(by_name)}.")
    return [by_name[name] for name in wanted] or metrics


def pairs(given: tuple[str, ...], option: str) -> dict[str, float]:
    pairs: dict[str, float] = {}
    for one in given:
        name, sign, number = one.partition("=")
        try:
            if not sign or not name:
                raise ValueError
            pairs[name.strip()] = float(number)
        except ValueError:
            raise click.UsageError(f"{option} takes NAME=NUMBER, not {one!r}.") from None
    return pairs


def held(verdict: Verdict, limits: dict[str, float]) -> int:
    """1 where a backend is worse than a limit, which is said."""
    from kotae.cli.terminal import report

    failed = 0
    known = {metric.name: metric for metric in verdict.metrics}
    for name, limit in limits.items():
        if name not in known:
            raise KotaeError(
                f"--fail-under: nothing was scored by {name!r}.", f"Choose from: {', '.join(known)}."
            )
        for backend in verdict.backends:
            figure = verdict.figure(name, backend)
            worse = figure is not None and (
                figure.mean < limit if known[name].higher_is_better else figure.mean > limit
            )
            if figure is not None and worse:
                report(f"{backend}: {name} is {figure.mean:.3g}, worse than {limit:g}.")
                failed = 1
    return failed
