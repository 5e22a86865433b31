from __future__ import annotations

import pytest
from rich.cells import cell_len

from tui.transcript.safe_text import visible, visible_lines


def test_an_escape_sequence_is_seen_and_never_sent() -> None:
    assert visible("\x1b[31mred\x1b[0m") == "␛[31mred␛[0m"
    assert visible("\x1b]8;;http://x\x07y") == "␛]8;;http://x␇y"


@pytest.mark.parametrize(
    "hostile",
    [
        "\x00",
        "\x08",
        "\x7f",
        "\x9b",
        "\u202e",
        "\u2066",
        "\u200f",
        "\ufeff",
        "\u2028",
        "\ud800",
        "\U000e0041",
    ],
)
def test_every_hidden_character_becomes_one_that_takes_one_cell(hostile: str) -> None:
    shown = visible(f"a{hostile}b")
    assert hostile not in shown
    assert len(shown) == 3
    assert cell_len(shown) == 3
    shown.encode()


def test_ordinary_text_line_feeds_tabs_and_joined_emoji_stay() -> None:
    text = "a\tb\n日本語 👩‍👩‍👧 é"
    assert visible(text) == text


def test_line_ends_of_other_systems_are_line_feeds() -> None:
    assert visible_lines("a\r\nb\rc") == "a\nb\nc"
