"""Evaluations that are kept with the jobs whose models they asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kotae.cli.compose import load_services
from kotae.cli.digests import adapter_digest
from kotae.cli.eval_run import _digests
from kotae.evaluation.manifest import RunManifest, adapter_of
from kotae.settings import EMBEDDED, BackendSettings, FlagSettings, Settings
from kotae.tuning.jobs.asked import asked
from kotae.tuning.jobs.log import JobLog
from kotae.tuning.jobs.record import Data, Job, Where
from tests.cli.command import kotae
from tests.scripted_server import ScriptedServer


def job(where: Where, **more: Any) -> Job:
    data = Data(name="rows.jsonl", sha256="ab" * 32, rows=12, tokens=1000)
    return Job(
        id="",
        started="2026-01-02T03:04:05+00:00",
        where=where,
        model="m",
        training=data,
        state="succeeded",
        **more,
    )


def manifest(backends: dict[str, dict[str, str]], digests: dict[str, str]) -> RunManifest:
    return RunManifest(
        name="q.jsonl",
        created="2026-02-03T04:05:06+00:00",
        kotae="1",
        python="3",
        machine="m",
        questions="q",
        count=1,
        backends=backends,
        settings={},
        digests=digests,
        concurrency=1,
    )


def test_a_run_is_known_by_digest_model_or_deployment() -> None:
    adapter = job("local", adapter_sha256="d1")
    hosted = job("openai", result="ft:one")
    deployed = job("azure", result="m.ft-1", backend="ours", server="https://r.openai.azure.com")
    run = manifest(
        {
            "mine": {"server": "embedded", "model": ""},
            "theirs": {"server": "https://api.openai.com/v1", "model": "ft:one"},
            "ours": {"server": "https://r.openai.azure.com", "model": "any-name"},
            "base": {"server": "embedded", "model": ""},
        },
        {adapter_of("mine"): "d1", adapter_of("base"): "d2"},
    )
    assert asked(run, [adapter, hosted, deployed]) == [
        (adapter, "mine"),
        (hosted, "theirs"),
        (deployed, "ours"),
    ]
    others = [job("local", adapter_sha256=""), job("openai", result=""), job("openai", result="ft:two")]
    assert asked(run, others) == []


async def test_a_run_names_an_adapter_as_it_is_looked_for(tmp_path: Path) -> None:
    adapter = tmp_path / "adapter.gguf"
    adapter.write_bytes(b"an adapter")
    table = BackendSettings(kind="finetuned", base_url=EMBEDDED, adapter=str(adapter))
    settings = Settings(backends={"mine": table}, flags=FlagSettings(enabled=False))
    services = load_services(settings, pytest.fail)
    try:
        digests = await _digests(services, settings, ["mine"], pytest.fail)
    finally:
        await services.aclose()
    trained = job("local", adapter_sha256=adapter_digest(table))
    run = manifest({"mine": {"server": EMBEDDED, "model": ""}}, digests)
    assert asked(run, [trained]) == [(trained, "mine")]


async def test_scores_of_a_run_are_kept_with_the_job_that_it_asked(
    tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOTAE_BACKENDS__LEDGER__KIND", "finetuned")
    monkeypatch.setenv("KOTAE_BACKENDS__LEDGER__MODEL", "ft:ledger")
    monkeypatch.setenv("KOTAE_BACKENDS__LEDGER__BASE_URL", server.base_url)
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")
    JobLog().begin(job("openai", result="ft:ledger", backend="ledger"))
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "1", "question": "Who?", "reference": "Hello from the server."}\n', "utf-8")
    run = tmp_path / "run"
    done = await kotae("eval", "run", "--questions", questions, "--backends", "ledger", "--out", run)
    assert done.code == 0, done.err
    for _ in range(2):  # the same run again is no second evaluation
        done = await kotae("tune", "status", "1", "--eval", run, "--metrics", "token_f1", "--json")
        assert done.code == 0, done.err
        [evaluation] = json.loads(done.out)["evaluations"]
        assert (evaluation["backend"], evaluation["count"]) == ("ledger", 1)
        assert evaluation["scores"] == {"token_f1": 1.0}
    assert "token_f1 1.000" in (await kotae("tune", "status")).out
    monkeypatch.setenv("KOTAE_BACKENDS__LEDGER__MODEL", "other")
    other = tmp_path / "other"
    await kotae("eval", "run", "--questions", questions, "--backends", "ledger", "--out", other)
    done = await kotae("tune", "status", "--eval", other)
    assert (done.code, "asked no model that was trained from here" in done.err) == (1, True)
