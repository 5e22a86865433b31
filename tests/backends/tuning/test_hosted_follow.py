"""Following a job of a service: what is told, and what survives."""

from __future__ import annotations

import asyncio
import codecs
import json

import pytest

from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.trainer import Away, Pace
from tests.backends.tuning.hosted_jobs import ROWS, begun, followed
from tests.tuning_server import (
    HELD_OUT,
    LOGIN,
    LOSSES,
    MINUTES_LEFT,
    SOME_HELD_OUT,
    Outage,
    TuningService,
)


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


async def test_a_job_that_fails_says_why(service: TuningService, log: JobLog) -> None:
    service.fate = "failed"
    job, _ = await followed(log, begun(log, service))
    assert (job.state, job.error) == ("failed", "The job failed due to an unsafe training file.")
    assert job.cost is None


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


async def test_cancelling_elsewhere_is_seen(service: TuningService, log: JobLog) -> None:
    service.hold = "running"
    job, _ = await followed(log, begun(log, service), until="running")
    service.jobs[job.remote]["status"] = "cancelled"
    job, _ = await followed(log, job)
    assert job.state == "cancelled"


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
