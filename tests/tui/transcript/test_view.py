from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollUp
from textual.widgets import Input

from kotae import Flag
from tests.tui.transcript.samples import EVERYTHING
from tui.transcript.entries import AnswerEntry, TextEntry
from tui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message


class Chat(App[None]):
    CSS = "Input { dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Message] = []

    def compose(self) -> ComposeResult:
        yield TranscriptView()
        yield Input()

    @property
    def view(self) -> TranscriptView:
        return self.query_one(TranscriptView)

    def on_transcript_view_answer_selected(self, event: TranscriptView.AnswerSelected) -> None:
        self.seen.append(event)

    def on_transcript_view_flag_selected(self, event: TranscriptView.FlagSelected) -> None:
        self.seen.append(event)

    def on_transcript_view_link_clicked(self, event: TranscriptView.LinkClicked) -> None:
        self.seen.append(event)


def screen(view: TranscriptView) -> list[str]:
    """What is seen, line by line."""
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


async def until(condition: Callable[[], Any]) -> None:
    deadline = monotonic() + 5
    while not condition():
        assert monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


def turn(number: int, text: str = "An answer.") -> list[TextEntry | AnswerEntry]:
    return [
        TextEntry(f"q{number}", f"Question {number}?"),
        AnswerEntry(f"a{number}", "base", "$primary", [text], finished=True, footer=f"footer {number}"),
    ]


def flag(text: str, part: str) -> Flag:
    return Flag(
        start=text.index(part), end=text.index(part) + len(part), kind="number", score=1, reason="why"
    )


async def test_a_conversation_is_seen_with_who_speaks() -> None:
    app = Chat()
    async with app.run_test(size=(50, 16)):
        view = app.view
        view.add_question("q", "How long?")
        view.begin_answer("a", "rag · small", "primary")
        view.append("a", "About **20** days.")
        view.finish_answer("a", "1.2 s")
        view.add_note("Something failed.", "error")
        await until(lambda: "✗ Something failed." in screen(view))
        assert screen(view)[:9] == [
            "", "❯ How long?", "", "● rag · small", "  About 20 days.", "  1.2 s", "", "✗ Something failed.", "",
        ]  # fmt: skip


async def test_a_status_is_shown_until_it_is_taken_away_and_turns_no_spinner_after_that() -> None:
    app = Chat()
    async with app.run_test(size=(50, 16)):
        view = app.view
        view.begin_answer("a", "base")
        view.set_status("a", "Searching")
        await until(lambda: any("Searching" in line for line in screen(view)))
        before = screen(view)
        await until(lambda: screen(view) != before)
        view.finish_answer("a")
        await until(lambda: not any("Searching" in line for line in screen(view)))
        await until(lambda: not view._spin_timer._active.is_set())
        await until(lambda: not view._flush_timer._active.is_set())


async def test_the_end_is_followed_until_the_reader_scrolls_up_and_again_at_the_end() -> None:
    app = Chat()
    async with app.run_test(size=(40, 12)) as pilot:
        view = app.view
        view.begin_answer("a", "base")
        view.append("a", "line\n\n" * 30)
        await until(lambda: view.scroll_offset.y == view.max_scroll_y > 0)
        view.focus()
        await pilot.press("pageup")
        assert not view.follow
        top = screen(view)[0]
        y = view.scroll_offset.y
        view.append("a", "more\n\n" * 10)
        await until(lambda: view.behind)
        assert view.scroll_offset.y == y
        assert screen(view)[0] == top
        assert "new text" in view.render_lines(view.size.region)[-1].text
        await pilot.press("end")
        await until(lambda: view.follow and not view.behind)
        view.append("a", "last words")
        await until(lambda: "  last words" in screen(view))


async def test_the_mouse_wheel_lets_go_of_the_end() -> None:
    app = Chat()
    async with app.run_test(size=(40, 12)) as pilot:
        view = app.view
        view.begin_answer("a", "base")
        view.append("a", "line\n\n" * 30)
        await until(lambda: view.max_scroll_y > 0)
        await pilot._post_mouse_events([MouseScrollUp], view, offset=(5, 5), button=0)
        await until(lambda: not view.follow)


