from __future__ import annotations

import time

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of


async def test_three_keys_break_the_line(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("a", "ctrl+j", "b", "alt+enter", "c", "shift+enter", "d")
        assert screen.prompt.text == "a\nb\nc\nd"


async def test_alt_enter_is_known_as_terminals_without_the_kitty_protocol_send_it(app_of: AppOf) -> None:
    app_of()
    [key] = [event for event in XTermParser().feed("\x1b\r") if isinstance(event, events.Key)]
    assert key.key == "alt+enter"


async def test_the_prompt_grows_to_eight_lines_and_no_further(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        border = screen.prompt.size.height - 1
        for lines in range(1, 12):
            await pilot.press("x", "ctrl+j")
            await until(pilot, lambda lines=lines: screen.prompt.size.height == min(7, lines + 1) + border)  # type: ignore[misc]


async def test_the_placeholder_is_one_run_of_text(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        strip = screen.prompt.render_line(0)
        assert any("Ask about the manual" in segment.text for segment in strip)


async def test_earlier_questions_are_recalled_at_the_edges(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        await ask(pilot, "one")
        screen = await ask(pilot, "two\nlines")
        await pilot.press("d")
        await pilot.press("up")
        assert screen.prompt.value == "two\nlines"
        await pilot.press("up")  # from its last line to its first
        assert screen.prompt.value == "two\nlines"
        await pilot.press("up")
        assert screen.prompt.value == "one"
        await pilot.press("down", "down", "down")
        assert screen.prompt.value == "d"


async def test_a_long_paste_is_folded_and_sent_whole(app_of: AppOf) -> None:
    base, text = Scripted("base"), "word " * 40_000
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("Read: ")
        screen.prompt.post_message(events.Paste(text))
        await until(pilot, lambda: "pasted 200,000 characters" in shown(pilot))
        await pilot.press("!")
        assert len(screen.prompt.text) < 100  # what every key wraps and highlights anew
        await pilot.press("enter")
        await until(pilot, lambda: base.requests)
        await ready(pilot)
        assert base.requests[0].question == f"Read: {text}!"
        await pilot.press("up")
        assert screen.prompt.value == f"Read: {text}!"


@pytest.mark.parametrize(
    "text",
    ["word " * 40_000, "x" * 200_000, "@page\n" * 34_000, "\x1b[31m" * 40_000],
    ids=["words", "one word", "lines", "colours"],
)
async def test_after_a_long_paste_keys_cost_what_they_cost_without(app_of: AppOf, text: str) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)

        async def cost() -> float:
            runs = []
            for _ in range(3):
                began = time.process_time()
                await pilot.press(*"abcdefgh")
                runs.append(time.process_time() - began)
            return min(runs)

        without = await cost()
        screen.prompt.post_message(events.Paste(text))
        await until(pilot, lambda: "pasted" in screen.prompt.text)
        assert await cost() < 3 * without


async def test_what_was_asked_in_earlier_conversations_is_recalled(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        await ask(pilot, "one")
        await ask(pilot, "two")
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: screen._earlier)
        await pilot.press("up")  # chooses a sample
        assert screen.prompt.value == ""
        await ask(pilot, "three")
        recalled = []
        for _ in range(3):
            await pilot.press("up")
            recalled.append(screen.prompt.value)
        assert recalled == ["three", "two", "one"]
        await pilot.press("down", "down", "down")
        assert screen.prompt.value == ""


async def test_thousands_of_questions_are_recalled_as_fast_as_a_few(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)

        async def cost() -> float:
            runs = []
            for _ in range(3):
                began = time.process_time()
                await pilot.press(*["up"] * 5, *["down"] * 5)
                runs.append(time.process_time() - began)
            return min(runs)

        screen.prompt.remember(f"question {number}" for number in range(10))
        few = await cost()
        screen.prompt.remember_earlier(f"earlier {number}" for number in range(10_000))
        assert await cost() < 3 * few
        assert screen.prompt.value == ""


async def test_control_characters_that_are_pasted_are_made_visible(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        screen.prompt.post_message(events.Paste("a\x1b[31mb\r\nc"))
        await until(pilot, lambda: screen.prompt.text)
        assert screen.prompt.text == "a␛[31mb\nc"


async def test_typing_goes_to_the_prompt_wherever_the_focus_is(app_of: AppOf) -> None:
    async with app_of().run_test(size=(120, 30)) as pilot:
        screen = await ask(pilot, "Hi")
        await pilot.press("f6")
        assert screen.focused is not screen.prompt
        await pilot.press("x")
        assert screen.prompt.value == "x"


async def test_the_cursor_is_where_an_input_method_would_open(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("日本語")
        await until(pilot, lambda: "日本語" in shown(pilot))
        x, y = pilot.app.cursor_position
        assert x == screen.prompt.content_region.x + 6
        assert y == screen.prompt.content_region.y


async def test_an_unknown_command_is_no_question(app_of: AppOf) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test(size=(100, 24)) as pilot:
        screen = await ready(pilot)
        screen.prompt.insert("/nonsense")
        await pilot.press("enter")
        await until(pilot, lambda: "There is no command /nonsense." in shown(pilot))
        assert screen.prompt.text == "/nonsense"
        screen.prompt.value = "/etc/hosts, what is it?"
        await pilot.press("enter")
        await until(pilot, lambda: base.requests)
    assert base.requests[0].question == "/etc/hosts, what is it?"


async def test_keys_are_echoed_before_anything_is_loaded(app_of: AppOf) -> None:
    async with app_of().run_test() as pilot:
        await pilot.press("z", "q", "x")
        assert chat(pilot).prompt.text == "zqx"
