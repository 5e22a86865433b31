"""Training by a service: what is asked of it, what is told, and what survives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from backends.tuning.hosted import HostedTrainer
from kotae.tuning.jobs.follow import follow
from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.record import Data, Job, Method
from kotae.tuning.jobs.trainer import Away, JobEvent
from tests.tuning_server import HELD_OUT, KEY, LOSSES, MODELS, Outage, TuningService

ROWS = {"training": b'{"messages":[]}\n', "held_out": b'{"messages":[1]}\n'}
AZURE = "2024-10-21"


@pytest.fixture(params=["openai", "azure"])
async def service(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TuningService]:
    monkeypatch.setenv("TUNING_KEY", KEY)
    async with TuningService(azure=request.param == "azure") as running:
        yield running


@pytest.fixture
def log(tmp_path: Path) -> JobLog:
    return JobLog(tmp_path / "tuning")


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


async def test_a_job_goes_through_all_states_to_a_model(service: TuningService, log: JobLog) -> None:
    job, _ = await followed(log, begun(log, service, price_training=5.0))
    assert job == log.job("1")
    assert (job.state, job.trained_tokens, job.seconds) == ("succeeded", 4321, 95.0)
    assert job.result == service.jobs[job.remote]["fine_tuned_model"]
    assert job.cost == pytest.approx(5.0 * 4321 / 1e6)
    training, held_out = job.losses()
    assert training == list(enumerate(LOSSES, 1))
    assert held_out == list(HELD_OUT.items())
    assert job.hyperparameters["epochs"] == 3  # as the service chose
    assert [said.message for said in job.said][-1] == "The job has successfully completed."
    assert len({said.id for said in job.said}) == len(job.said)
    states = [json.loads(line).get("changed", {}).get("state") for line in log.path.read_bytes().splitlines()]
    assert list(dict.fromkeys(filter(None, states))) == [
        "uploading",
        "validating_files",
        "queued",
        "running",
        "succeeded",
    ]
    assert service.contents[job.uploads["training"]].rstrip() == ROWS["training"].rstrip()
    assert service.contents[job.uploads["held_out"]].rstrip() == ROWS["held_out"].rstrip()


async def test_what_was_asked_for_is_what_the_service_is_told(service: TuningService, log: JobLog) -> None:
    asked = {"epochs": 4, "batch": 2, "learning_rate_multiplier": 0.5, "seed": 7}
    job, _ = await followed(log, begun(log, service, hyperparameters=asked, suffix="ledger"))
    [sent] = service.created
    wanted = {"n_epochs": 4, "batch_size": 2, "learning_rate_multiplier": 0.5}
    if service.azure:
        assert sent["hyperparameters"] == wanted
    else:
        assert sent["method"] == {"type": "supervised", "supervised": {"hyperparameters": wanted}}
    assert (sent["seed"], sent["suffix"]) == (7, "ledger")
    assert sent["validation_file"] == job.uploads["held_out"]


async def test_preferences_are_learnt_by_dpo(service: TuningService, log: JobLog) -> None:
    job = begun(log, service, method="dpo", tested=False, hyperparameters={"epochs": 1, "beta": 0.2})
    job, _ = await followed(log, job)
    [sent] = service.created
    assert sent["method"] == {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 1, "beta": 0.2}}}
    assert "validation_file" not in sent
    assert job.state == "succeeded"
    assert job.hyperparameters["learning_rate_multiplier"] == 1.8
    assert job.losses()[1] == []


async def test_a_job_that_fails_says_why(service: TuningService, log: JobLog) -> None:
    service.fate = "failed"
    job, _ = await followed(log, begun(log, service))
    assert (job.state, job.error) == ("failed", "The job failed due to an unsafe training file.")
    assert job.cost is None


@pytest.mark.parametrize("state", ["uploading", "validating_files", "queued", "running"])
async def test_following_that_broke_off_goes_on_without_sending_or_beginning_anything_twice(
    service: TuningService, log: JobLog, state: str
) -> None:
    service.hold = state
    job, _ = await followed(log, begun(log, service), until=state)
    assert log.job("1").state == state
    service.hold = ""
    job, _ = await followed(log, log.job("1"))
    assert job.state == "succeeded"
    assert service.count("POST /files") == 2
    assert len(service.created) == 1
    assert len({said.id for said in job.said}) == len(job.said)
    assert [step for step, _ in job.losses()[0]] == list(range(1, len(LOSSES) + 1))


async def test_what_was_sent_and_not_heard_of_is_not_sent_again(service: TuningService, log: JobLog) -> None:
    service.outages = [Outage("POST /files", after=True), Outage("POST /fine_tuning/jobs", after=True)]
    job, told = await followed(log, begun(log, service))
    assert job.state == "succeeded"
    assert len(service.files) == 2
    assert len(service.created) == 1
    assert sum(isinstance(event, Away) for event in told) == 2


async def test_a_job_begun_before_its_name_could_be_written_down_is_found(
    service: TuningService, log: JobLog
) -> None:
    service.hold = "validating_files"
    job, _ = await followed(log, begun(log, service), until="validating_files")
    lost = log.change(
        job, state="uploading", remote=""
    )  # as when the process was killed before the answer came
    service.hold = ""
    job, _ = await followed(log, lost, rows={})
    assert job.remote == "ftjob-0001"
    assert len(service.created) == 1


@pytest.mark.parametrize("status", [0, 503, 429])
async def test_the_network_may_be_gone_for_a_while(service: TuningService, log: JobLog, status: int) -> None:
    job, _ = await followed(log, begun(log, service), until="queued")
    service.outages = [Outage("GET /fine_tuning/jobs", times=7, status=status)]
    job, told = await followed(log, log.job("1"))
    assert job.state == "succeeded"
    assert any(isinstance(event, Away) for event in told)
    assert job.losses()[0] == list(enumerate(LOSSES, 1))


async def test_events_of_many_pages_are_all_told_once(service: TuningService, log: JobLog) -> None:
    service.page = 2
    job, _ = await followed(log, begun(log, service))
    assert [said.message for said in job.said][:2] == [
        "Created fine-tuning job: ftjob-0001.",
        "Validating training file: file-0001.",
    ]
    assert [said.id for said in job.said] == [
        event["id"] for event in service.events[job.remote] if event["type"] == "message"
    ]


async def test_a_job_can_be_cancelled(service: TuningService, log: JobLog) -> None:
    service.hold = "running"
    job, _ = await followed(log, begun(log, service), until="running")
    trainer = trainer_of(job)
    job = log.change(job, **await trainer.cancel(job))
    await trainer.aclose()
    assert service.jobs[job.remote]["status"] == "cancelled"
    assert (job.state, job.error) == ("cancelled", "Cancelled by the user.")


async def test_cancelling_elsewhere_is_seen(service: TuningService, log: JobLog) -> None:
    service.hold = "running"
    job, _ = await followed(log, begun(log, service), until="running")
    service.jobs[job.remote]["status"] = "cancelled"
    job, _ = await followed(log, job)
    assert job.state == "cancelled"


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


async def test_what_the_service_refuses_has_failed(service: TuningService, log: JobLog) -> None:
    job = log.change(begun(log, service), model="gpt-1")
    job, _ = await followed(log, job)
    assert job.state == "failed"
    assert "Model gpt-1 is not available for fine-tuning" in job.error


async def test_a_wrong_key_is_told_and_not_repeated(
    service: TuningService, log: JobLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNING_KEY", "sk-wrong-9876543210")
    job, _ = await followed(log, begun(log, service))
    assert job.state == "failed"
    assert "TUNING_KEY" in job.error
    assert "sk-wrong" not in job.error
