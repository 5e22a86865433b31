from __future__ import annotations

import asyncio
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence

import pytest

from kotae.accents import accents
from kotae.conversation import Message, Passage, TokenUsage
from kotae.events import Delta, Finished, Progress, Retrieved, Used
from kotae.language import Language
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tui.actions import ACTIONS, Slash, matching, parse_slash
from tui.screens.help import help_text
from tui.strings import strings

_FIRST_FRAME = """
import asyncio, sys
from pathlib import Path
from kotae.settings import Settings
from tui.app import KotaeApp
from tui.screens.chat import ChatScreen

heavy = ("openai", "torch", "faiss", "filelock", "backends", "plugins", "sentence_transformers", "numpy", "markdown_it",
         "kotae.engine", "kotae.turn", "kotae.conversation", "kotae.transcripts")

def first_frame_shown(screen):
    print("LOADED", *sorted(name for name in heavy if name in sys.modules))
    screen.app.exit()

ChatScreen._first_frame_shown = first_frame_shown
KotaeApp(Settings(), load_engine=lambda report: None, transcripts=Path("nowhere")).run(headless=True)
"""


def test_the_first_frame_loads_textual_and_little_else() -> None:
    run = subprocess.run(
        [sys.executable, "-c", _FIRST_FRAME], capture_output=True, text=True, timeout=60, check=False
    )
    assert "LOADED" in run.stdout, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "LOADED"


def test_the_session_knows_no_screen() -> None:
    code = (
        "import sys, tui.session, tui.answering; print([m for m in sys.modules if m.startswith('textual')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.strip() == "[]"


async def test_one_key_changes_the_backend(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("tab")
        assert screen.backend == "rag"
        await until(pilot, lambda: "▸rag F3" in shown(pilot))
        await pilot.press("shift+tab", "shift+tab")
        assert screen.backend == "quote"
        await pilot.press("f4")
        assert screen.backend == "finetuned"
        await pilot.press("f5")
        assert screen.backend == "quote"
        await pilot.press("f2")
        assert screen.backend == "base"
        await pilot.click("#tabs", offset=(12, 0))
        assert screen.backend == "rag"


async def test_a_backend_that_only_a_plugin_knows_gets_a_tab(app_of: AppOf) -> None:
    engine = engine_of(Scripted("base"), Scripted("oracle", "oracle"))
    async with app_of(engine).run_test() as pilot:
        await ready(pilot)
        await until(pilot, lambda: "oracle F3" in shown(pilot))


async def test_a_draft_survives_the_change_of_backend(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("a", "b", "tab", "c")
        assert screen.prompt.value == "abc"


async def test_help_lists_the_keys_and_escape_closes_it(app_of: AppOf) -> None:
    async with app_of().run_test(size=(100, 50)) as pilot:
        await ready(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: "Commands in the prompt" in shown(pilot))
        picture = shown(pilot)
        for action in ACTIONS:
            assert strings("en").keys[action.name] in picture
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is chat(pilot))


async def test_the_help_says_how_to_close_it_on_a_small_screen_too(app_of: AppOf) -> None:
    async with app_of().run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: "Esc closes" in shown(pilot))


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [30, 40, 80, 200])
def test_the_help_fits_and_keeps_its_columns(lang: Language, width: int) -> None:
    lines = help_text(strings(lang), width).split("\n")
    assert all(line.cell_length <= width for line in lines)
    told = [line.plain for line in lines if line.plain.startswith("   ")]
    assert bool(told) == (width < 56)
    text = "".join(line.plain.strip() + " " for line in lines)
    for action in ACTIONS:
        assert strings(lang).keys[action.name].replace(" ", "") in text.replace(" ", "")


async def test_the_help_follows_the_width(app_of: AppOf) -> None:
    async with app_of().run_test(size=(100, 50)) as pilot:
        await ready(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: "Enter                Send the question" in shown(pilot))
        await pilot.resize_terminal(40, 50)
        await until(pilot, lambda: "│     Send the question" in shown(pilot))
        await pilot.resize_terminal(100, 50)
        await until(pilot, lambda: "Commands in the prompt" in shown(pilot))


@pytest.mark.parametrize("width", [80, 40])
async def test_a_click_sends_the_sample_under_the_pointer(app_of: AppOf, width: int) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test(size=(width, 30)) as pilot:
        await ready(pilot)
        lines = shown(pilot).splitlines()
        at = next(place for place, line in enumerate(lines) if "Who can reopen" in line)
        await pilot.click(offset=(10, at))
        await until(pilot, lambda: base.requests)
        await ready(pilot)
    assert base.requests[0].question == "Who can reopen a closed period?"


