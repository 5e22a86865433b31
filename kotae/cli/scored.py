"""What `kotae eval score` and `kotae eval report` share: answers from sources, scored."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from backends.judging.judge import AnswerJudge
    from kotae.cli.terminal import ProgressLine
    from kotae.evaluation.metrics import Answer, Metric
    from kotae.evaluation.scoring import Scores
    from kotae.evaluation.statistics import Comparison
    from kotae.evaluation.verdict import Verdict
    from kotae.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def scoring_options(function: F) -> F:
    """SOURCES, and what `evaluated` takes."""
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
                "--judge",
                metavar="BACKEND",
                help="Have answers graded by the model on this backend's server; replies are kept.",
            ),
            click.option("--judge-model", metavar="NAME", help="Another model on that server."),
            click.option(
                "--rubric",
                metavar="FILE",
                type=click.Path(dir_okay=False, path_type=Path),
                help="What counts, in words, for grades 5 to 1.",
            ),
            click.option(
                "--judge-pairs", is_flag=True, help="Have each pair of answers compared, both ways round."
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the options ask for."""

    sources: tuple[Path, ...]
    questions: Path | None
    metrics: str | None
    training: tuple[str, ...]
    against: str | None
    judge: str | None
    judge_model: str | None
    rubric: Path | None
    judge_pairs: bool
    fail_under: tuple[str, ...]


def evaluated(ctx: click.Context, wanted: Wanted) -> tuple[Settings, Scores, Verdict]:
    """The answers in the sources with their scores, and the figures that are made of them.

    Raises:
        KotaeError: a source, the question set, a backend or the name of a metric can't be used.
    """
    from kotae.cli.group import settings_of
    from kotae.cli.jsonl import read_rows
    from kotae.cli.terminal import report
    from kotae.evaluation.form import check_forms
    from kotae.evaluation.questions import Question, checked
    from kotae.evaluation.sources import found_in
    from kotae.evaluation.verdict import money_of, verdict

    settings: Settings = settings_of(ctx)
    if not wanted.judge and (wanted.judge_model or wanted.rubric or wanted.judge_pairs):
        raise click.UsageError("--judge-model, --rubric and --judge-pairs need --judge BACKEND.")
    prices = pairs(wanted.training, "--training")
    known = (
        checked(read_rows(wanted.questions, Question), wanted.questions.name)
        if wanted.questions is not None
        else []
    )
    if wanted.questions is not None:
        check_forms(known, wanted.questions.name)
    places = [source.expanduser() for source in wanted.sources]
    found = found_in(places, known)
    answers = found.answers
    there = list(dict.fromkeys(answer.turn.backend for answer in answers))
    for name in (*prices, *([wanted.against] if wanted.against else [])):
        if name not in there:
            raise KotaeError(
                f"There is no answer of a backend {name!r}.", f"Choose from: {', '.join(there)}."
            )
    for line in _lacking(places):
        report(line)
    judge = _judge(settings, wanted) if wanted.judge else None
    scores, judged = asyncio.run(_evaluated(settings, answers, wanted, judge))
    money = money_of(scores, settings.backends, prices, wanted.against or "")
    if wanted.against and not any(row.backend == wanted.against for row in money):
        report(f"No answer of {wanted.against} has a price, so nothing can be reckoned against it.")
    return (
        settings,
        scores,
        verdict(scores, votes=found.votes, judged=judged, money=money),
    )


def _lacking(sources: Sequence[Path]) -> list[str]:
    """What the runs among the sources lack, a line a backend: figures over fewer questions are easily taken for better ones."""
    from kotae.evaluation.folder import is_run, open_run

    runs = [open_run(source) for source in sources if is_run(source)]
    return [
        f"{backend}: {count} of {len(run.questions)} answers in {run.path} are missing."
        for run in runs
        for backend, count in run.lacking().items()
    ]


