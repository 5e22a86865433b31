"""`kotae tune run`: train, follow the training, and add what comes of it as a backend."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kotae.cli.lazy import require
from kotae.cli.terminal import report
from kotae.cli.tune_options import (
    COUNT,
    PATH,
    epochs_option,
    json_option,
    model_option,
    price_option,
    seed_option,
)
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from kotae.tuning.jobs.log import JobLog
    from kotae.tuning.jobs.record import Job
    from kotae.tuning.jobs.trainer import Trainer

_HERE = {"rank", "learning_rate", "blocks", "patience", "out"}
"""Options for the embedded model alone."""
_SERVICE = {
    "server", "base_url", "learning_rate_multiplier", "beta", "suffix", "training_type", "price_training", "allow_personal_data",
    "detach",
}  # fmt: skip
"""Options for services alone."""


@click.command("run")
@click.argument("file", required=False, type=PATH)
@click.option("--test", metavar="FILE", type=PATH, help="Rows that are not learnt, whose loss is measured.")
@model_option(
    "What is trained: `embedded`, on this machine, or a model of a service.",
    default="embedded",
    show_default=True,
)
@click.option(
    "--backend", metavar="NAME", help="What to call the new backend. Default: after suffix or file."
)
@epochs_option("How often each row is learnt. Embedded: 6.")
@click.option("--batch", metavar="N", type=COUNT, help="Rows a step. Embedded: 8.")
@seed_option("Makes it repeatable, where the service can. Embedded: 0.")
@click.option(
    "--rank", metavar="N", type=click.IntRange(1, 256), help="Embedded: rank of the LoRA matrices. 16."
)
@click.option(
    "--blocks",
    metavar="N",
    type=COUNT,
    help="Embedded: how many of the upper blocks are trained. 16 of 30.",
)
@click.option(
    "--learning-rate", metavar="X", type=click.FloatRange(0, min_open=True), help="Embedded: 0.002."
)
@click.option(
    "--patience",
    metavar="N",
    type=COUNT,
    help="Embedded, with --test: stop when the held-out loss gets no better for N epochs, and keep the best. 2.",
)
@click.option(
    "--out", metavar="FILE", type=PATH, help="Embedded: the adapter to write. Default: in the data folder."
)
@click.option(
    "--server",
    metavar="NAME",
    help="Service: the backend whose table says where it is, and which key to use.",
)
@click.option("--base-url", metavar="URL", help="Service: where it is.")
@click.option("--method", type=click.Choice(["supervised", "dpo"]), help="Default: as the rows are.")
@click.option(
    "--learning-rate-multiplier", metavar="X", type=click.FloatRange(0, min_open=True), help="Service."
)
@click.option(
    "--beta", metavar="X", type=click.FloatRange(0, 2), help="Service: how near DPO stays to the model."
)
@click.option("--suffix", metavar="NAME", help="Service: becomes part of the model's name.")
@click.option(
    "--training-type",
    metavar="NAME",
    help="Azure: where it trains, such as Standard, GlobalStandard or Developer. Default: Azure's own.",
)
@price_option("--price-training", "Service: price of training")
@click.option(
    "--allow-personal-data",
    is_flag=True,
    help="Service: send the rows although personal data or secrets are in them.",
)
@click.option("--yes", is_flag=True, help="Don't ask before rows are sent and money is spent.")
@click.option("--detach", is_flag=True, help="Service: begin the job and don't follow it.")
@click.option("--follow", metavar="JOB", help="Go on with a job that was begun: its number, or `last`.")
@click.option("--cancel", metavar="JOB", help="End a service's job.")
@json_option("Print the job as one line of JSON at the end.")
@click.pass_context
def command(ctx: click.Context, /, file: Path | None, as_json: bool, **options: Any) -> int:
    """Train on FILE, rows as `kotae tune lint` checks them, and add what comes of it as a backend.

    By default the embedded model is trained, on this machine, and nothing leaves it. With --model, a service trains: it is sent the
    rows, and costs money; both are asked about first. A job there goes on when this command is stopped.
    """
    require("Training", ("datasketch", "gguf", "peft", "transformers"), "tune")
    from kotae.tuning.jobs.log import JobLog

    log = JobLog()
    if sum(given is not None for given in (file, options["follow"], options["cancel"])) != 1:
        raise click.UsageError("Give FILE, or --follow JOB, or --cancel JOB.")
    for name in () if file is not None else sorted({*options} - {"follow", "cancel"}):
        if _given(ctx, name):
            raise click.UsageError(f"{_option(name)} is for beginning a job: it needs FILE.")
    if (name := options["cancel"]) is not None:
        job = _cancelled(log, name)
    elif (name := options["follow"]) is not None:
        job = _gone_on_with(ctx, log, name)
    else:
        assert file is not None
        job = _trained(ctx, log, file.expanduser(), options)
    _tell(job, as_json=as_json)
    return 0


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _trained(ctx: click.Context, log: JobLog, file: Path, options: dict[str, Any]) -> Job:
    """Begins a job and follows it."""
    here = options["model"] == "embedded"
    for name in sorted(_SERVICE if here else _HERE):
        if _given(ctx, name):
            what = "training by a service: name its --model" if here else "the embedded model"
            raise click.UsageError(f"{_option(name)} is for {what}.")
    trainer: Trainer
    if here:
        from kotae.cli import tune_local

        trainer, job = tune_local.begun(ctx, log, file, options)
        return _followed(ctx, trainer, job, log)
    from kotae.cli import tune_hosted

    trainer, job = tune_hosted.begun(ctx, log, file, options)
    return _followed(ctx, trainer, job, log, begin_only=options["detach"])


def _followed(
    ctx: click.Context, trainer: Trainer, job: Job, log: JobLog, *, begin_only: bool = False
) -> Job:
    from kotae.cli.tune_following import followed, settled

    # A service's job can be followed by several; but it is begun by one.
    with log.held(job) if not job.remote else nullcontext():
        job = log.job(job.id)  # whoever held it before may have got further
        if not job.ended:
            job = asyncio.run(followed(trainer, job, log, begin_only=begin_only))
    return job if begin_only and not job.ended else settled(ctx, job, log)


def _gone_on_with(ctx: click.Context, log: JobLog, name: str) -> Job:
    """Follows a job that was begun; of one that has ended, does what is left to do."""
    from kotae.cli.tune_following import settled

    job = log.settled(log.job(name))
    if job.ended:
        return settled(ctx, job, log)
    if job.where == "local":
        raise KotaeError(
            f"Job {job.id} is trained on this machine, by another process.",
            f"`kotae tune status {job.id}` says how far it is.",
        )
    from kotae.cli.tune_hosted import trainer_of

    return _followed(ctx, trainer_of(job), job, log)


def _cancelled(log: JobLog, name: str) -> Job:
    """Ends a job."""
    job = log.settled(log.job(name))
    if job.where == "local" and not job.ended:
        raise KotaeError(
            f"Job {job.id} is trained on this machine, by another process.", "Press Ctrl+C where it runs."
        )
    # One that is about to begin it would not hear that it is cancelled.
    with log.held(job) if not job.remote else nullcontext():
        job = log.job(job.id)
        if job.ended:
            raise KotaeError(
                f"Job {job.id} has ended already: {job.state}.", f"`kotae tune status {job.id}` shows it."
            )
        job = log.change(job, **asyncio.run(_ended(job)))
    report(f"Job {job.id} is cancelled." if job.ended else f"Job {job.id} is being cancelled.")
    return job


async def _ended(job: Job) -> dict[str, Any]:
    from kotae.cli.tune_hosted import trainer_of

    trainer = trainer_of(job)
    try:
        return await trainer.cancel(job)
    finally:
        await trainer.aclose()


def _tell(job: Job, *, as_json: bool) -> None:
    if as_json:
        from kotae.cli.jsonl import write_row
        from kotae.cli.tune_status import as_row

        write_row(as_row(job))
    else:
        from kotae.cli.tune_status import print_job

        print_job(job)