async def test_the_palette_runs_an_action(app_of: AppOf) -> None:
    async with app_of(lang="ja").run_test(size=(100, 40)) as pilot:
        screen = await ready(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "コマンドを検索" in shown(pilot))
        await pilot.press(*"finetuned")
        await until(pilot, lambda: "以後 finetuned に質問" in shown(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: screen.backend == "finetuned")


async def test_nothing_from_outside_steers_the_terminal_or_is_markup(app_of: AppOf) -> None:
    evil = "\x1b]0;pwned\x07[bold red]x[/] \u202e"
    passage = Passage(id="p", document=evil, title=evil, text=evil, score=1.0)
    used = Used(TokenUsage(prompt_tokens=1, completion_tokens=2, model=evil))
    steps = (Retrieved((passage,)), Delta(evil + "1999"), used, Finished("error", evil, evil))
    bad = Scripted(f"bad{evil}", "rag", steps)
    engine = engine_of(bad, flag=("1999",))
    async with app_of(engine, backend=bad.name).run_test(size=(140, 50)) as pilot:
        await ask(pilot, "What about " + evil)
        await pilot.press("ctrl+o", "f8")
        await until(pilot, lambda: "# Flag" in shown(pilot))
        strips = pilot.app.screen._compositor.render_strips()
        text = "".join(segment.text for strip in strips for segment in strip if not segment.control)
    assert "[bold red]" in text
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf")]


async def test_an_unknown_theme_is_said_and_passed_over(app_of: AppOf) -> None:
    async with app_of(theme="no[such]").run_test(size=(100, 24), notifications=True) as pilot:
        await until(pilot, lambda: "no[such]" in shown(pilot))
        assert pilot.app.theme == "kotae-dark"


@pytest.mark.parametrize("theme", ["kotae-light", "nord", "textual-ansi"])
async def test_other_themes_have_the_backends_colours_too(app_of: AppOf, theme: str) -> None:
    async with app_of(theme=theme).run_test() as pilot:
        await ask(pilot, "Hi")
        await until(pilot, lambda: "An answer." in shown(pilot))
        pilot.app.theme = "kotae-dark"
        await pilot.pause()
        assert pilot.app.theme_variables["backend-1"] == "#86aef0"


async def test_a_selected_backend_that_can_warm_up_does(app_of: AppOf) -> None:
    warmed = []

    class Warm(Scripted):
        async def warm_up(self) -> None:
            warmed.append(self.name)

    async with app_of(engine_of(Warm("base"), Warm("rag"))).run_test() as pilot:
        await ready(pilot)
        await until(pilot, lambda: warmed == ["base"])
        await pilot.press("tab")
        await until(pilot, lambda: warmed == ["base", "rag"])


class _SlowManual:
    """A manual whose index takes until `built`."""

    def __init__(self) -> None:
        self.built = asyncio.Event()

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None:
        if progress is not None:
            progress(Progress("Building the index", 30, 120))
        await self.built.wait()

    async def search(
        self,
        query: str,
        top: int = 5,
        progress: Callable[[Progress], None] | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        return []

    async def known(self, terms: Sequence[str]) -> set[str]:
        return set()


@pytest.mark.parametrize(("lang", "words"), [("en", "Building the index 25%"), ("ja", "索引を作成中 25%")])
async def test_the_manual_is_got_ready_in_the_background_and_the_status_line_says_so(
    app_of: AppOf, lang: Language, words: str
) -> None:
    engine, manual = engine_of(Scripted("base")), _SlowManual()
    engine.manual = manual
    async with app_of(engine, lang=lang).run_test() as pilot:
        await until(pilot, lambda: words in shown(pilot))
        manual.built.set()
        await until(pilot, lambda: words not in shown(pilot))


def test_accents_are_fixed_by_kind_and_otherwise_all_different() -> None:
    kinds = {"base": "base", "gpt": "base", "rag": "rag", "ft": "finetuned", "oracle": "oracle", "q": "quote"}
    found = accents(["gpt", "base", "oracle", "rag", "ft", "q"], kinds)
    assert found["rag"] == "backend-2"
    assert found["ft"] == "backend-3"
    assert found["q"] == "backend-4"
    assert found["gpt"] == "backend-1"
    assert len(set(found.values())) == 6


def test_slash_commands_are_told_from_questions() -> None:
    assert parse_slash("/backend rag ") == Slash("backend", "rag")
    assert parse_slash("/etc/hosts") is None
    assert parse_slash("what is /new?") is None
    assert parse_slash("/new\nline") is None
    assert [action.slash for action in matching("/re")] == ["retry", "resume"]


def test_every_action_has_its_texts_in_every_language() -> None:
    english = strings("en")
    for lang in ("en", "ja"):
        text = strings("ja" if lang == "ja" else "en")
        assert {action.name for action in ACTIONS} == set(text.keys)
        assert set(text.short) == set(english.short)
        for words, others in ((text, english), (text.flags, english.flags)):
            for field in words.__struct_fields__:
                value, model = getattr(words, field), getattr(others, field)
                if isinstance(value, str):
                    assert value
                    assert value.count("{") == model.count("{"), field
