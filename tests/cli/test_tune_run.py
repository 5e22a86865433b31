"""`kotae tune run` and `kotae tune status`, as people and scripts run them: by a service on loopback, and on the embedded model."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import KOTAE, Done, kotae
from tests.tuning_server import KEY, MODELS, TuningService

SYSTEM = "You answer questions about Komorebi Ledger."
WRITTEN = '# Mine.\n[backends.rows]\nkind = "rag"  # kept\n'


def row(question: str, answer: str) -> dict[str, Any]:
    spoken = [("system", SYSTEM), ("user", question), ("assistant", answer)]
    messages = [{"role": role, "content": content} for role, content in spoken]
    return {"messages": messages, "metadata": {"pages": ["secret/page.md"]}}


def preference(number: int) -> dict[str, Any]:
    def said(text: str) -> list[dict[str, str]]:
        return [{"role": "assistant", "content": text}]

    asked = {"messages": [{"role": "user", "content": f"Which is number {number}?"}]}
    return {
        "input": asked,
        "preferred_output": said(f"It is {number}."),
        "non_preferred_output": said("No idea."),
    }


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return written(tmp_path / "rows.jsonl", [row(f"What is number {n}?", f"It is {n}.") for n in range(12)])


@pytest.fixture
def test_rows(tmp_path: Path) -> Path:
    return written(tmp_path / "test.jsonl", [row("And what comes last?", "That is 11.")])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    monkeypatch.setenv("KOTAE_SETTINGS", str(path))
    return path


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TuningService]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with TuningService() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
        yield running


def job_of(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def content(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []


def log_file() -> Path:
    return Path(os.environ["XDG_DATA_HOME"], "kotae/tuning/jobs.jsonl")


def tables(settings: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(settings.read_text(encoding="utf-8"))["backends"]
    return found


async def test_a_model_trained_by_a_service_becomes_a_backend(
    service: TuningService, rows: Path, test_rows: Path, settings: Path
) -> None:
    done = await kotae(
        "tune", "run", rows, "--test", test_rows, "--model", MODELS[0], "--epochs", "3", "--price-training", "10", "--yes"
    )  # fmt: skip
    assert done.code == 0, done.err
    assert (
        f"To {service.base_url} go 12 rows of rows.jsonl and 1 of test.jsonl, without their metadata."
        in done.err
    )
    assert "for 3 epochs" in done.err
    assert "The job has successfully completed." in done.err
    assert "loss by step" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert b"secret/page.md" not in b"".join(service.contents.values())
    assert content(settings).startswith(WRITTEN.encode())
    assert tables(settings)["rows-2"] == {  # [backends.rows] is somebody else's
        "kind": "finetuned",
        "model": f"ft:{MODELS[0]}:acme::0001",
        "base_url": service.base_url,
        "api_key_env": "OPENAI_API_KEY",
        "system_prompt": SYSTEM,
    }
    [listed] = [json.loads(line) for line in (await kotae("tune", "status", "--json")).out.splitlines()]
    assert (listed["state"], listed["backend"], listed["cost"]) == ("succeeded", "rows-2", 0.04321)
    assert KEY.encode() not in content(log_file())
    shown = await kotae("tune", "status", "last")
    assert "held-out loss   1.700 → 1.250" in shown.out


async def test_azure_is_told_from_openai_and_leaves_the_deployment_to_the_user(
    rows: Path, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_KEY", KEY)
    async with TuningService(azure=True) as service:
        put(
            settings,
            f'[backends.ours]\nbase_url = "{service.base_url}"\napi_version = "2024-10-21"\napi_key_env = "AZURE_KEY"\n'
            'model = "chat"\n',
        )
        there = ("tune", "run", rows, "--model", MODELS[0], "--server", "ours", "--yes", "--json")
        done = await kotae(*there, "--suffix", "Ledger-1", "--training-type", "GlobalStandard")
        job = job_of(done)
        refused = await kotae(*there, "--suffix", "Ledger 1")
        assert (refused.code, "Azure takes no suffix like 'Ledger 1'" in refused.err) == (1, True)
        assert service.count("POST /files") == 1
        assert service.created[0]["trainingType"] == "GlobalStandard"
    assert job["where"] == "azure"
    assert f"Deploy {job['result']} in Azure first" in done.err
    table = tables(settings)["ledger-1"]
    assert (table["model"], table["api_version"], table["api_key_env"]) == ("", "2024-10-21", "AZURE_KEY")


async def test_nothing_is_sent_before_it_is_agreed_to(service: TuningService, rows: Path) -> None:
    done = await kotae("tune", "run", rows, "--model", MODELS[0])
    assert done.code == 1
    assert "nobody is here to agree to it" in done.err
    assert service.requests == []
    assert (await kotae("tune", "status", "--json")).out == ""


async def test_rows_with_faults_or_personal_data_are_not_sent(service: TuningService, tmp_path: Path) -> None:
    few = written(tmp_path / "few.jsonl", [row("What?", "That.")])
    done = await kotae("tune", "run", few, "--model", MODELS[0], "--yes")
    assert done.code == 1
    assert "few-rows" in done.err
    assert f"kotae tune lint {few} --model {MODELS[0]} --checks format" in done.err
    named = [row(f"Who is number {n}?", f"Ask hanako{n}@komorebi.co.jp.") for n in range(12)]
    personal = written(tmp_path / "personal.jsonl", named)
    done = await kotae("tune", "run", personal, "--model", MODELS[0], "--yes")
    assert done.code == 1
    assert "email (12); the first in line 1" in done.err
    assert "hanako" not in done.err
    assert service.requests == []
    done = await kotae(
        "tune", "run", personal, "--model", MODELS[0], "--yes", "--allow-personal-data", "--json"
    )
    assert job_of(done)["state"] == "succeeded"


async def test_a_job_that_was_let_go_of_is_followed_and_cancelled(
    service: TuningService, rows: Path, settings: Path
) -> None:
    begun = job_of(await kotae("tune", "run", rows, "--model", MODELS[0], "--yes", "--detach", "--json"))
    assert begun["remote"] == "ftjob-0001"
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
        said += await process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said += await process.stderr.read()
    assert await process.wait() == 1
    assert b"Job 1 goes on without being followed. `kotae tune run --follow 1` goes on following" in said
    assert b"Traceback" not in said
    assert service.jobs["ftjob-0001"]["status"] == "running"


async def test_preferences_go_to_a_service_and_not_to_the_embedded_model(
    service: TuningService, tmp_path: Path, settings: Path
) -> None:
    pairs = written(tmp_path / "pairs.jsonl", [preference(n) for n in range(12)])
    done = await kotae("tune", "run", pairs)
    assert done.code == 1
    assert "The embedded model can't be trained on preferences (DPO)." in done.err
    job = job_of(await kotae("tune", "run", pairs, "--model", MODELS[0], "--beta", "0.1", "--yes", "--json"))
    assert (job["method"], job["hyperparameters"]["beta"]) == ("dpo", 0.1)
    assert service.created[0]["method"]["type"] == "dpo"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Give FILE, or --follow JOB, or --cancel JOB."),
        (("rows.jsonl", "--suffix", "x"), "--suffix is for training by a service"),
        (("rows.jsonl", "--model", "m", "--rank", "4"), "--rank is for the embedded model"),
    ],
)
async def test_what_does_not_go_together_is_told(options: tuple[str, ...], said: str) -> None:
    done = await kotae("tune", "run", *options)
    assert done.code == 2
    assert said in " ".join(done.err.split())


async def test_without_a_service_or_a_job_that_is_said(rows: Path) -> None:
    done = await kotae("tune", "run", rows, "--model", "gpt-9")
    assert (done.code, "No service is named that trains gpt-9" in done.err) == (1, True)
    done = await kotae("tune", "status", "7")
    assert (done.code, "There is no job '7'." in done.err) == (1, True)
    done = await kotae("tune", "status")
    assert (done.code, "Nothing was trained from here yet" in done.err) == (0, True)


# The embedded model.

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
