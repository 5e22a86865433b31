"""`kotae tune run` by a service, on loopback, as people and scripts run it."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path

import pytest

from tests.cli.command import kotae
from tests.cli.tune_run.files import (
    SYSTEM,
    WRITTEN,
    content,
    job_of,
    log_file,
    preference,
    put,
    row,
    tables,
    written,
)
from tests.tuning_server import KEY, MODELS, TuningService


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


async def test_a_way_of_training_is_for_azure_alone(service: TuningService, rows: Path) -> None:
    done = await kotae("tune", "run", rows, "--model", MODELS[0], "--training-type", "Standard", "--yes")
    assert (done.code, "--training-type is for Azure." in done.err, service.requests) == (1, True, [])


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
        (("--follow", "1", "--epochs", "3"), "--epochs is for beginning a job: it needs FILE."),
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


async def test_rows_are_sent_without_mark_and_empty_lines_whatever_the_file_is_called(
    service: TuningService, rows: Path
) -> None:
    odd = os.fsencode(rows.with_name("r")) + b"\xff\x1b[31m.jsonl"
    lines = content(rows).splitlines()
    with open(odd, "wb") as file:  # noqa: ASYNC230, PTH123 - a name that is not UTF-8
        file.write(codecs.BOM_UTF8 + b"\r\n\r\n".join(lines) + b"\r\n")
    done = await kotae("tune", "run", odd, "--model", MODELS[0], "--yes", "--json")
    job = job_of(done)
    assert (job["state"], job["training"]["rows"]) == ("succeeded", len(lines))
    [sent] = [data for name, data in service.contents.items() if "result" not in name]
    assert [json.loads(line)["messages"] for line in sent.strip().splitlines()] == [
        json.loads(line)["messages"] for line in lines
    ]
    assert "\x1b" not in done.err + (await kotae("tune", "status", "1")).out
