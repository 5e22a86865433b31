"""A service's job that is let go of, followed by several, or ended."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from kotae.tuning.jobs.log import JobLog
from tests.cli.command import KOTAE, kotae
from tests.cli.tune_run.files import (
    WRITTEN,
    content,
    job_of,
    log_file,
    put,
    tables,
)
from tests.loopback_server import response
from tests.tuning_server import MODELS, Outage, TuningService


async def test_a_job_that_was_let_go_of_is_followed_and_cancelled(
    service: TuningService, rows: Path, settings: Path
) -> None:
    run = ("tune", "run", rows, "--model", MODELS[0], "--epochs", "3", "--price-training", "10", "--yes")
    begun = job_of(await kotae(*run, "--detach", "--json"))
    assert begun["remote"] == "ftjob-0001"
    assert f"cost ≈ {begun['cost']:.4g}" in (await kotae("tune", "status")).out
    followed = job_of(await kotae("tune", "run", "--follow", "ftjob-0001", "--json"))
    assert (followed["id"], followed["state"], followed["backend"]) == ("1", "succeeded", "rows-2")
    again = job_of(await kotae("tune", "run", "--follow", "1", "--json"))
    assert again["backend"] == "rows-2"
    assert list(tables(settings)) == ["rows", "rows-2"]
    service.hold = "running"
    await kotae("tune", "run", rows, "--model", MODELS[0], "--yes", "--detach")
    done = await kotae("tune", "run", "--cancel", "last")
    assert "Job 2 is cancelled." in done.err
    assert service.jobs["ftjob-0002"]["status"] == "cancelled"
    done = await kotae("tune", "run", "--follow", "2")
    assert (done.code, "Job 2 was cancelled" in done.err) == (1, True)


async def test_ctrl_c_lets_a_service_go_on(service: TuningService, rows: Path) -> None:
    service.hold = "running"
    process = await asyncio.create_subprocess_exec(
        KOTAE, "tune", "run", rows, "--model", MODELS[0], "--yes", stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = b""
    while b"Training\n" not in said:
        line = await process.stderr.readline()
        assert line, said  # at its end a stream gives nothing for ever
        said += line
    process.send_signal(signal.SIGINT)
    said += await process.stderr.read()
    assert await process.wait() == 1
    assert b"Job 1 goes on without being followed. `kotae tune run --follow 1` goes on following" in said
    assert b"Traceback" not in said
    assert service.jobs["ftjob-0001"]["status"] == "running"


async def test_two_that_follow_a_job_add_what_came_of_it_once(
    service: TuningService, rows: Path, settings: Path
) -> None:
    job_of(await kotae("tune", "run", rows, "--model", MODELS[0], "--yes", "--detach", "--json"))
    follow = ("tune", "run", "--follow", "1", "--json")
    both = [job_of(done) for done in await asyncio.gather(kotae(*follow), kotae(*follow))]
    assert [job["backend"] for job in both] == ["rows-2", "rows-2"]
    assert list(tables(settings)) == ["rows", "rows-2"]


async def test_a_job_that_another_process_begins_is_not_cancelled_behind_its_back(
    service: TuningService, rows: Path
) -> None:
    service.outages = [Outage("POST /files", times=999, status=503)]
    process = await asyncio.create_subprocess_exec(
        KOTAE, "tune", "run", rows, "--model", MODELS[0], "--yes", stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = b""
    while b"is asked again until it answers" not in said:
        said += await process.stderr.readline()
    for option in ("--cancel", "--follow"):
        done = await kotae("tune", "run", option, "1")
        assert (done.code, "Another process works on job 1." in done.err) == (1, True)
    process.send_signal(signal.SIGINT)
    said += await process.stderr.read()
    assert await process.wait() == 1
    assert b"Job 1 has not begun, as far as is known here." in said
    assert b"goes on" not in said.replace(b"goes on following", b"")
    service.outages = []
    job = job_of(await kotae("tune", "run", "--cancel", "1", "--json"))
    assert (job["state"], service.created) == ("cancelled", [])
    done = await kotae("tune", "run", "--follow", "1")
    assert (done.code, service.created) == (1, [])


async def test_rows_that_changed_are_not_sent_when_beginning_goes_on(
    service: TuningService, rows: Path
) -> None:
    service.outages = [Outage("POST /files", times=1, said=response(403, {"error": {"message": "Not you."}}))]
    done = await kotae("tune", "run", rows, "--model", MODELS[0], "--yes")
    assert (done.code, "Not you." in done.err) == (1, True)
    log = JobLog()
    log.change(log.job("1"), state="uploading", error="")  # as when the process was killed
    put(rows, content(rows).decode() + "\n")
    done = await kotae("tune", "run", "--follow", "1")
    assert (done.code, service.count("POST /files")) == (1, 1)
    assert "has changed since the job was begun. Begin another with it, and end this one" in done.err


async def test_settings_that_cannot_be_read_when_training_ends_cost_nothing(
    service: TuningService, rows: Path, settings: Path
) -> None:
    service.hold = "running"
    job_of(await kotae("tune", "run", rows, "--model", MODELS[0], "--yes", "--detach", "--json"))
    service.hold = ""
    put(settings, "[backends.rows\n")
    done = await kotae("tune", "run", "--follow", "1")
    assert done.code == 1
    assert "Job 1 succeeded, but its backend could not be added" in done.err
    assert "`kotae tune run --follow 1` adds it" in done.err
    assert content(settings) == b"[backends.rows\n"
    put(settings, WRITTEN)
    assert job_of(await kotae("tune", "run", "--follow", "1", "--json"))["backend"] == "rows-2"


async def test_a_disk_that_is_full_is_said_and_the_job_is_found_again(
    service: TuningService, rows: Path
) -> None:
    run = (KOTAE, "tune", "run", rows, "--model", MODELS[0], "--yes")
    service.hold = "validating_files"
    job_of(await kotae(*run[1:], "--detach", "--json"))
    lines = content(log_file()).splitlines(keepends=True)
    assert [b'"remote"' in line for line in lines[:4]] == [False, False, False, True]
    # The next job's fourth line, which has the service's name of it, no longer fits in.
    room = len(b"".join(lines[:3])) + 10
    padding = -(log_file().stat().st_size + room) % 512
    put(log_file(), content(log_file()).decode() + "\n" * padding)
    blocks = (log_file().stat().st_size + room) // 512
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *run, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert b"can't be written: File too large." in said
    assert b"Traceback" not in said
    assert len(service.created) == 2
    service.hold = ""
    job = job_of(await kotae("tune", "run", "--follow", "2", "--json"))
    assert (job["state"], job["remote"]) == ("succeeded", "ftjob-0002")
    assert (len(service.created), service.count("POST /files")) == (2, 2)
