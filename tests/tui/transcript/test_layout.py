from __future__ import annotations

import random

import pytest

from kotae import Flag
from tests.tui.transcript.samples import SAMPLES
from tui.transcript import code
from tui.transcript.entries import AnswerEntry
from tui.transcript.palette import Palette
from tui.transcript.wrap import cells


def laid(text: str, palette: Palette, width: int = 60, flags: tuple[Flag, ...] = ()) -> AnswerEntry:
    entry = AnswerEntry("a", "base", "$primary", [text], flags=flags, finished=True)
    entry.lay_out(palette, width)
    return entry


def body(entry: AnswerEntry) -> list[str]:
    """The lines under the label, as they are seen."""
    assert entry.lines is not None
    return [line.text.rstrip() for line in entry.lines[2:]]


def flag(text: str, part: str, kind: str = "unsupported") -> Flag:
    start = text.index(part)
    return Flag(start=start, end=start + len(part), kind=kind, score=0.9, reason="")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [17, 60])
async def test_streaming_lays_out_what_reading_at_once_does(name: str, width: int, palette: Palette) -> None:
    code.load(["c", "python"])
    rng = random.Random(width)
    source = SAMPLES[name]
    entry = AnswerEntry("a", "base", "$primary")
    entry.lay_out(palette, width)
    at = 0
    while at < len(source):
        step = rng.randint(1, 80)
        entry.append(source[at : at + step])
        entry.update(palette, width)
        at += step
    entry.finished = True
    entry.update(palette, width)
    whole = laid(source, palette, width)
    assert entry.lines is not None
    assert whole.lines is not None
    assert [line.segments for line in entry.lines] == [line.segments for line in whole.lines]
    assert [block.text for block in entry.blocks] == [block.text for block in whole.blocks]


async def test_a_paragraph_of_citations_that_are_left_out_takes_no_lines(palette: Palette) -> None:
    entry = AnswerEntry("a", "A", "$primary", ["It may.\n\n[1] [2]\n\n> [3]\n\nEnd [4]"], citations=False)
    entry.finished = True
    entry.lay_out(palette, 60)
    assert body(entry) == ["It may.", "", "▎", "", "End"]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("seed", range(2))
async def test_without_citations_streaming_lays_out_what_reading_at_once_does(
    name: str, seed: int, palette: Palette
) -> None:
    rng = random.Random(seed)
    words = SAMPLES[name].split(" ")
    source = " ".join(f"{word} [{rng.randint(1, 9)}]" if rng.random() < 0.2 else word for word in words)
    streamed, whole = (AnswerEntry("a", "A", "$primary", citations=False) for _ in range(2))
    streamed.lay_out(palette, 60)
    at = 0
    while at < len(source):
        step = rng.randint(1, 80)
        streamed.append(source[at : at + step])
        streamed.update(palette, 60)
        at += step
    whole.append(source)
    streamed.finished = whole.finished = True
    streamed.update(palette, 60)
    whole.lay_out(palette, 60)
    assert [line.text for line in streamed.lines or ()] == [line.text for line in whole.lines or ()]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [2, 17, 38, 97])
async def test_no_line_is_wider_than_the_column(name: str, width: int, palette: Palette) -> None:
    entry = laid(SAMPLES[name], palette, width)
    # Deep nesting needs some cells of its own; the narrowest screens crop what is left.
    room = max(width, 16)
    assert entry.lines is not None
    for line in entry.lines[2:]:
        assert line.width == cells(line.text)
        assert line.width <= room


async def test_table_columns_line_up_with_wide_characters(palette: Palette) -> None:
    entry = laid("| 項目 | n |\n|:--|--:|\n| 日本語 | 1 |\n| ab | 20 |\n", palette)
    assert body(entry) == ["項目   │  n", "───────┼───", "日本語 │  1", "ab     │ 20"]


async def test_a_table_too_wide_is_shrunk_and_its_cells_wrapped(palette: Palette) -> None:
    entry = laid("| a | b |\n|---|---|\n| short | " + "many words " * 6 + "|\n", palette, 30)
    lines = body(entry)
    assert all(cells(line) <= 30 for line in lines)
    assert len(lines) > 4
    assert lines[2].startswith("short │ many words")


async def test_a_table_with_too_many_columns_names_its_cells(palette: Palette) -> None:
    entry = laid("|a|b|c|d|e|f|\n|-|-|-|-|-|-|\n|1|2|3|4|5|6|\n", palette, 20)
    assert "c: 3" in body(entry)


