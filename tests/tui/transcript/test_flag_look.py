"""How flagged spans look: by kind, by score, by verdict; in every block, width and theme."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from kotae import Flag
from tests.tui.transcript.host import Host
from tests.tui.transcript.test_layout import body, laid
from tui.themes import own_themes
from tui.transcript.entries import AnswerEntry
from tui.transcript.flags import Summary
from tui.transcript.palette import Palette
from tui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from rich.style import Style

    from kotae.conversation import FlagKind, Verdict

FAINT, PLAIN, STRONG = 0.5, 0.7, 0.9
BLOCKS = {
    "paragraph": "The Komorebi Payroll app costs 20 yen.",
    "bold": "The **Komorebi Payroll** app costs 20 yen.",
    "heading": "# Of Komorebi Payroll\n\nText.",
    "heading 3": "### Of Komorebi Payroll\n\nText.",
    "list": "- one\n  1. Komorebi Payroll\n",
    "quote": "> It says Komorebi Payroll.",
    "code": "```\nKomorebi Payroll\n```",
    "header": "| Komorebi Payroll | b |\n|---|---|\n| x | y |",
    "cell": "| a | b |\n|---|---|\n| x | Komorebi Payroll |",
}


def flag(text: str, part: str, score: float = STRONG, verdict: Verdict = "") -> Flag:
    start = text.index(part)
    return Flag(
        start=start, end=start + len(part), kind="unsupported", score=score, reason="", verdict=verdict
    )


def look(entry: AnswerEntry, part: str) -> Style:
    """The style that a piece of the text is drawn in."""
    for line in entry.lines or ():
        for segment in line.segments:
            if part in segment.text and segment.style is not None:
                return segment.style
    raise AssertionError(f"{part} is not drawn")


def marks(style: Style) -> tuple[bool, bool, bool]:
    return bool(style.dim), bool(style.bold), bool(style.underline)


@pytest.mark.parametrize("block", BLOCKS)
async def test_the_surer_the_flagger_the_stronger_the_span_and_not_by_colour_alone(
    block: str, palette: Palette
) -> None:
    text = BLOCKS[block]
    looks = [
        marks(look(laid(text, palette, 60, (flag(text, "Komorebi Payroll", score),)), "Payroll"))
        for score in (FAINT, PLAIN, STRONG)
    ]
    assert looks == [(True, False, True), (False, False, True), (False, True, True)]


@pytest.mark.parametrize(("score", "step"), [(0.649, 0), (0.65, 1), (0.8, 1), (0.801, 2)])
async def test_three_steps_of_score(score: float, step: int, palette: Palette) -> None:
    text = BLOCKS["paragraph"]
    style = look(laid(text, palette, 60, (flag(text, "Komorebi Payroll", score),)), "Payroll")
    assert (style.dim, style.bold) == ((True, False), (None, False), (None, True))[step]


@pytest.mark.parametrize("block", BLOCKS)
async def test_a_rejected_span_looks_like_text_and_keeps_its_marks(block: str, palette: Palette) -> None:
    text = BLOCKS[block]
    rejected = laid(text, palette, 60, (flag(text, "Komorebi Payroll", verdict="rejected"),))
    assert look(rejected, "Payroll") == look(laid(text, palette, 60), "Payroll")
    assert any("⚑✗Komorebi Payroll" in line for line in body(rejected))


async def test_a_confirmed_span_is_as_strong_as_any(palette: Palette) -> None:
    text = BLOCKS["paragraph"]
    confirmed = laid(text, palette, 60, (flag(text, "Komorebi Payroll", FAINT, "confirmed"),))
    assert marks(look(confirmed, "Payroll")) == (False, True, True)
    assert any("⚑✓Komorebi Payroll" in line for line in body(confirmed))


async def test_a_span_rejected_within_another_leaves_the_look_of_that(palette: Palette) -> None:
    text = BLOCKS["paragraph"]
    inner = replace(flag(text, "Payroll", verdict="rejected"), kind="name")
    entry = laid(text, palette, 60, (flag(text, text, PLAIN), inner))
    assert look(entry, "Payroll") == look(entry, "Komorebi")
    assert any("?✗Payroll" in line for line in body(entry))


async def test_flags_that_begin_together_each_show_their_marks(palette: Palette) -> None:
    text = "| a |\n|---|\n| Komorebi Payroll costs 20 yen. |"
    inner = replace(flag(text, "Komorebi", verdict="rejected"), kind="name")
    outer = flag(text, "Komorebi Payroll costs 20 yen.", verdict="confirmed")
    assert "⚑✓?✗Komorebi Payroll costs 20 yen." in body(laid(text, palette, 60, (inner, outer)))
    assert "⚑✓?✗Komorebi Payroll" in "".join(body(laid(text, palette, 22, (inner, outer))))


async def test_a_click_selects_the_innermost_flag() -> None:
    app = Host()
    text = "The Komorebi Payroll app costs 20 yen."
    whole, name = flag(text, text), replace(flag(text, "Payroll"), kind="name")
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.query_one(TranscriptView)
        view.begin_answer("a", "base")
        view.append("a", text)
        view.set_flags("a", [whole, name])
        await pilot.pause()
        await pilot.pause()
        rows = [view.render_line(y).text for y in range(view.size.height)]
        y = next(y for y, row in enumerate(rows) if "Payroll" in row)
        await pilot.click(view, offset=(rows[y].index("Payroll") + 2, y))
        assert view.selected_flag == name
        await pilot.click(view, offset=(rows[y].index("costs") + 2, y))
        assert view.selected_flag == whole


async def test_wide_characters_and_marks_keep_lines_and_columns_in_place(palette: Palette) -> None:
    text = "| 項目 | 値 |\n|---|---|\n| 監査センター | 九十日 |\n| 期間 | 十日 |"
    entry = laid(text, palette, 40, (flag(text, "監査センター", verdict="confirmed"), flag(text, "十日 |")))
    assert len({cell_len(line.split("│")[0]) for line in body(entry) if "│" in line}) == 1
    prose = "監査センターが九十日以内に承認し、すべての利用者へ通知します。" * 3
    for width in (12, 17, 30):
        narrow = laid(prose, palette, width, (flag(prose, "センターが九十日", verdict="rejected"),))
        assert all(cell_len(line) <= width for line in body(narrow))
        assert "⚑✗センター" in "".join(body(narrow))
        assert "".join(body(narrow)).replace("⚑✗", "") == prose


@pytest.mark.parametrize(
    "theme", ["kotae-dark", "kotae-light", "textual-light", "nord", "ansi-dark", "ansi-light"]
)
async def test_a_span_keeps_its_steps_when_the_theme_is_switched_and_the_terminal_resized(theme: str) -> None:
    app = Host()
    for own in own_themes():
        app.register_theme(own)
    text = "\n\n".join(("A first word.", "A second word.", "A third word.", "Another rejected one."))
    flags = [
        flag(text, part, score) for part, score in (("first", FAINT), ("second", PLAIN), ("third", STRONG))
    ]
    flags.append(flag(text, "rejected", STRONG, "rejected"))
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.query_one(TranscriptView)
        view.begin_answer("a", "base")
        view.append("a", text)
        view.set_flags("a", flags)
        view.finish_answer("a")
        for size in ((60, 20), (18, 30), (90, 20)):
            await pilot.resize_terminal(*size)
            app.theme = theme
            await pilot.pause()
            await pilot.pause()
            styles = {
                segment.text: segment.style
                for y in range(view.size.height)
                for segment in view.render_line(y)
                if segment.style is not None
            }
            assert [marks(styles[word]) for word in ("first", "second", "third")] == [
                (True, False, True),
                (False, False, True),
                (False, True, True),
            ]
            assert "⚑✗" in styles
            assert not any(style.underline for words, style in styles.items() if "rejected" in words)
            app.theme = "textual-dark"
            await pilot.pause()


@pytest.mark.parametrize("kind", ["unsupported", "contradicted", "number", "name"])
@pytest.mark.parametrize("theme", ["kotae-dark", "kotae-light"])
async def test_a_faint_span_can_still_be_read(theme: str, kind: FlagKind) -> None:
    app = Host()
    for own in own_themes():
        app.register_theme(own)
    app.theme = theme
    text = "A first word."
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.query_one(TranscriptView)
        view.begin_answer("a", "base")
        view.append("a", text)
        view.set_flags("a", [replace(flag(text, "first", FAINT), kind=kind)])
        view.finish_answer("a")
        await pilot.pause()
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        style = next(s.style for strip in strips for s in strip if s.text == "first" and s.style is not None)
        assert style.color is not None
        assert style.bgcolor is not None
        ink, paper = (_luminance(colour.get_truecolor()) for colour in (style.color, style.bgcolor))
        share = 0.7 if style.dim else 1.0  # terminals draw dim text at about that strength
        ink = paper + (ink - paper) * share
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) > 3


async def test_a_selected_flag_stays_selected_when_its_verdict_changes() -> None:
    app = Host()
    text = "A first word."
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.query_one(TranscriptView)
        view.begin_answer("a", "base")
        view.append("a", text)
        view.set_flags("a", [flag(text, "first")])
        await pilot.pause()
        view.select_flag("a", flag(text, "first"))
        judged = flag(text, "first", verdict="rejected")
        view.set_flags("a", [judged])
        assert view.selected_flag == judged
        view.set_flags("a", [])
        assert view.selected_flag is None


async def test_the_summary_stands_above_the_footer_in_the_longest_form_that_fits(palette: Palette) -> None:
    entry = AnswerEntry("a", "base", "$primary", ["An answer."], finished=True, footer="base · 1 s")
    entry.summary = Summary(("three of them in words", "3 in glyphs", "3"), flagged=True)
    for width, words in ((30, "three of them in words"), (15, "3 in glyphs"), (6, "3")):
        entry.lay_out(palette, width)
        assert words in body(entry)
        assert body(entry).index(words) < next(i for i, line in enumerate(body(entry)) if "base" in line)


def _luminance(colour: tuple[int, int, int]) -> float:
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
