"""The process in which the embedded model is trained, played by one that loads nothing."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import aclosing
from pathlib import Path

import pytest

from backends.tuning.local import LocalTrainer
from kotae.errors import KotaeError
from kotae.tuning.jobs.follow import follow
from kotae.tuning.jobs.log import JobLog, TuningError
from kotae.tuning.jobs.record import Data, Job

WORKER = """
import os, sys, time
from pathlib import Path
from backends.worker_loop import serve

def train(request, message):
    out = Path(message["out"])
    if message["plan"]["epochs"] == 1:
        os._exit(3)
    for step in range(1, 7):
        request.note({
            "step": step, "steps": 6, "epoch": (step + 2) // 3, "epochs": 2, "step_loss": 3.0 / step,
            "held_out_loss": 2.0 if step > 3 else None, "tokens_per_second": 200.0, "seconds_left": 1.0,
        })
    if message["plan"]["epochs"] == 5000:
        out.with_name(f".{out.name}.{os.getpid()}").write_bytes(b"half")
        request.note({
            "step": 7, "steps": 9, "epoch": 2, "epochs": 2, "step_loss": 0.1, "held_out_loss": 2.0,
            "tokens_per_second": 200.0, "seconds_left": 1.0,
        })
        request.cancelled.wait()
        time.sleep(60)
    out.write_bytes(b"GGUF")
    return {"losses": [2.0, 1.0], "held_out_losses": [2.0, 1.5], "tokens": 100, "seconds": 1.25, "epoch": 2, "steps": 3,
            "adapter": str(out)}

serve("tuning", {"train": train}, failure="The model can't be trained")
"""


@pytest.fixture
def log(tmp_path: Path) -> JobLog:
    return JobLog(tmp_path / "tuning")


def begun(log: JobLog, *, epochs: int = 2) -> tuple[LocalTrainer, Job]:
    job = Job(
        id="",
        started="2026-01-02T03:04:05.678+00:00",
        where="local",
        model="embedded",
        hyperparameters={"epochs": epochs},
        training=Data(name="rows.jsonl", sha256="ab" * 32, rows=12, tokens=1000),
        adapter=str(log.folder / "adapter.gguf"),
    )
    return LocalTrainer([], process=("-c", WORKER)), log.begin(job)


async def followed(trainer: LocalTrainer, job: Job, log: JobLog) -> Job:
    try:
        async with aclosing(follow(trainer, job, log)) as events:
            async for job, _event in events:  # noqa: B007 - the job as it is after each event
                pass
    finally:
        await trainer.aclose()
    return job


async def test_every_step_is_written_down_and_held_out_loss_where_it_was_measured(log: JobLog) -> None:
    trainer, job = begun(log)
    job = await followed(trainer, job, log)
    assert job == log.job("last")
    training, held_out = job.losses()
    assert training == [(step, 3.0 / step) for step in range(1, 7)]
    assert held_out == [(3, 2.0), (6, 1.5)]
    assert (job.state, job.trained_tokens, job.seconds) == ("succeeded", 200, 1.2)
    assert job.adapter_sha256 == (hashlib.sha256(b"GGUF").hexdigest())
    assert job.hyperparameters["epoch_kept"] == 2


async def test_training_that_is_stopped_leaves_nothing_half_written(log: JobLog) -> None:
    trainer, job = begun(log, epochs=5000)
    task = asyncio.create_task(followed(trainer, job, log))
    async with asyncio.timeout(20):
        while len(log.job("1").metrics) < 7:  # noqa: ASYNC110 - it is another process that goes on
            await asyncio.sleep(0.01)
    assert len(list(log.folder.glob(".adapter.gguf.*"))) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log.job("1").state == "cancelled"
    assert not list(log.folder.glob("*adapter.gguf*"))


async def test_a_process_that_dies_is_told_and_not_begun_again(log: JobLog) -> None:
    trainer, job = begun(log, epochs=1)
    with pytest.raises(KotaeError, match="ended unexpectedly"):
        await followed(trainer, job, log)
    assert log.job("1").state == "failed"
    assert "ended unexpectedly" in log.job("1").error


def test_a_job_whose_process_is_gone_is_cancelled_and_one_that_is_worked_on_is_not(log: JobLog) -> None:
    _, job = begun(log)
    job = log.change(job, state="running")
    with log.held(job):
        assert log.settled(job).state == "running"
        with pytest.raises(TuningError, match="Another process works on job 1"), log.held(job):
            pass
    half = Path(job.adapter).with_name(f".{Path(job.adapter).name}.4711")
    half.write_bytes(b"half")
    other = half.with_name(f".{Path(job.adapter).name}.gguf.4711")
    other.write_bytes(b"another job's")
    assert log.settled(job).state == "cancelled"
    assert log.job("1").state == "cancelled"
    assert (half.exists(), other.exists()) == (False, True)


def test_a_job_that_was_killed_when_its_adapter_was_written_has_succeeded(log: JobLog) -> None:
    _, job = begun(log)
    job = log.change(job, state="running")
    Path(job.adapter).write_bytes(b"GGUF")
    assert log.settled(job).state == "succeeded"
    assert log.job("1").adapter_sha256 == hashlib.sha256(b"GGUF").hexdigest()


def test_a_torn_line_costs_that_line_alone(log: JobLog) -> None:
    _, job = begun(log)
    with log.path.open("ab") as file:
        file.write(b'{"job":"1","at":"2026","cha')
    log.change(job, state="running")
    _, other = begun(log)
    with log.path.open("ab") as file:
        file.write(b'{"job":"1","at":"2026","changed":{"state":7},"unknown":1}\n\xff\n')
    assert [(known.id, known.state) for known in log.jobs()] == [("1", "running"), (other.id, "queued")]