async def test_lists_quotes_and_rules_have_their_marks(palette: Palette) -> None:
    entry = laid("- a\n  - b\n    c d\n\n9. x\n10. y\n\n> q\n>\n> r\n\n---\n\n- [x] t", palette, 40)
    assert body(entry) == [
        "• a", "  ◦ b c d", "", "9. x", "10. y", "", "▎ q", "▎", "▎ r", "", "─" * 40, "", "☑ t",
    ]  # fmt: skip


async def test_a_long_paragraph_that_was_closed_in_part_reads_as_one(palette: Palette) -> None:
    text = "word and another word, then some more. " * 90
    lines = body(laid(text, palette, 50))
    assert " ".join(lines).split() == text.split()
    assert all(len(line) > 35 for line in lines[:-1])


async def test_tabs_in_code_take_cells_and_are_copied_as_tabs(palette: Palette) -> None:
    entry = laid("```\n\tx\ty\n```", palette)
    assert body(entry) == ["     x    y"]
    assert entry.blocks[1].text == "\tx\ty"


@pytest.mark.parametrize(
    ("text", "part", "shown"),
    [
        ("The **Komorebi** Payroll app", "**Komorebi** Payroll", "The ⚑Komorebi Payroll app"),
        ("# About Nagi\n\nx", "Nagi", "About ⚑Nagi"),
        ("- one\n- two words", "two", "• ⚑two words"),
        ("> in a quote", "quote", "▎ in a ⚑quote"),
        ("```\na = 20\n```", "20", " a = ⚑20"),
        ("| a | b |\n|---|---|\n| x | y \\| z |", "z", "x │ y | ⚑z"),
        ("休暇は二十日です。", "二十日", "休暇は⚑二十日です。"),
    ],
)
async def test_a_flag_is_marked_by_a_glyph_in_every_kind_of_block(
    text: str, part: str, shown: str, palette: Palette
) -> None:
    entry = laid(text, palette, 60, (flag(text, part),))
    assert shown in body(entry)


async def test_exactly_the_flagged_text_is_underlined(palette: Palette) -> None:
    text = "The **Komorebi** Payroll app costs 20 yen"
    entry = laid(text, palette, 60, (flag(text, "**Komorebi** Payroll"), flag(text, "20", "number")))
    assert entry.lines is not None
    underlined = "".join(s.text for s in entry.lines[2].segments if s.style is not None and s.style.underline)
    assert underlined == "Komorebi Payroll20"
    assert entry.blocks[1].text == "The Komorebi Payroll app costs 20 yen"


async def test_flags_that_come_and_go_leave_the_layout_of_those_that_stay(palette: Palette) -> None:
    text = SAMPLES["everything"]
    flags = tuple(
        sorted(
            (flag(text, part) for part in ("second **b**", "日本語", "return x", "q item2")),
            key=lambda f: f.start,
        )
    )
    entry = laid(text, palette, 40)
    for some in (flags, flags[1:], flags[:1], (), flags[2:]):
        entry.set_flags(some, None, palette, 40)
        fresh = laid(text, palette, 40, some)
        assert entry.lines is not None
        assert fresh.lines is not None
        assert [line.segments for line in entry.lines] == [line.segments for line in fresh.lines]


async def test_a_flag_over_several_blocks_is_marked_in_each(palette: Palette) -> None:
    text = "one two\n\n- three\n- four"
    entry = laid(text, palette, 40, (Flag(start=4, end=len(text), kind="name", score=1, reason=""),))
    assert body(entry) == ["one ?two", "", "• ?three", "• ?four"]


async def test_hostile_text_reaches_no_line(palette: Palette) -> None:
    entry = laid("a \x1b]0;title\x07 \x9b31m \u202e b\n\n```\n\x1b[2J\n```\n\n| \x1b |\n|---|\n", palette)
    seen = "".join(body(entry))
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c == "\u202e" for c in seen)
    assert "␛]0;title␇" in seen


async def test_flags_of_several_flaggers_may_cross_or_be_the_same_span(palette: Palette) -> None:
    text = "One two three.\n\n- four five six\n"
    spans = ("One two", "two three", "One two", "three.", "four five", "five six", "five")
    flags = tuple(
        flag(text, part, kind) for part, kind in zip(spans, ["unsupported", "name"] * 4, strict=False)
    )
    entry = laid(text, palette, 60, flags)
    plain = [line.translate({ord(glyph): None for glyph in "⚑✗#?"}) for line in body(entry)]
    assert plain == body(laid(text, palette, 60))
    assert entry.lines is not None
    assert all(line.width == cells(line.text) for line in entry.lines)
    assert sum(line.count("⚑") + line.count("?") for line in body(entry)) == len(spans)
