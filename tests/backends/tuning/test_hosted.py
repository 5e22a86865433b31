"""Training by a service: what is asked of it, what is told, and what survives."""

from __future__ import annotations

import asyncio
import codecs
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from backends.tuning.hosted import HostedTrainer
from kotae.errors import BackendError
from kotae.tuning.jobs.follow import follow
from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.record import Data, Job, Method
from kotae.tuning.jobs.trainer import Away, JobEvent, Pace
from tests.loopback_server import response
from tests.tuning_server import (
    HELD_OUT,
    KEY,
    LOGIN,
    LOSSES,
    MINUTES_LEFT,
    MODELS,
    SOME_HELD_OUT,
    Outage,
    TuningService,
)

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
    assert held_out == list(HELD_OUT.items())  # of all rows; those of some are not mixed in
    assert [(m.step, m.held_out_part) for m in job.metrics if m.held_out_part] == list(SOME_HELD_OUT.items())
    assert job.hyperparameters["epochs"] == 3  # as the service chose
    assert [said.message for said in job.said][-1] == "The job has successfully completed."
    assert len({said.id for said in job.said}) == len(job.said)
    states = [json.loads(line).get("changed", {}).get("state") for line in log.path.read_bytes().splitlines()]
    checked = [] if service.azure else ["validating_files"]  # which Azure does first
    expected = ["uploading", *checked, "queued", "running", "succeeded"]
    assert list(dict.fromkeys(filter(None, states))) == expected
    for which, rows in ROWS.items():
        sent = service.contents[job.uploads[which]]
        assert sent.startswith(codecs.BOM_UTF8) == service.azure
        assert sent.removeprefix(codecs.BOM_UTF8).rstrip() == rows.rstrip()


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


def held(service: TuningService, state: str) -> None:
    """Has jobs stay in a state of the log."""
    service.hold = "pending" if service.azure and state == "queued" else state


@pytest.mark.parametrize("state", ["uploading", "validating_files", "queued", "running"])
async def test_following_that_broke_off_goes_on_without_sending_or_beginning_anything_twice(
    service: TuningService, log: JobLog, state: str
) -> None:
    if service.azure and state == "validating_files":
        state = "queued"
    held(service, state)
    job, _ = await followed(log, begun(log, service), until=state)
    assert log.job("1").state == state
    held(service, "")
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
    held(service, "queued")
    job, _ = await followed(log, begun(log, service), until="queued")
    lost = log.change(
        job, state="uploading", remote=""
    )  # as when the process was killed before the answer came
    held(service, "")
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


# What is paid for once.


@pytest.mark.parametrize("said", [b"", LOGIN], ids=["nothing", "a-login-page"])
async def test_what_the_lists_do_not_have_yet_is_not_done_again(
    service: TuningService, log: JobLog, said: bytes
) -> None:
    service.outages = [
        Outage("POST /files", after=True),
        Outage("POST /fine_tuning/jobs$", after=True, said=said),
    ]
    service.unlisted = 6
    job, _ = await followed(log, begun(log, service))
    assert job.state == "succeeded"
    assert (service.count("POST /files"), len(service.created)) == (2, 1)


async def test_what_never_arrived_is_done_again_after_it_was_looked_for(
    service: TuningService, log: JobLog
) -> None:
    service.outages = [Outage("POST /files"), Outage("POST /fine_tuning/jobs$")]
    job, _ = await followed(log, begun(log, service))
    assert job.state == "succeeded"
    assert (len(service.files), service.count("POST /files"), len(service.created)) == (2, 3, 1)


async def test_a_job_that_may_have_begun_has_not_failed_because_it_cannot_be_looked_for(
    service: TuningService, log: JobLog
) -> None:
    refused = Outage("GET /fine_tuning/jobs$", status=403)
    service.outages = [Outage("POST /fine_tuning/jobs$", after=True), refused]
    with pytest.raises(BackendError, match="Whether the service has begun can't be told"):
        await followed(log, begun(log, service))
    assert log.job("1").state == "uploading"
    job, _ = await followed(log, log.job("1"))
    assert (job.state, len(service.created)) == ("succeeded", 1)


