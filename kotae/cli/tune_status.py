"""`kotae tune status`: every job that was started from here, what it saw, what it cost, and how well it did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kotae.cli.tune_options import PATH, json_option

if TYPE_CHECKING:
    from kotae.tuning.jobs.record import Evaluation, Job


@click.command("status")
@click.argument("name", metavar="[JOB]", required=False)
@click.option(
    "--eval",
    "runs",
    metavar="DIR",
    multiple=True,
    type=PATH,
    help="A run of `kotae eval run`: its scores are kept with the job whose model it asked.",
)
@click.option("--metrics", metavar="A,B", help="With --eval: only these. Default: all that apply.")
@json_option("Print a line of JSON a job.")
@click.pass_context
def command(
    ctx: click.Context, /, name: str | None, runs: tuple[Path, ...], metrics: str | None, as_json: bool
) -> int:
    """List the jobs, or show one: its number, the service's name for it, or `last`.

    Nothing is asked of a service: `kotae tune run --follow JOB` does that.
    """
    from kotae.tuning.jobs.log import JobLog

    log = JobLog()
    if metrics is not None and not runs:
        raise click.UsageError("--metrics is for --eval.")
    if runs:
        from kotae.cli.tune_evaluated import take_run

        for run in runs:
            take_run(ctx, log, run.expanduser(), metrics)
    found = [log.job(name)] if name is not None else log.jobs()
    jobs = [log.settled(job) for job in found]
    if as_json:
        from kotae.cli.jsonl import write_row

        for job in jobs:
            write_row(as_row(job))
    elif name is not None:
        print_job(jobs[0])
    else:
        _print_all(jobs)
    return 0


def as_row(job: Job) -> dict[str, Any]:
    """A job as JSON has it, with its cost."""
    import msgspec

    return {**msgspec.to_builtins(job), "cost": job.cost}


def print_job(job: Job) -> None:
    """Shows all that is known of a job, on stdout."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from kotae.plain import escaped_line

    console = Console(markup=False, highlight=False, emoji=False)
    table = Table(box=box.SIMPLE, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in _facts(job):
        table.add_row(key, Text(escaped_line(value)))
    console.print(table)
    if shown := _curve(job, colours=console.color_system is not None):
        console.print(Text.from_ansi(shown), no_wrap=True)
    if job.evaluations:
        console.print(_evaluations(job.evaluations))


def _facts(job: Job) -> list[tuple[str, str]]:
    said = [
        ("job", f"{job.id}, {job.state}{', ' + job.remote if job.remote else ''}"),
        *([("why", job.error)] if job.error else []),
        ("started", _minute(job.started)),
        ("trained", f"{job.model}, {_place(job)}, {job.method}"),
        (
            "by",
            ", ".join(f"{key} {_number(value)}" for key, value in job.hyperparameters.items()) or "defaults",
        ),
        ("rows", _data(job.training)),
        *([("held out", _data(job.held_out))] if job.held_out is not None else []),
    ]
    if job.trained_tokens is not None:
        took = f" in {_time(job.seconds)}" if job.seconds is not None else ""
        said.append(("learnt", f"{job.trained_tokens:,} tokens{took}"))
    said.append(("cost", _cost(job)))
    training, held_out = job.losses()
    if training:
        said.append(("loss", _fall(training)))
    if held_out:
        said.append(("held-out loss", _fall(held_out)))
    if job.state == "succeeded":
        result = job.result or f"{job.adapter} (SHA-256 {job.adapter_sha256[:12]})"
        said.append(("result", result))
        said.append(("backend", job.backend or f"none yet: kotae tune run --follow {job.id}"))
        if not job.evaluations and job.backend:
            said.append(
                (
                    "evaluation",
                    f"none yet: kotae eval run --backends {job.backend} …, then kotae tune status --eval DIR",
                )
            )
    return said


def _print_all(jobs: list[Job]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from kotae.plain import escape_controls

    if not jobs:
        click.echo("Nothing was trained from here yet: kotae tune run FILE.", err=True)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, leading=1)
    table.add_column("job", no_wrap=True, justify="right")
    for name in ("model, rows", "state, begun", "loss, cost", "backend,\nevaluation"):
        table.add_column(name, overflow="fold")
    for job in jobs:
        training, held_out = job.losses()
        losses = held_out or training
        least = f"{min(loss for _, loss in losses):.3f}" if losses else ""
        loss = f"{'held out' if held_out else 'loss'} {least}" if least else ""
        cells = (
            job.id,
            f"{job.model}\n{job.training.rows:,} rows {job.training.sha256[:8]}",
            f"{job.state}\n{_minute(job.started)}",
            f"{loss}\n{_short_cost(job)}",
            f"{job.backend}\n{_short(job.evaluations[-1]) if job.evaluations else ''}",
        )
        table.add_row(*(Text(escape_controls(cell)) for cell in cells))
    Console(markup=False, highlight=False, emoji=False).print(table)


def _evaluations(evaluations: tuple[Evaluation, ...]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from kotae.plain import escaped_line

    metrics = list(dict.fromkeys(name for one in evaluations for name in one.scores))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("evaluation", overflow="fold")
    for one in evaluations:
        table.add_column(
            Text(f"{escaped_line(one.name)}\n{one.count} questions\n{_minute(one.created)}"), justify="right"
        )
    for metric in metrics:
        cells = (f"{one.scores[metric]:.4g}" if metric in one.scores else "–" for one in evaluations)
        table.add_row(Text(escaped_line(metric)), *cells)
    return table


def _curve(job: Job, *, colours: bool) -> str:
    """The curve; that there can't be one, where the package that draws it is absent, is said on stderr."""
    from kotae.tuning.jobs.curve import curve

    try:
        return curve(job, colours=colours)
    except ImportError as error:
        click.echo(f"No curve without the package {error.name}: pipx install 'kotae[tune]'.", err=True)
        return ""


def _short_cost(job: Job) -> str:
    if job.cost is None:
        return ""
    return f"cost {'≈ ' if job.trained_tokens is None else ''}{job.cost:,.4g}"


def _short(evaluation: Evaluation) -> str:
    first = next(iter(evaluation.scores.items()), None)
    return f"{first[0]} {first[1]:.3f}" if first is not None else ""


def _data(data: Any) -> str:
    return f"{data.name}, {data.rows:,} rows, {data.tokens:,} tokens (SHA-256 {data.sha256[:12]})"


def _place(job: Job) -> str:
    return "on this machine" if job.where == "local" else f"at {job.server}"


def _cost(job: Job) -> str:
    if job.where == "local":
        return "none: on this machine"
    if job.cost is None:
        return "give --price-training" if job.price_training is None else "not known"
    said = f"{job.cost:,.4g}"
    return said if job.trained_tokens is not None else f"{said} expected"


def _fall(points: list[tuple[int, float]]) -> str:
    least = min(points, key=lambda point: point[1])
    return f"{points[0][1]:.3f} → {points[-1][1]:.3f}; least {least[1]:.3f} after step {least[0]}"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _minute(at: str) -> str:
    from datetime import datetime

    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return at


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
