from __future__ import annotations

import pytest

from tui.transcript.wrap import cells, hard_wrap, wrap


def lines(text: str, width: int) -> list[str]:
    return [text[a:b] for a, b in wrap(text, width)]


@pytest.mark.parametrize("width", [2, 7, 20, 80])
@pytest.mark.parametrize(
    "text",
    [
        "one two three " * 9,
        "日本語の文章、「引用」です。" * 5,
        "x" * 50,
        "👩‍👩‍👧 family " * 5,
        "mixed 日本語 text" * 4,
    ],
)
def test_no_line_is_wider_than_there_is_room_and_nothing_but_blanks_is_lost(text: str, width: int) -> None:
    wrapped = lines(text, width)
    assert all(cells(line) <= width for line in wrapped)
    assert "".join("".join(wrapped).split()) == "".join(text.split())


def test_words_stay_whole_where_they_fit() -> None:
    assert lines("alpha beta gamma", 11) == ["alpha beta", "gamma"]


def test_no_line_starts_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    for width in range(8, 24):
        for line in lines("これは「引用」です、そして（注）もあります。", width):
            assert line[0] not in "、。」）"
            assert line[-1] not in "「（"


def test_line_feeds_end_lines() -> None:
    assert lines("a\n\nb c", 10) == ["a", "", "b c"]


def test_room_is_kept_for_marks_that_are_not_in_the_text() -> None:
    text = "abcd efgh"
    assert [text[a:b] for a, b in wrap(text, 9)] == ["abcd efgh"]
    assert [text[a:b] for a, b in wrap(text, 9, {5: 1})] == ["abcd", "efgh"]


def test_code_keeps_its_blanks_when_it_is_cut() -> None:
    text = "    x = 1"
    assert [text[a:b] for a, b in hard_wrap(text, 0, len(text), 6)] == ["    x ", "= 1"]
