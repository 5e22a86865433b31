"""`kotae eval score`: figures for runs, and for transcripts recorded by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from kotae.evaluation.metrics import Answer, Metric
    from kotae.evaluation.scoring import Scores
    from kotae.evaluation.verdict import Verdict
    from kotae.settings import Settings


@click.command("score")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--questions",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="References and pages for questions that were asked by hand, matched by wording.",
)
@click.option("--metrics", metavar="A,B", help="Only these. Default: all that apply.")
@click.option("--by-type", metavar="A,B", help="Metrics to show by type of question too.")
@click.option("--training", metavar="NAME=PRICE", multiple=True, help="What training a backend cost, once.")
@click.option("--against", metavar="NAME", help="The backend that break-even is reckoned against.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all figures there as JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON an answer, with its scores.")
@click.option(
    "--fail-under", metavar="METRIC=X", multiple=True, help="Exit with 1 where a backend's mean is worse."
)
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[Path, ...],
    questions: Path | None,
    metrics: str | None,
    by_type: str | None,
    training: tuple[str, ...],
    against: str | None,
    out: Path | None,
    as_json: bool,
    fail_under: tuple[str, ...],
) -> int:
    """Score the answers in SOURCES: runs, transcripts, or folders of transcripts.

    Intervals are 95 % bootstrap intervals over questions. `≈` stands before a figure that can't be told from the best one.
    """
    from kotae.cli.group import settings_of
    from kotae.cli.jsonl import read_rows, write_row
    from kotae.evaluation.questions import Question, checked
    from kotae.evaluation.sources import answers_in
    from kotae.evaluation.verdict import money_of, verdict
    from kotae.evaluation.votes import standings_in

    settings: Settings = settings_of(ctx)
    limits, prices = _pairs(fail_under, "--fail-under"), _pairs(training, "--training")
    known = checked(read_rows(questions, Question), questions.name) if questions is not None else []
    answers = answers_in([source.expanduser() for source in sources], known)
    scores = asyncio.run(_scored(settings, answers, metrics))
    told = verdict(
        scores,
        standings_in([source.expanduser() for source in sources]),
        money_of(scores, settings.backends, prices, against or ""),
    )
    if out is not None:
        _write(out, told)
    if as_json:
        for row in rows_of(scores):
            write_row(row)
    else:
        _print(told, [name.strip() for name in (by_type or "").split(",") if name.strip()])
    return _held(told, limits)


async def _scored(settings: Settings, answers: list[Answer], wanted: str | None) -> Scores:
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


def _pairs(given: tuple[str, ...], option: str) -> dict[str, float]:
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


def rows_of(scores: Scores) -> list[dict[str, object]]:
    """An answer a row, with what every metric says of it."""
    return [
        {
            "question": answer.question.id,
            "type": answer.question.type,
            "backend": answer.turn.backend,
            "turn": answer.turn.id,
            "scores": {
                metric.name: scores.values[metric.name].get((answer.turn.backend, answer.question.id))
                for metric in scores.metrics
            },
        }
        for answer in scores.answers
    ]


def _write(path: Path, verdict: Verdict) -> None:
    import msgspec

    from kotae.evaluation.manifest import write_whole

    try:
        write_whole(path, msgspec.json.format(msgspec.json.encode(verdict), indent=2) + b"\n")
    except OSError as error:
        raise KotaeError(f"{path} can't be written: {error.strerror or error}.", "Check --out.") from None


def _print(verdict: Verdict, by_type: list[str]) -> None:
    from rich.console import Console

    from kotae.evaluation.tables import tables

    console = Console(markup=False, highlight=False, emoji=False)
    for table in tables(verdict, by_type=by_type):
        console.print(table)


def _held(verdict: Verdict, limits: dict[str, float]) -> int:
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
