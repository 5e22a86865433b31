"""`kotae eval score`: figures for runs, and for transcripts recorded by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kotae.cli.scored import Wanted, evaluated, held, pairs, scoring_options
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from kotae.evaluation.scoring import Scores
    from kotae.evaluation.verdict import Verdict


@click.command("score")
@scoring_options
@click.option("--by-type", metavar="A,B", help="Metrics to show by type of question too.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all figures there as JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON an answer, with its scores.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    by_type: str | None,
    out: Path | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Score the answers in SOURCES: runs, transcripts, or folders of transcripts.

    Intervals are 95 % bootstrap intervals over questions. `≈` stands before a figure that can't be told from the best one.
    """
    from kotae.cli.jsonl import write_row

    wanted = Wanted(**options)
    limits = pairs(wanted.fail_under, "--fail-under")
    types = [name.strip() for name in (by_type or "").split(",") if name.strip()]
    _, scores, told = evaluated(ctx, wanted)
    known = [metric.name for metric in told.metrics]
    for name in types:
        if name not in known:
            raise KotaeError(
                f"--by-type: nothing was scored by {name!r}.", f"Choose from: {', '.join(known)}."
            )
    if out is not None:
        _write(out.expanduser(), told)
    if as_json:
        for row in rows_of(scores):
            write_row(row)
    else:
        _print(told, types)
    return held(told, limits, wanted.sources)


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
    for table in tables(verdict, by_type=by_type, width=console.width):
        console.print(table)
