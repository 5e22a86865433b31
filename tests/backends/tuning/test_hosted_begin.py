"""Beginning a job of a service: what is asked of it, and that nothing is sent or begun twice."""

from __future__ import annotations

import pytest

from kotae.errors import BackendError
from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.trainer import Away
from tests.backends.tuning.hosted_jobs import begun, followed, held
from tests.loopback_server import response
from tests.tuning_server import (
    KEY,
    LOGIN,
    LOSSES,
    Outage,
    TuningService,
)


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


async def test_a_service_that_was_never_there_is_given_up_and_one_that_was_is_not(
    service: TuningService, log: JobLog, unused_tcp_port: int
) -> None:
    job = log.change(begun(log, service), server=f"http://127.0.0.1:{unused_tcp_port}/v1")
    job, told = await followed(log, job)
    assert (job.state, sum(isinstance(event, Away) for event in told)) == ("failed", 7)
    assert "can't be reached. Check its address, and the network." in job.error


async def test_a_job_that_may_have_begun_has_not_failed_because_the_key_is_another(
    service: TuningService, log: JobLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(service, "queued")
    job, _ = await followed(log, begun(log, service), until="queued")
    lost = log.change(job, state="uploading", remote="")
    monkeypatch.setenv("TUNING_KEY", "sk-other-0123456789")
    with pytest.raises(BackendError, match="Whether the service has begun can't be told"):
        await followed(log, lost)
    monkeypatch.setenv("TUNING_KEY", KEY)
    held(service, "")
    service.files.clear()  # nobody needs the rows any more
    job, _ = await followed(log, log.job("1"))
    assert (job.state, len(service.created)) == ("succeeded", 1)


@pytest.mark.parametrize("service", ["azure"], indirect=True)
async def test_rows_that_azure_cannot_read_are_told(service: TuningService, log: JobLog) -> None:
    service.unreadable = "Line 3 is no JSON."
    job, _ = await followed(log, begun(log, service))
    assert (job.state, service.created) == ("failed", [])
    assert "The service can't use the rows: Line 3 is no JSON." in job.error


async def test_a_job_of_another_account_is_not_begun_with_rows_that_are_not_there(
    service: TuningService, log: JobLog
) -> None:
    held(service, "queued")
    job, _ = await followed(log, begun(log, service), until="queued")
    log.change(job, state="uploading", remote="")
    service.jobs.clear()
    service.files.clear()
    with pytest.raises(BackendError, match=r"has not got the rows.*another key than that in TUNING_KEY"):
        await followed(log, log.job("1"))
    assert (log.job("1").state, len(service.created)) == ("uploading", 1)