async def test_rows_of_a_job_that_is_refused_do_not_stay_with_the_service(
    service: TuningService, log: JobLog
) -> None:
    job, _ = await followed(log, log.change(begun(log, service), model="gpt-1"))
    assert (job.state, service.count("POST /files"), service.files) == ("failed", 2, {})


async def test_something_else_than_a_service_gets_no_rows_again_and_again(
    service: TuningService, log: JobLog
) -> None:
    service.outages = [Outage("", times=99, said=LOGIN)]
    job, _ = await followed(log, begun(log, service))
    assert (job.state, service.count("POST")) == ("failed", 1)
    assert "something else than a service that trains" in job.error


async def test_rows_that_are_not_read_yet_are_waited_for(service: TuningService, log: JobLog) -> None:
    error = {"error": {"message": "File file-1 is still being processed and is not ready to be used."}}
    unready = response(400, error)
    service.outages = [Outage("POST /fine_tuning/jobs$", times=2, said=unready)]
    job, told = await followed(log, begun(log, service))
    assert (job.state, len(service.created)) == ("succeeded", 1)
    assert not any(isinstance(event, Away) for event in told)


# What services do besides.


async def test_a_network_that_wants_a_login_is_waited_out(service: TuningService, log: JobLog) -> None:
    job, _ = await followed(log, begun(log, service), until="queued")
    service.outages = [Outage("GET", times=5, said=LOGIN)]
    job, told = await followed(log, log.job("1"))
    assert job.state == "succeeded"
    assert any(isinstance(event, Away) for event in told)


@pytest.mark.parametrize("headers", ["Retry-After: 7\r\n", "retry-after-ms: 7000\r\n"])
async def test_a_service_is_left_alone_as_long_as_it_asks(
    service: TuningService, log: JobLog, monkeypatch: pytest.MonkeyPatch, headers: str
) -> None:
    job, _ = await followed(log, begun(log, service), until="queued")
    slept: list[float] = []
    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr("backends.tuning.hosted_service.asyncio.sleep", counted)
    service.outages = [Outage("GET", status=429, headers=headers)]
    job, _ = await followed(log, log.job("1"))
    assert job.state == "succeeded"
    assert [seconds for seconds in slept if seconds > 1] == [7.0]


async def test_a_job_that_is_paused_is_waited_for(service: TuningService, log: JobLog) -> None:
    service.hold = "running"
    job, _ = await followed(log, begun(log, service), until="running")
    service.jobs[job.remote]["status"] = service.hold = "paused"
    job, _ = await followed(log, log.job("1"), until="paused")
    assert (job.state, job.ended) == ("paused", False)
    service.jobs[job.remote]["status"], service.hold = "running", ""
    job, _ = await followed(log, log.job("1"))
    assert job.state == "succeeded"


async def test_the_time_that_is_left_is_as_the_service_reckons(service: TuningService, log: JobLog) -> None:
    _, told = await followed(log, begun(log, service))
    left = [event.left for event in told if isinstance(event, Pace) and event.left is not None]
    assert bool(left) != service.azure
    assert all(60 * (MINUTES_LEFT - 2) < seconds <= 60 * MINUTES_LEFT for seconds in left)


async def test_no_number_of_epochs_is_none_that_was_chosen(service: TuningService, log: JobLog) -> None:
    service.hold = "running"
    job, _ = await followed(log, begun(log, service, price_training=5.0), until="running")
    assert ("epochs" in job.hyperparameters) != service.azure
    assert job.cost is None if service.azure else job.cost == pytest.approx(5.0 * 3 * 1000 / 1e6)


async def test_events_are_told_in_their_order_and_levels_as_in_the_log(
    service: TuningService, log: JobLog
) -> None:
    service.page = 3
    job, _ = await followed(log, begun(log, service))
    assert [said.at for said in job.said] == sorted(said.at for said in job.said)
    assert {said.level for said in job.said} == {"info"}


async def test_a_service_without_events_is_followed_all_the_same(service: TuningService, log: JobLog) -> None:
    service.outages = [Outage(r"GET .*/events", times=999, status=404)]
    job, _ = await followed(log, begun(log, service))
    assert (job.state, job.said) == ("succeeded", ())
    assert job.losses()[0] == list(enumerate(LOSSES, 1))  # from the file at the end


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
