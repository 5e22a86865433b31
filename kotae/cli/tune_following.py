"""Following a job in the terminal, and adding what comes of it as a backend."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from kotae.cli.terminal import ProgressLine, progress_text, report
from kotae.errors import KotaeError, SettingsError
from kotae.pace import Estimate, Pace
from kotae.plain import escape_controls

if TYPE_CHECKING:
    from pathlib import Path

    import click

    from kotae.events import Progress
    from kotae.tuning.jobs.log import JobLog
    from kotae.tuning.jobs.record import Job
    from kotae.tuning.jobs.trainer import JobEvent, Trainer

_REDRAWN = 0.5
"""Seconds between two drawings of the curve."""
_MARGIN = 3
"""Columns that stay free beside what is redrawn, and lines for how far it is."""
_STATES = {
    "uploading": "The rows are being sent",
    "validating_files": "The service checks the rows",
    "queued": "Waiting for the service to begin",
    "running": "Training",
    "paused": "Paused at the service, until somebody resumes it there",
}


async def followed(trainer: Trainer, job: Job, log: JobLog, *, begin_only: bool = False) -> Job:
    """The job when it has ended, or when a service has it. What it says on the way is shown on stderr.

    Raises:
        KotaeError: it can't be begun or followed.
    """
    from kotae.tuning.jobs.follow import follow

    shown = _Shown(job)
    try:
        async with aclosing(follow(trainer, job, log)) as told:
            async for job, event in told:
                shown.take(job, event)
                if begin_only and job.remote:
                    break
    except asyncio.CancelledError:
        shown.close()
        cancelled = f"Job {job.id} is cancelled; nothing was written."
        report(_left_alone(job, by_user=True) if trainer.survives else cancelled)
        raise
    except KotaeError:
        shown.close()
        if trainer.survives and not job.ended:
            report(_left_alone(job, by_user=False))
        raise
    finally:
        shown.close()
        await trainer.aclose()
    return job


def _left_alone(job: Job, *, by_user: bool) -> str:
    if not job.remote:
        what = "has not begun, as far as is known here"
    else:
        what = "goes on without being followed" if by_user else "is not followed any more"
    return (
        f"Job {job.id} {what}. `kotae tune run --follow {job.id}` goes on following, "
        f"`kotae tune run --cancel {job.id}` ends it."
    )


def settled(ctx: click.Context, job: Job, log: JobLog) -> Job:
    """What is left to do when a job has ended: add the backend, and say what came of it.

    Raises:
        KotaeError: it has not succeeded, or its backend can't be added.
    """
    if job.state != "succeeded":
        raise KotaeError(
            f"Job {job.id} {_ended(job.state)}{': ' + job.error if job.error else '.'}", _hint(job)
        )
    if job.where != "local" and not job.result:
        raise KotaeError(
            f"Job {job.id} succeeded, but the service names no model.", f"See {job.remote} at {job.server}."
        )
    with (
        log.alone()
    ):  # whoever else follows it adds it, too; and what two write into one file at a time is lost
        job, file = _added(ctx, log.job(job.id), log)
    if file is None:
        return job
    report(f"The backend {job.backend} is in {file}. A chat that is open has it after /reload.")
    if job.where == "azure":
        report(
            f"Deploy {job.result} in Azure first, and put the deployment's name into `model` of [backends.{job.backend}]."
        )
    return job


def _added(ctx: click.Context, job: Job, log: JobLog) -> tuple[Job, Path | None]:
    """The job with its backend in the settings, and the file that it was added to; None: it was there already."""
    from kotae.cli.group import named_settings, settings_of
    from kotae.settings import file_of
    from kotae.settings_file import SettingsFile
    from kotae.tuning.jobs.backend_table import add, table

    file = SettingsFile(file_of(named_settings(ctx)))
    try:
        settings = settings_of(ctx)
        if job.backend and job.backend in settings.backends:
            return job, None
        return log.change(job, backend=add(job, file, settings)), file.path
    except SettingsError as error:
        wanted = ", ".join(f"{key} = {value!r}" for key, value in table(job).items())
        raise SettingsError(
            f"Job {job.id} succeeded, but its backend could not be added: {error.message}",
            f"{error.hint} Then `kotae tune run --follow {job.id}` adds it, or a table with: {wanted}.",
        ) from None


def _ended(state: str) -> str:
    return "was cancelled" if state == "cancelled" else state


def _hint(job: Job) -> str:
    return f"`kotae tune status {job.id}` shows what is known of it."


class _Shown:
    """What is seen of a job on stderr: in a terminal the curve with a line of progress under it, elsewhere a line a stage."""

    def __init__(self, job: Job) -> None:
        self._state = ""
        self._away = False
        self._pace = Pace()
        self._line = ProgressLine()
        self._live: Any = None
        self._drawn = self._curved = 0.0
        self._progress: tuple[Progress, Estimate, str] | None = None
        self._curve = ""
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._console = Console(stderr=True, markup=False, highlight=False, emoji=False)
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
            self._draw(job)

    def take(self, job: Job, event: JobEvent) -> None:
        """Shows what an event means."""
        from kotae.events import Progress
        from kotae.tuning.jobs.record import Said
        from kotae.tuning.jobs.trainer import Away, Measured
        from kotae.tuning.jobs.trainer import Pace as Going

        if isinstance(event, Away):
            if not self._away:
                goes_on = "The job goes on; the service" if job.remote else "It"
                self._say(f"{event.why} {goes_on} is asked again until it answers.")
            self._away = True
            return
        if self._away and not isinstance(event, Going):
            self._away = False
            self._say("The service answers again.")
        if isinstance(event, Said):
            self._say(f"{event.message}" if event.level == "info" else f"{event.level}: {event.message}")
        if job.where != "local" and job.state != self._state and not job.ended:
            self._state = job.state
            self._show(Progress(_STATES.get(job.state, job.state)), _losses(job))
        if isinstance(event, Going):
            more = "  ".join(part for part in (event.more, _losses(job)) if part)
            self._show(event.progress, more, event.left)
        elif isinstance(event, Measured):
            self._draw(job)

    def close(self) -> None:
        """Takes away what is redrawn."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._line.clear()

    def _say(self, line: str) -> None:
        if self._live is not None:
            self._live.console.print(escape_controls(line).replace("\n", " "))
        else:
            report(line)

    def _show(self, progress: Progress, more: str, left: float | None = None) -> None:
        if self._live is None:
            self._line(progress, more)
            return
        estimate = self._pace.told(progress, time.monotonic())
        if left is not None:  # whoever trains knows better
            estimate = Estimate(estimate.rate, left)
        self._progress = progress, estimate, more
        self._refresh(last=progress.total > 0 and progress.done == progress.total)

    def _draw(self, job: Job) -> None:
        at = time.monotonic()
        if self._live is None or at - self._curved < _REDRAWN:
            return
        self._curved = at
        from kotae.tuning.jobs.curve import COLUMNS, LINES, curve

        self._curve = ""
        if self._console.width >= COLUMNS + _MARGIN and self._console.height > LINES + _MARGIN:
            with suppress(ImportError):  # said at the end
                self._curve = curve(job, colours=self._console.color_system is not None)
        self._refresh(last=True)

    def _refresh(self, *, last: bool) -> None:
        at = time.monotonic()
        if not last and at - self._drawn < 0.1:
            return
        self._drawn = at
        from rich.console import Group
        from rich.text import Text

        # Where a line is full, the ^C that a terminal writes behind it takes another, and what is taken away is one line short.
        lines = list(Text.from_ansi(self._curve).split()) if self._curve else []
        if self._progress is not None:
            progress, estimate, more = self._progress
            lines += [
                Text(line) for line in (progress_text(progress, estimate), escape_controls(more)) if line
            ]
        for line in lines:
            line.truncate(max(1, self._console.width - _MARGIN), overflow="ellipsis")
        self._live.update(Group(*lines), refresh=True)


def _losses(job: Job) -> str:
    """The newest losses."""
    training, held_out = job.losses()
    said = [f"loss {training[-1][1]:.3f}"] if training else []
    if held_out:
        said.append(f"held-out {held_out[-1][1]:.3f}")
    return ", ".join(said)