def _judge(settings: Settings, wanted: Wanted) -> AnswerJudge:
    from backends.judging.judge import AnswerJudge
    from backends.reply_cache import ReplyCache
    from kotae import paths

    assert wanted.judge is not None
    if wanted.judge not in settings.backends:
        raise KotaeError(
            f"There is no backend {wanted.judge!r} to judge by.",
            f"Choose from: {', '.join(settings.backends)}.",
        )
    rubric = ""
    if wanted.rubric is not None:
        try:
            rubric = wanted.rubric.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise KotaeError(f"{wanted.rubric} can't be read: {error}.", "Check --rubric.") from None
    return AnswerJudge(
        wanted.judge,
        settings.backends[wanted.judge],
        model=wanted.judge_model or "",
        rubric=rubric,
        cache=ReplyCache(paths.judgements_file()),
    )


async def _evaluated(
    settings: Settings, answers: list[Answer], wanted: Wanted, judge: AnswerJudge | None
) -> tuple[Scores, list[Comparison]]:
    from kotae.cli.terminal import ProgressLine

    line = ProgressLine()
    try:
        more = [judge.metric(line)] if judge is not None else []
        scores = await scored(settings, answers, wanted.metrics, more)
        compared = await _compared(judge, answers, line) if judge is not None and wanted.judge_pairs else []
        return scores, compared
    finally:
        line.clear()
        if judge is not None:
            await judge.aclose()


async def _compared(judge: AnswerJudge, answers: list[Answer], line: ProgressLine) -> list[Comparison]:
    """What the judge says of each pair of answers to one question."""
    from itertools import combinations

    from kotae.evaluation.statistics import Comparison
    from kotae.events import Progress

    by_question: dict[str, list[Answer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question.id, []).append(answer)
    both = [pair for group in by_question.values() for pair in combinations(group, 2)]
    found: list[Comparison | None] = [None] * len(both)
    done = 0

    async def compare(place: int) -> None:
        nonlocal done
        one, other = both[place]
        result = await judge.compare(one.question, one.text, other.text)
        done += 1
        line(Progress(f"Comparing by {judge.name}", done, len(both), "pairs"))
        if result is not None:
            found[place] = Comparison(one.turn.backend, other.turn.backend, result, one.question.id)

    tasks = [asyncio.ensure_future(compare(place)) for place in range(len(both))]
    try:
        await asyncio.gather(*tasks)
    finally:  # where one fails the others are called off
        for task in tasks:
            task.cancel()
    return [comparison for comparison in found if comparison is not None]


async def scored(
    settings: Settings, answers: list[Answer], wanted: str | None, more: Sequence[Metric] = ()
) -> Scores:
    """The answers, scored by the metrics that are there, or by those named, and by `more`. Those that fail are told."""
    from kotae.cli.compose import load_plugins
    from kotae.cli.terminal import ProgressLine, report
    from kotae.evaluation.scoring import score

    line = ProgressLine()
    try:
        metrics = _wanted(load_plugins(settings, report).register_metrics(settings), wanted)
        scores = await score(answers, [*metrics, *more], line)
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
            if not math.isfinite(pairs[name.strip()]):
                raise ValueError
        except ValueError:
            raise click.UsageError(f"{option} takes NAME=NUMBER, not {one!r}.") from None
    return pairs


def held(verdict: Verdict, limits: dict[str, float], sources: Sequence[Path] = ()) -> int:
    """1 where a backend is worse than a limit, or answered nothing at all, which is said."""
    from kotae.cli.terminal import report
    from kotae.evaluation.folder import is_run, open_run

    failed = 0
    if limits:
        runs = [open_run(source.expanduser()) for source in sources if is_run(source.expanduser())]
        for backend in dict.fromkeys(name for run in runs for name in run.manifest.backends):
            if backend not in verdict.backends:
                report(f"{backend} has no answer to hold against --fail-under.")
                failed = 1
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