async def test_hundreds_of_answers_open_at_the_end_and_few_are_laid_out() -> None:
    app = Chat()
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.view
        view.load(entry for number in range(500) for entry in turn(number, EVERYTHING))
        await until(lambda: "  footer 499" in screen(view))
        assert sum(entry.lines is not None for entry in view.column.entries) < 10
        view.focus()
        for _ in range(30):
            await pilot.press("pageup")
        seen = screen(view)
        assert any(line.strip() for line in seen)
        await pilot.press("home")
        assert screen(view)[1] == "❯ Question 0?"
        assert sum(entry.lines is not None for entry in view.column.entries) < 120


async def test_scrolling_up_into_what_was_only_guessed_does_not_jump() -> None:
    app = Chat()
    async with app.run_test(size=(60, 20)):
        view = app.view
        view.load(entry for number in range(40) for entry in turn(number, EVERYTHING))
        await until(lambda: view.max_scroll_y > 0)
        for _ in range(300):
            before = screen(view)
            view.scroll_relative(y=-1, animate=False)
            assert screen(view)[1:] == before[:-1]


async def test_a_resize_keeps_the_reader_at_the_same_paragraph() -> None:
    app = Chat()
    text = "\n\n".join(
        f"Paragraph {number} has some words to wrap in a narrow column." for number in range(60)
    )
    async with app.run_test(size=(80, 20)) as pilot:
        view = app.view
        view.load(turn(1, text))
        await until(lambda: view.max_scroll_y > 0)
        view.scroll_to(y=60)
        top = next(line for line in screen(view) if line.strip()).split()[:2]
        await pilot.resize_terminal(40, 20)
        await until(lambda: view.size.width == 40)
        assert next(line for line in screen(view) if line.strip()).split()[:2] == top
        assert all(len(line) < 40 for line in screen(view))


async def test_a_theme_switch_colours_the_text_anew_and_moves_nothing() -> None:
    app = Chat()
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.view
        view.load(turn(1, EVERYTHING))
        await until(lambda: view.max_scroll_y > 0)
        before, text = view.render_line(3), screen(view)
        for theme in ("textual-light", "ansi-dark"):
            app.theme = theme
            await pilot.pause()
            await until(lambda: list(view.render_line(3)) != list(before))
            assert screen(view) == text


async def test_keys_and_clicks_select_answers() -> None:
    app = Chat()
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.view
        view.load([*turn(1), *turn(2), *turn(3)])
        await until(lambda: "  footer 3" in screen(view))
        view.focus()
        await pilot.press("ctrl+up")
        assert view.selected_answer == "a3"
        await pilot.press("ctrl+up")
        assert view.selected_answer == "a2"
        line = screen(view).index("▎ footer 2")
        assert line
        await pilot.click(view, offset=(4, screen(view).index("  footer 1")))
        assert view.selected_answer == "a1"
        await pilot.pause()
        assert [
            event.answer_id for event in app.seen if isinstance(event, TranscriptView.AnswerSelected)
        ] == ["a3", "a2", "a1"]
        view.truncate_after("q1")
        assert view.selected_answer is None


async def test_flags_are_walked_through_by_key_and_shown() -> None:
    app = Chat()
    text = "Takes **30 days** or 5.\n\n" + "filler\n\n" * 40 + "At most 99 of them."
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.view
        view.load([*turn(1, text), *turn(2)])
        view.set_flags("a1", [flag(text, "99"), flag(text, "30 days"), flag(text, "5")])
        view.focus()
        await until(lambda: view.max_scroll_y > 0)
        await pilot.press("n")
        assert view.selected_flag == flag(text, "30 days")
        assert view.selected_answer == "a1"
        assert any("#30 days" in line for line in screen(view))
        await pilot.press("n", "n", "n")
        assert view.selected_flag == flag(text, "99")
        assert any("#99" in line for line in screen(view))
        await pilot.press("p")
        assert view.selected_flag == flag(text, "5")
        marked = [
            s for y in range(view.size.height) for s in view.render_line(y) if s.style and s.style.reverse
        ]
        assert [segment.text for segment in marked] == ["#", "5"]
        await pilot.pause()
        assert len([event for event in app.seen if isinstance(event, TranscriptView.FlagSelected)]) == 4
        view.set_flags("a1", [])
        assert view.selected_flag is None


