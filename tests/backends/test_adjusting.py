"""Settings that change while the program runs hold for the next question."""

from __future__ import annotations

from contextlib import aclosing

from msgspec import structs

from backends.base import Base
from backends.embedded.server import EmbeddedServer
from backends.model import Model
from kotae.backend import Adjustable, AnswerRequest
from kotae.engine import Engine
from kotae.events import Delta, Prompted
from kotae.settings import BackendSettings, Settings
from plugins.manager import PluginManager
from tests.scripted_server import ScriptedServer


async def test_model_prompt_sampling_and_server_are_those_of_the_settings_now(server: ScriptedServer) -> None:
    table = BackendSettings(model="first", base_url=server.base_url, temperature=0.5, timeout=5)
    backend = Base("base", Model("base", table, EmbeddedServer()))
    assert isinstance(backend, Adjustable)
    settings = Settings(backends={"base": table})
    engine = Engine(settings=settings, hooks=PluginManager(), backends={"base": backend})
    prompts = []

    async def ask() -> None:
        async with aclosing(backend.answer(AnswerRequest(question="Hi"))) as events:
            async for event in events:
                if isinstance(event, Prompted):
                    prompts.append(event.messages[0].content)
                assert not isinstance(event, Delta) or event.text

    await ask()
    changed = structs.replace(table, model="second", system_prompt="Be brief.", temperature=1.5, max_tokens=7)
    engine.adopt(Settings(backends={"base": changed}))
    await ask()
    await ask()
    await backend.aclose()
    first, second, third = (request for request in server.requests if "messages" in request)
    assert (first["model"], first["temperature"]) == ("first", 0.5)
    assert "max_tokens" not in first
    for request in (second, third):
        assert (request["model"], request["temperature"], request["max_tokens"]) == ("second", 1.5, 7)
    assert prompts[1:] == ["Be brief.", "Be brief."] != prompts[:2]
    assert engine.settings.backends["base"] is changed
