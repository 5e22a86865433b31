"""`kotae eval diff`: what got better, worse, or changed between two runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kotae.evaluation.diff import Changed, Diff, Moved
    from kotae.evaluation.scoring import Scores


@click.command("diff")
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@click.option("--metrics", metavar="A,B", help="Only these. Default: all that apply.")
@click.option(
    "--most", metavar="N", type=click.IntRange(min=0), default=20, show_default=True, help="Answers to show."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one line of JSON.")
@click.option(
    "--fail-on-worse", is_flag=True, help="Exit with 1 where a mean got worse, and that is no chance."
)
@click.pass_context
def command(
    ctx: click.Context,
    run_a: Path,
    run_b: Path,
    metrics: str | None,
    most: int,
    as_json: bool,
    fail_on_worse: bool,
) -> int:
    """Compare RUN_B with RUN_A, answer by answer: the same questions, asked before and after a change.

    Means are compared over the questions that both runs have, by the paired bootstrap.
    """
    from kotae.cli.group import settings_of
    from kotae.cli.jsonl import write_row
    from kotae.cli.scored import scored
    from kotae.evaluation.diff import diff
    from kotae.evaluation.questions import EvaluationError
    from kotae.evaluation.sources import answers_in

    settings = settings_of(ctx)

    first, second = answers_in([run_a.expanduser()]), answers_in([run_b.expanduser()])

    async def both() -> tuple[Scores, Scores]:
        return await scored(settings, first, metrics), await scored(settings, second, metrics)

    before, after = asyncio.run(both())
    found = diff(before, after)
    if not found.answers:
        raise EvaluationError(
            f"{run_a} and {run_b} have no answer to the same question by the same backend.",
            "Compare two runs of one question set.",
        )
    if as_json:
        write_row(found)
    else:
        _print(found, most)
    return int(fail_on_worse and any(moved.direction == "worse" for moved in found.moved))


def _print(found: Diff, most: int) -> None:
    from rich.console import Console

    from kotae.evaluation.tables import changed_table, moved_table

    console = Console(markup=False, highlight=False, emoji=False)
    console.print(f"{found.answers} answers in both; {found.reworded} of them in other words.")
    for name, rows in (("Only in the first", found.only_before), ("Only in the second", found.only_after)):
        if rows:
            console.print(f"{name}: {len(rows)} answers.")
    console.print(moved_table(found.moved))
    shown: list[Changed] = [change for change in found.changed if change.direction != "changed"][:most]
    if shown:
        console.print(changed_table(shown))
    worse: list[Moved] = [moved for moved in found.moved if moved.direction == "worse"]
    better = sum(moved.direction == "better" for moved in found.moved)
    console.print(f"{better} means got better, {len(worse)} worse; the others can't be told from chance.")
