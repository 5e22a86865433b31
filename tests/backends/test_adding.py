"""Backends that are added to an engine that runs."""

from __future__ import annotations

import pytest
from msgspec import structs

from kotae.backend import AnswerRequest
from kotae.cli.compose import load_engine
from kotae.settings import BackendSettings, Settings
from tests.scripted_server import ScriptedServer


async def test_a_table_that_is_new_gets_a_backend_that_answers(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOTAE_PLUGINS", "")
    settings = Settings()
    engine = load_engine(settings)
    before = dict(engine.backends)
    ledger = BackendSettings(kind="finetuned", base_url=server.base_url, model="ft:ledger")
    others = structs.replace(settings, backends={**settings.backends, "ledger": ledger})
    assert engine.add(settings) == []
    assert engine.add(others) == ["ledger"]
    engine.adopt(others)
    assert engine.add(others) == []
    assert {name: engine.backends[name] for name in before} == before
    run = engine.ask("ledger", AnswerRequest(question="Who?", history=()))
    async for _ in run:
        pass
    await engine.aclose()
    assert run.turn.answer == "Hello from the server."
    assert server.requests[0]["model"] == "ft:ledger"
