"""`kotae tune run` on this machine: the embedded model."""

from __future__ import annotations

from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from kotae.cli.tune_file import model_tokenizer
from kotae.cli.tune_rows import both
from kotae.errors import KotaeError
from kotae.plain import encodable

if TYPE_CHECKING:
    import click

    from backends.tuning.local import LocalTrainer
    from kotae.tuning.jobs.log import JobLog
    from kotae.tuning.jobs.record import Job

LONGEST = 1024
"""Tokens that are learnt of a row; see `kotae.tuning.samples`."""
_ALL_BLOCKS = 30


def begun(ctx: click.Context, log: JobLog, file: Path, options: dict[str, Any]) -> tuple[LocalTrainer, Job]:
    """A job that trains the embedded model, written down, and what trains it.

    Raises:
        KotaeError: rows or options can't be used.
    """
    from backends.tuning.local import LocalTrainer
    from kotae.cli.group import settings_of
    from kotae.transcripts.record import now
    from kotae.tuning.jobs.backend_table import check_name
    from kotae.tuning.jobs.record import Job

    if options["backend"] is not None:
        check_name(options["backend"], settings_of(ctx))
    training, held_out = both(
        file, options["test"], model_tokenizer("embedded"), model="embedded", max_tokens=LONGEST, fewest=False
    )
    if "dpo" in (training.method, options["method"]):
        raise KotaeError(
            "The embedded model can't be trained on preferences (DPO).",
            "Name a service's --model, or rows with `messages`.",
        )
    out = options["out"].expanduser().absolute() if options["out"] is not None else None
    if out is not None:
        _check_out(out, log)
    job = log.begin(
        Job(
            id="",
            started=now(),
            where="local",
            model="embedded",
            hyperparameters=_hyperparameters(options, tested=held_out is not None),
            training=training.about,
            held_out=held_out.about if held_out is not None else None,
            system_prompt=training.system_prompt,
            wanted_backend=options["backend"] or "",
        )
    )
    if out is None:
        out = _free(log.folder / "adapters", f"{job.id}-{_stem(file)}")
    job = log.change(job, adapter=str(out))
    return LocalTrainer(training.chat(), held_out.chat() if held_out is not None else ()), job


def _check_out(out: Path, log: JobLog) -> None:
    """Raises KotaeError where the adapter could not be put there when the training has ended."""
    if encodable(str(out)) != str(out):
        raise KotaeError(f"{out} has a name that is not UTF-8.", "Name another --out.")
    if out.exists():
        raise KotaeError(f"{out} is there already.", "Name another --out.")
    if not out.parent.is_dir():
        raise KotaeError(f"There is no folder {out.parent}.", "Make it, or name another --out.")
    for job in log.jobs():
        if job.adapter == str(out) and not log.settled(job).ended:
            raise KotaeError(f"Job {job.id} is going to write {out}.", "Name another --out.")
    try:
        with TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise KotaeError(
            f"{out} can't be written: {error.strerror or error}.", "Name another --out."
        ) from None


def _hyperparameters(options: dict[str, Any], *, tested: bool) -> dict[str, Any]:
    """As for the sample manual's adapter, where nothing else is said. Raises KotaeError."""
    if options["patience"] is not None and not tested:
        raise KotaeError("--patience needs rows to test with.", "Name them: --test FILE.")
    blocks = options["blocks"] or 16
    if blocks > _ALL_BLOCKS:
        raise KotaeError(f"The embedded model has {_ALL_BLOCKS} blocks.", "Name fewer by --blocks.")
    rank = options["rank"] or 16
    return {
        "epochs": options["epochs"] or 6,
        "batch": options["batch"] or 8,
        "rank": rank,
        "alpha": 2.0 * rank,
        "first_block": _ALL_BLOCKS - blocks,
        "learning_rate": options["learning_rate"] or 2e-3,
        "seed": options["seed"] or 0,
        "target_loss": 0.02,
        **({"patience": options["patience"] or 2} if tested else {}),
    }


def _free(folder: Path, stem: str) -> Path:
    """An adapter that is not there: one may have outlived the log that numbered it."""
    names = chain((stem,), (f"{stem}-{number}" for number in count(2)))
    return next(path for name in names if not (path := folder / f"{name}.gguf").exists())


def _stem(file: Path) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in encodable(file.stem))
    return kept.strip("-")[:40] or "rows"
