"""Every plugin in the guide is loaded and called as it stands there."""

from __future__ import annotations

import re
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import click
import pytest

from kotae.backend import AnswerRequest
from kotae.conversation import Message, Turn
from kotae.events import Delta, Finished
from kotae.settings import Settings
from plugins.manager import PluginManager
from tests.kotae.evaluation.answers import answer

GUIDE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^## `(\w+)\(.*?```python\n(.*?)```", GUIDE, re.MULTILINE | re.DOTALL))


@pytest.fixture
def manager(request: pytest.FixtureRequest) -> PluginManager:
    module = types.ModuleType(f"guide_{request.param}")
    exec(EXAMPLES[request.param], vars(module))  # noqa: S102 - our own documentation
    sys.modules[module.__name__] = module
    manager = PluginManager(report=pytest.fail, environ={})
    manager.load([EntryPoint("example", module.__name__, "kotae")])
    return manager


def only(hook: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("manager", [hook], indirect=True)


@only("register_backends")
async def test_the_backend_answers(manager: PluginManager) -> None:
    (backend,) = manager.register_backends(Settings(), None)  # type: ignore[arg-type]
    events = [event async for event in backend.answer(AnswerRequest(question="hello"))]
    assert events == [Delta("HELLO"), Finished("stop")]
    await backend.aclose()


@only("rewrite_query")
async def test_the_rewriter_rewrites(manager: PluginManager) -> None:
    history = (Message("user", "May I reopen a period?"), Message("assistant", "No."))
    rewrite = await manager.rewrite_query(history, "Why not?")
    assert rewrite is not None
    assert rewrite.query == "May I reopen a period? Why not?"
    assert await manager.rewrite_query((), "Why not?") is None


@only("flag_answer")
async def test_the_flagger_flags(manager: PluginManager) -> None:
    arguments: dict[str, Any] = {"question": "", "passages": (), "manual": None, "history": (), "final": True}
    flags = await manager.flag_answer(answer="We guarantee it.", **arguments)
    assert flags is not None
    assert [(flag.start, flag.end, flag.flagger) for flag in flags] == [(3, 12, "example")]


@only("turn_started")
async def test_the_observer_observes(manager: PluginManager, capsys: pytest.CaptureFixture[str]) -> None:
    await manager.turn_finished(Turn(id="t", question="q", backend="rag", total=1.5))
    assert capsys.readouterr().out == "rag 1.5\n"


@only("register_retrievers")
async def test_the_retriever_retrieves(manager: PluginManager) -> None:
    faq = manager.register_retrievers(Settings())["faq"]
    assert [passage.document for passage in await faq.search("who?")] == ["faq"]
    assert await faq.known(["administrator", "wizard"]) == {"administrator"}


@only("register_readers")
def test_the_reader_reads(manager: PluginManager, tmp_path: Path) -> None:
    (reader,) = manager.register_readers()
    (tmp_path / "periods.adoc").write_text(
        "= Periods\n\n== Reopening\n\nAsk the Controller.\n", encoding="utf-8"
    )
    assert list(reader.suffixes) == [".adoc"]
    page = reader.read(tmp_path / "periods.adoc")
    assert (page.title, page.text) == ("Periods", "# Periods\n\n## Reopening\n\nAsk the Controller.\n")
    assert page.lines is None
    (tmp_path / "empty.adoc").write_text("= ", encoding="utf-8")
    with pytest.raises(ValueError, match="no title"):
        reader.read(tmp_path / "empty.adoc")


@only("session_ended")
async def test_the_plugin_closes_what_it_holds(
    manager: PluginManager, capsys: pytest.CaptureFixture[str]
) -> None:
    await manager.session_ended()
    assert capsys.readouterr().out == "Goodbye.\n"


@only("register_metrics")
async def test_the_metric_scores(manager: PluginManager) -> None:
    (polite,) = manager.register_metrics(Settings())
    assert (polite.name, polite.group, polite.about) == (
        "polite",
        "form",
        "Whether the answer says please or thanks.",
    )
    said = [answer("Please wait."), answer("No."), answer("ありがとう", question="誰ですか。")]
    assert list(await polite.score(said)) == [1, 0, None]


@only("register_cli")
def test_the_command_is_added(manager: PluginManager) -> None:
    group = click.Group()
    manager.register_cli(group)
    assert "hello" in group.commands


def test_the_guide_shows_every_hook() -> None:
    from plugins import hookspecs

    hooks = {name for name, item in vars(hookspecs).items() if hasattr(item, "kotae_spec")}
    assert {hook for hook in hooks if f"`{hook}(" in GUIDE} == hooks
