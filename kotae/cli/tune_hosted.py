"""`kotae tune run` by a service: what is sent and what it costs is said, and asked about, before anything leaves this machine."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from kotae.cli.tune_file import model_tokenizer, read_bytes
from kotae.cli.tune_rows import Learnt, both
from kotae.errors import KotaeError
from kotae.tuning.lint.form import MAX_TOKENS, lines_of

if TYPE_CHECKING:
    from backends.tuning.hosted import HostedTrainer
    from kotae.settings import BackendSettings, Settings
    from kotae.tuning.jobs.log import JobLog
    from kotae.tuning.jobs.record import Data, Job, Where
    from kotae.tuning.tokens import Tokenizer

_AZURE = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
_AZURE_SUFFIX = re.compile(r"[A-Za-z0-9_-]{0,40}")
_OFTEN = 3
"""Epochs that services often choose for themselves; a cost is told by it where none are named."""


def begun(ctx: click.Context, log: JobLog, file: Path, options: dict[str, Any]) -> tuple[HostedTrainer, Job]:
    """A job that a service will do, written down, and what has it done. Nothing has been sent yet.

    Raises:
        KotaeError: rows or options can't be used, personal data is in the rows, or the user says no.
    """
    from backends.tuning.hosted import HostedTrainer
    from kotae.cli.group import settings_of
    from kotae.transcripts.record import now
    from kotae.tuning.jobs.backend_table import check_name
    from kotae.tuning.jobs.record import Job

    settings: Settings = settings_of(ctx)
    if options["backend"] is not None:
        check_name(options["backend"], settings)
    model = options["model"]
    table, server = _service(settings, options)
    tokenizer = model_tokenizer(model)
    training, held_out = both(
        file, options["test"], tokenizer, model=model, max_tokens=MAX_TOKENS, fewest=True
    )
    method = options["method"] or training.method
    if method != training.method:
        raise KotaeError(
            f"{training.path} has rows for the method {training.method}, not {method}.", "Leave --method out."
        )
    if options["beta"] is not None and method != "dpo":
        raise KotaeError("--beta is for preference rows (DPO).", "Leave it out.")
    where = _where(server, table)
    _check_azure(options, where)
    job = Job(
        id="",
        started=now(),
        where=where,
        model=model,
        method=method,
        hyperparameters={
            name: options[name]
            for name in ("epochs", "batch", "learning_rate_multiplier", "beta", "seed", "training_type")
            if options[name] is not None
        },
        training=training.about,
        held_out=held_out.about if held_out is not None else None,
        suffix=options["suffix"] or "",
        system_prompt=training.system_prompt,
        server=server,
        api_version=table.api_version,
        api_key_env=table.api_key_env,
        price_training=options["price_training"],
        estimated_tokens=training.about.tokens * options["epochs"] if options["epochs"] else None,
        wanted_backend=options["backend"] or "",
    )
    # The rows that are sent are those that were looked at, whatever becomes of the files meanwhile.
    rows = {"training": training.data, "held_out": held_out.data if held_out is not None else b""}
    trainer = HostedTrainer(
        job, lambda which: _sendable(rows[which])
    )  # a missing key is told before anything is asked
    if not options["allow_personal_data"]:
        for one in (training, held_out):
            if one is not None:
                _refuse_personal(one)
    _ask(job, tokenizer, yes=options["yes"])
    return trainer, log.begin(job)


def trainer_of(job: Job) -> HostedTrainer:
    """What follows a job of a service, and goes on beginning it where that broke off. Raises BackendError where there is no key."""
    from backends.tuning.hosted import HostedTrainer

    def content(which: str) -> bytes:
        data = job.training if which == "training" else job.held_out
        assert data is not None
        return _sendable(_unchanged(data, job.id))

    return HostedTrainer(job, content)


def _service(settings: Settings, options: dict[str, Any]) -> tuple[BackendSettings, str]:
    """The table that says where the service is, and its URL. Raises KotaeError where none does."""
    import msgspec

    from kotae.settings import EMBEDDED, BackendSettings, server_of

    name, model = options["server"], options["model"]
    if name is not None and name not in settings.backends:
        raise KotaeError(f"There is no backend {name!r}.", f"Choose one of: {', '.join(settings.backends)}.")
    table = settings.backends[name] if name is not None else BackendSettings()
    table = msgspec.structs.replace(table, model=model, base_url=options["base_url"] or table.base_url)
    server = server_of(table)
    if server == EMBEDDED:
        raise KotaeError(
            f"No service is named that trains {model}.",
            "Set OPENAI_API_KEY, or name --base-url, or --server with a backend of the settings.",
        )
    return table, server


def _where(server: str, table: BackendSettings) -> Where:
    host = (urlsplit(server).hostname or "").lower()
    return "azure" if table.api_version or host.endswith(_AZURE) else "openai"


def _check_azure(options: dict[str, Any], where: Where) -> None:
    """Raises KotaeError where options go with Azure alone, or Azure would refuse them after it has the rows."""
    if where != "azure":
        if options["training_type"] is not None:
            raise KotaeError("--training-type is for Azure.", "Leave it out.")
    elif not _AZURE_SUFFIX.fullmatch(options["suffix"] or ""):
        raise KotaeError(
            f"Azure takes no suffix like {options['suffix']!r}.",
            "Use letters, digits, `-` and `_`, at most 40 of them.",
        )


def _refuse_personal(rows: Learnt) -> None:
    from kotae.tuning.lint.privacy import privacy

    if found := privacy(rows.data):
        lines = {row.line for finding in found for row in finding.rows}
        kinds = ", ".join(f"{finding.code} ({finding.count})" for finding in found)
        raise KotaeError(
            f"{rows.path} has personal data or secrets in it: {kinds}; the first in line {min(lines)}.",
            f"`kotae tune lint {rows.path} --checks privacy --mask FILE` masks them; --allow-personal-data sends them.",
        )


def _ask(job: Job, tokenizer: Tokenizer, *, yes: bool) -> None:
    """Says what will be sent where and what it costs. Raises click.Abort when the user says no, KotaeError when nobody can."""
    from kotae.cli.terminal import report
    from kotae.evaluation.costs import price

    sign = "≈ " if tokenizer.estimated else ""
    sent = f"{job.training.rows:,} rows of {job.training.name}"
    if job.held_out is not None:
        sent += f" and {job.held_out.rows:,} of {job.held_out.name}"
    epochs = job.hyperparameters.get("epochs")
    tokens = job.training.tokens * (epochs or _OFTEN)
    often = f"{epochs} epochs" if epochs else f"as many epochs as the service chooses; with {_OFTEN}"
    cost = (
        f", {price(tokens, job.price_training):,.4g}."
        if job.price_training is not None
        else ". What that costs is told with --price-training."
    )
    report(f"To {job.server} go {sent}, without their metadata.")
    report(f"There {job.model} is trained ({job.method}) for {often}: {sign}{tokens:,} tokens{cost}")
    if yes:
        return
    if not sys.stdin.isatty():
        raise KotaeError("Nothing was sent: nobody is here to agree to it.", "Pass --yes.")
    click.confirm("Send the rows and train?", abort=True, err=True)


def _unchanged(data: Data, job: str) -> bytes:
    """The bytes of a file that a job was begun with. Raises KotaeError where they are others now."""
    from kotae.tuning.jobs.record import digest

    path = Path(data.path)
    content = read_bytes(path)
    if digest(content) != data.sha256:
        raise KotaeError(
            f"{path} has changed since the job was begun.",
            f"Begin another with it, and end this one: `kotae tune run --cancel {job}`.",
        )
    return content


def _sendable(data: bytes) -> bytes:
    """The rows without what is said of them beside their messages, which is nobody else's business."""
    lines = []
    for line in lines_of(data):
        if not line.strip():
            continue
        row = json.loads(line)
        row.pop("metadata", None)
        whole = line.isascii()  # what was written in escapes may have no other form: half a surrogate pair
        lines.append(json.dumps(row, ensure_ascii=whole, separators=(",", ":")).encode())
    return b"\n".join(lines) + b"\n"