async def test_a_click_selects_the_flag_under_it_and_asks_for_a_link() -> None:
    app = Chat()
    text = "日本 20 days, see [here](https://a.b/c)."
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.view
        view.load(turn(1, text))
        view.set_flags("a1", [flag(text, "20")])
        await until(lambda: any("#20" in line for line in screen(view)))
        y = next(i for i, line in enumerate(screen(view)) if "#20" in line)
        await pilot.click(view, offset=(2 + 5 + 1, y))
        await until(lambda: view.selected_flag is not None)
        x = len("  日本 #20 days, see ") + 2
        await pilot.click(view, offset=(x + 1, y))
        await until(lambda: any(isinstance(event, TranscriptView.LinkClicked) for event in app.seen))
        assert app.seen[-1].url == "https://a.b/c"  # type: ignore[attr-defined]


async def test_selected_text_has_no_gutter_and_no_hard_wraps() -> None:
    app = Chat()
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    async with app.run_test(size=(40, 20)) as pilot:
        view = app.view
        view.load(turn(1, f"{words}\n\n- item **a**\n- item b\n"))
        await until(lambda: "  • item b" in screen(view))
        top = next(i for i, line in enumerate(screen(view)) if "one two" in line)
        end = screen(view).index("  • item b")
        await pilot.mouse_down(view, offset=(2 + 4, top))
        await pilot.hover(view, offset=(2 + 5, end))
        await pilot.mouse_up(view, offset=(2 + 5, end))
        assert app.screen.get_selected_text() == f"{words[4:]}\n\n• item a\n• item"[: -0 or None]
        assert view.answer_source("a1").startswith("one two")


async def test_two_clicks_select_a_paragraph_and_three_an_answer() -> None:
    app = Chat()
    async with app.run_test(size=(40, 20)) as pilot:
        view = app.view
        view.load([*turn(1, "first para\n\nsecond para"), *turn(2)])
        await until(lambda: "  second para" in screen(view))
        at = (5, screen(view).index("  second para"))
        await pilot.click(view, offset=at, times=2)
        assert app.screen.get_selected_text() == "second para"
        await pilot.click(view, offset=at, times=3)
        assert app.screen.get_selected_text() == "first para\n\nsecond para"


async def test_everything_can_be_selected() -> None:
    app = Chat()
    async with app.run_test(size=(40, 20)):
        view = app.view
        view.load([*turn(1, "An *answer*."), *turn(2, "| a | b |\n|---|---|\n| 1 | 2 |")])
        await until(lambda: view.column.height > 5)
        view.text_select_all()
        assert app.screen.get_selected_text() == "Question 1?\n\nAn answer.\n\nQuestion 2?\n\na\tb\n1\t2"


async def test_code_is_coloured_once_its_language_is_loaded() -> None:
    app = Chat()
    async with app.run_test(size=(60, 20)):
        view = app.view
        view.load(turn(1, "```python\nreturn 'x'  # y\n```"))
        await until(lambda: any("return" in line for line in screen(view)))
        y = next(i for i, line in enumerate(screen(view)) if "return" in line)
        await until(
            lambda: len({s.style.color for s in view.render_line(y) if s.style and s.text.strip()}) >= 3
        )


async def test_entries_may_come_before_there_is_room_and_unknown_ids_are_passed_over() -> None:
    view = TranscriptView()
    view.begin_answer("a", "base")
    view.append("a", "text")
    view.append("gone", "text")
    view.set_flags("gone", [])
    view.finish_answer("gone")
    assert view.answer_source("a") == "text"
    assert view.answer_source("gone") == ""
    with pytest.raises(ValueError, match="there is an entry 'a' already"):
        view.begin_answer("a", "base")


@pytest.mark.parametrize("width", [4, 12, 40, 200])
async def test_any_width_shows_something_and_fits(width: int) -> None:
    app = Chat()
    async with app.run_test(size=(width, 30)):
        view = app.view
        view.load(turn(1, EVERYTHING))
        await until(lambda: view.column.entries[1].lines is not None)
        assert all(view.render_line(y).cell_length == view.size.width for y in range(30))
        text = [line for line in screen(view) if line]
        assert text
        assert max(map(len, text)) <= 103


async def test_truncating_and_clearing_take_entries_away() -> None:
    app = Chat()
    async with app.run_test(size=(40, 20)):
        view = app.view
        view.load([*turn(1), *turn(2)])
        view.truncate_after("a1")
        view.add_question("q9", "Another?")
        await until(lambda: "❯ Another?" in screen(view))
        assert not any("footer 2" in line for line in screen(view))
        view.clear()
        assert screen(view) == [""] * view.size.height
