"""Runs of `kotae eval`, kept with the jobs whose models they asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kotae.errors import KotaeError

if TYPE_CHECKING:
    import click

    from kotae.tuning.jobs.log import JobLog


def take_run(ctx: click.Context, log: JobLog, folder: Path, metrics: str | None) -> None:
    """Scores a run, and writes the scores down with every job that it asked the model of.

    Raises:
        KotaeError: the folder holds no run, it asked no model of a job, or it can't be scored.
    """
    from kotae.cli.scored import Wanted, evaluated
    from kotae.cli.terminal import report
    from kotae.evaluation.manifest import read_manifest
    from kotae.tuning.jobs.asked import asked
    from kotae.tuning.jobs.record import Evaluation

    manifest = read_manifest(folder)
    found = asked(manifest, log.jobs())
    if not found:
        raise KotaeError(
            f"{folder} asked no model that was trained from here.",
            "`kotae eval run --backends NAME` asks one; `kotae tune status` has their names.",
        )
    wanted = Wanted(
        sources=(folder,),
        questions=None,
        metrics=metrics,
        training=(),
        against=None,
        judge=None,
        judge_model=None,
        rubric=None,
        judge_pairs=False,
        fail_under=(),
    )
    _, scores, _ = evaluated(ctx, wanted)
    for job, backend in found:
        means = {metric.name: scores.estimate(metric.name, backend) for metric in scores.metrics}
        log.evaluate(
            job,
            Evaluation(
                run=str(folder.absolute()),
                name=manifest.name,
                created=manifest.created,
                questions=manifest.questions,
                count=manifest.count,
                backend=backend,
                scores={name: estimate.mean for name, estimate in means.items() if estimate is not None},
            ),
        )
        report(f"Job {job.id}: the scores of {backend} in {folder} are kept.")
