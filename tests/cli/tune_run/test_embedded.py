"""`kotae tune run` on this machine."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.record import Data, Job
from tests.cli.command import KOTAE, kotae
from tests.cli.tune_run.files import (
    SYSTEM,
    WRITTEN,
    content,
    entries,
    job_of,
    log_file,
    mode,
    tables,
)

SMALL = ("--rank", "4", "--blocks", "2", "--batch", "4")


@pytest.mark.weights
async def test_the_embedded_model_is_trained_and_becomes_a_backend(
    rows: Path, test_rows: Path, settings: Path
) -> None:
    done = await kotae(
        "tune", "run", rows, "--test", test_rows, *SMALL, "--epochs", "2", "--backend", "mine", "--json"
    )
    job = job_of(done)
    adapter = Path(job["adapter"])
    assert content(adapter)[:4] == b"GGUF"
    log = log_file()
    assert (mode(log), mode(log.parent)) == (0o600, 0o700)
    assert len([m for m in job["metrics"] if "loss" in m]) == 6
    assert [m["step"] for m in job["metrics"] if "held_out" in m] == [3, 6]
    losses = [m["loss"] for m in job["metrics"] if "loss" in m]
    assert sum(losses[3:]) < sum(losses[:3])
    assert tables(settings)["mine"] == {
        "kind": "finetuned",
        "base_url": "embedded",
        "adapter": str(adapter),
        "system_prompt": SYSTEM,
    }
    again = await kotae("tune", "run", rows, "--backend", "mine")
    assert (again.code, "There is a backend mine already." in again.err) == (1, True)


@pytest.mark.weights
async def test_ctrl_c_cancels_training_here_and_leaves_nothing(rows: Path, settings: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        KOTAE, "tune", "run", rows, *SMALL, "--epochs", "5000", stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = b""
    while b"Loading SmolLM2" not in said:  # before torch comes in, which takes longest
        said += await process.stderr.readline()
    running = await kotae("tune", "status")
    assert "running" in running.out
    process.send_signal(signal.SIGINT)
    said += await process.stderr.read()
    assert await process.wait() == 1
    assert b"Job 1 is cancelled; nothing was written." in said
    job = job_of(await kotae("tune", "status", "1", "--json"))
    assert (job["state"], job["error"]) == ("cancelled", "Stopped by the user; nothing was written.")
    assert entries(Path(job["adapter"]).parent) == []
    assert content(settings) == WRITTEN.encode()


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("nowhere/a.gguf", "There is no folder"),
        ("rows.jsonl", "is there already"),
        ("/proc/a.gguf", "/proc/a.gguf can't be written"),
        (b"\xff.gguf", "has a name that is not UTF-8"),
    ],
)
async def test_an_adapter_that_could_not_be_written_is_told_before_anything_is_trained(
    tmp_path: Path, rows: Path, out: str | bytes, said: str
) -> None:
    done = await kotae("tune", "run", rows, "--out", out, cwd=tmp_path)
    assert (done.code, said in done.err) == (1, True), done.err
    assert (await kotae("tune", "status", "--json")).out == ""


async def test_two_jobs_do_not_write_one_adapter(tmp_path: Path, rows: Path) -> None:
    out, log = tmp_path / "a.gguf", JobLog()
    data = Data(name="rows.jsonl", sha256="ab" * 32, rows=12, tokens=1000)
    job = log.begin(
        Job(id="", started="2026-01-02T03:04:05+00:00", where="local", model="embedded", training=data, adapter=str(out))
    )  # fmt: skip
    with log.held(job):
        done = await kotae("tune", "run", rows, "--out", out)
    assert (done.code, f"Job 1 is going to write {out}." in done.err) == (1, True)
