"""Jobs of a service, begun and followed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from backends.tuning.hosted import HostedTrainer
from kotae.tuning.jobs.follow import follow
from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.record import Data, Job, Method
from kotae.tuning.jobs.trainer import JobEvent
from tests.tuning_server import (
    MODELS,
    TuningService,
)

ROWS = {"training": b'{"messages":[]}\n', "held_out": b'{"messages":[1]}\n'}
AZURE = "2024-10-21"


def begun(
    log: JobLog, service: TuningService, *, method: Method = "supervised", tested: bool = True, **more: Any
) -> Job:
    data = Data(name="rows.jsonl", sha256="ab" * 32, rows=12, tokens=1000)
    job = Job(
        id="",
        started="2026-01-02T03:04:05.678+00:00",
        where="azure" if service.azure else "openai",
        model=MODELS[0],
        method=method,
        training=data,
        held_out=data if tested else None,
        server=service.base_url,
        api_version=AZURE if service.azure else "",
        api_key_env="TUNING_KEY",
        **more,
    )
    return log.begin(job)


def trainer_of(job: Job, rows: dict[str, bytes] | None = None) -> HostedTrainer:
    return HostedTrainer(job, (rows if rows is not None else ROWS).__getitem__, first=0.01, longest=0.02)


async def followed(
    log: JobLog, job: Job, *, until: str = "", rows: dict[str, bytes] | None = None
) -> tuple[Job, list[JobEvent]]:
    """The job when it has ended, or has come to a state, and what was told."""
    told: list[JobEvent] = []
    trainer = trainer_of(job, rows)
    try:
        async with asyncio.timeout(20), aclosing(follow(trainer, job, log)) as events:
            async for job, event in events:
                told.append(event)
                if until and job.state == until:
                    break
    finally:
        await trainer.aclose()
    return job, told


def held(service: TuningService, state: str) -> None:
    """Has jobs stay in a state of the log."""
    service.hold = "pending" if service.azure and state == "queued" else state
