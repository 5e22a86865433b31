"""Ending a job of a service."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from kotae.errors import BackendError
from kotae.tuning.jobs.follow import follow
from kotae.tuning.jobs.log import JobLog
from tests.backends.tuning.hosted_jobs import begun, followed, trainer_of
from tests.tuning_server import (
    TuningService,
)


async def test_a_job_can_be_cancelled(service: TuningService, log: JobLog) -> None:
    service.hold = "running"
    job, _ = await followed(log, begun(log, service), until="running")
    trainer = trainer_of(job)
    job = log.change(job, **await trainer.cancel(job))
    await trainer.aclose()
    assert service.jobs[job.remote]["status"] == "cancelled"
    assert (job.state, job.error) == ("cancelled", "Cancelled by the user.")


async def test_a_job_cancelled_before_it_was_begun_leaves_no_rows_there(
    service: TuningService, log: JobLog
) -> None:
    job = begun(log, service)
    trainer = trainer_of(job)
    async with aclosing(follow(trainer, job, log)) as events:
        async for job, _ in events:
            if len(job.uploads) == 2:
                break
    job = log.change(job, **await trainer.cancel(job))
    await trainer.aclose()
    assert job.state == "cancelled"
    assert service.files == {}
    assert service.created == []


async def test_a_job_that_was_deleted_is_said_and_closed_when_it_is_cancelled(
    service: TuningService, log: JobLog
) -> None:
    service.hold = "running"
    job, _ = await followed(log, begun(log, service), until="running")
    service.jobs.clear()
    with pytest.raises(BackendError, match=f"The service has no job {job.remote}.*another key.*--cancel 1"):
        await followed(log, job)
    assert log.job("1").state == "running"
    trainer = trainer_of(job)
    assert (await trainer.cancel(job))["state"] == "cancelled"
    await trainer.aclose()


async def test_a_job_that_has_ended_is_not_cancelled(service: TuningService, log: JobLog) -> None:
    service.hold = "running"
    job, _ = await followed(log, begun(log, service), until="running")
    service.jobs[job.remote]["status"] = "succeeded"
    trainer = trainer_of(job)
    with pytest.raises(BackendError, match=r"has ended at the service already: succeeded.*--follow 1"):
        await trainer.cancel(job)
    await trainer.aclose()


async def test_rows_whose_answer_was_lost_are_deleted_when_the_job_is_cancelled(
    service: TuningService, log: JobLog
) -> None:
    job = begun(log, service)
    trainer = trainer_of(job)
    async with aclosing(follow(trainer, job, log)) as events:
        async for job, _ in events:
            if len(job.uploads) == 2:
                break
    lost = log.change(job, uploads={})
    job = log.change(lost, **await trainer.cancel(lost))
    await trainer.aclose()
    assert (job.state, service.files) == ("cancelled", {})


async def test_a_job_that_sent_nothing_is_cancelled_without_the_service(
    service: TuningService, log: JobLog
) -> None:
    job = begun(log, service)
    trainer = trainer_of(job)
    assert (await trainer.cancel(job))["state"] == "cancelled"
    await trainer.aclose()
    assert service.requests == []
