from __future__ import annotations

import pytest

from tui.transcript.inline import parse


def shown(content: str, part: str) -> str | None:
    """The text that shows the source `part`."""
    start = content.index(part)
    rich = parse(content)
    found = rich.text_range(start, start + len(part))
    return rich.text[found[0] : found[1]] if found is not None else None


@pytest.mark.parametrize(
    ("content", "part", "text"),
    [
        ("The **Komorebi** Payroll app", "**Komorebi** Payroll", "Komorebi Payroll"),
        ("The **Komorebi** Payroll app", "Komorebi", "Komorebi"),
        ("The ***very*** end", "very", "very"),
        ("a `code x` b", "code x", "code x"),
        ("a ``  code  `` b", "code", "code"),
        ("see [the *manual*](https://x.y) now", "manual", "manual"),
        ("see <https://x.y/z> now", "x.y", "x.y"),
        ("a &amp; b", "&amp; b", "& b"),
        (r"a \* star", r"\* star", "* star"),
        ("one * two ** three _", "** three", "** three"),
        ("~~gone~~ here", "gone~~ here", "gone here"),
        ("first\nsecond", "second", "second"),
        ("日本語\nの文章", "の文章", "の文章"),
        ("![alt text](https://x.y/a.png) after", "after", "after"),
        ("2 ** 3 and *a* ** b", "** b", "** b"),
    ],
)
def test_source_offsets_find_the_text_that_shows_them(content: str, part: str, text: str) -> None:
    assert shown(content, part) == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("The Controller may [1], for 72 hours [2, 3].", "The Controller may, for 72 hours."),
        ("**Only** then [1] *again* [12]", "Only then again"),
        ("still coming [1", "still coming"),
        ("締めた人です[1、2]。", "締めた人です。"),
        ("`rows[1]` and [a link](https://x.y) [x] [1234]", "rows[1] and a link [x] [1234]"),
        ("a [`code`] b [**x**]", "a [code] b [x]"),
        ("So **[1]**.", "So."),
        ("so\n[1] more", "so more"),
        ("[1] First", "First"),
        ("from [1](https://x.y), [2](closing.md).", "from."),
        ("on [3,\n4] two lines", "on two lines"),
    ],
)
def test_citations_can_be_left_out(content: str, text: str) -> None:
    rich = parse(content, citations=False)
    assert rich.text == text
    for run in rich.runs:  # what is left knows where it came from
        assert rich.text[run.start : run.end] == content[run.source : run.source_end]


def test_a_place_that_shows_nothing_has_no_text() -> None:
    assert parse("see [x](https://a.b/c)").text_range(9, 20) is None


def test_only_web_addresses_are_links() -> None:
    rich = parse(
        "[a](https://a.b) [b](javascript:alert) [c](file:///etc) [d](data:text/html,x) http://e.f/g, [h](mailto:x@y)"
    )
    assert [url for _, _, url in rich.links] == ["https://a.b", "http://e.f/g"]


def test_html_and_markup_of_the_screen_library_are_text() -> None:
    text = "<b>x</b> [red]y[/red] [@click=app.quit]z[/]"
    assert parse(text).text == text


def test_entities_do_not_bring_control_characters_back() -> None:
    assert parse("&#27;[31m &#x202e;").text == "\ufffd[31m ␦"


def test_a_line_end_between_japanese_characters_is_no_blank() -> None:
    assert parse("日本\n語").text == "日本語"
    assert parse("one\ntwo").text == "one two"


def test_thousands_of_open_brackets_take_no_time_to_speak_of() -> None:
    assert parse("[a " * 2000).text == "[a " * 2000
