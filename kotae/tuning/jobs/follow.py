"""Following a job: everything that is told of it is written down before anybody else hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from kotae.errors import KotaeError
from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.record import Job, Said
from kotae.tuning.jobs.trainer import Changed, JobEvent, Measured, Trainer


async def follow(trainer: Trainer, job: Job, log: JobLog) -> AsyncGenerator[tuple[Job, JobEvent]]:
    """The job after each event, until it has ended. Iterate within `contextlib.aclosing`.

    Leaving the iteration, or being cancelled, leaves a job alone that survives that, and cancels any other.

    Raises (while iterating):
        KotaeError: it can't be begun or followed; a job that does not survive has failed then.
    """
    try:
        async with aclosing(trainer.events(job)) as events:
            async for event in events:
                known = len(job.said)
                job = taken(job, event, log)
                if not isinstance(event, Said) or len(job.said) > known:
                    yield job, event
    except KotaeError as error:
        if not trainer.survives and not job.ended:
            log.change(job, state="failed", error=str(error))
        raise
    except (asyncio.CancelledError, GeneratorExit):
        if not trainer.survives and not job.ended:
            log.change(job, **await trainer.cancel(job))
        raise


def taken(job: Job, event: JobEvent, log: JobLog) -> Job:
    """The job after an event, which is written down. Raises TuningError where it can't be."""
    if isinstance(event, Changed):
        return log.change(job, **event.changes)
    if isinstance(event, Measured):
        return log.measure(job, event.metrics)
    return log.say(job, event) if isinstance(event, Said) else job
