"""What may steer a terminal or hide is seen, in both renderings; what people write stays."""

from __future__ import annotations

import unicodedata

import pytest

from kotae.plain import encodable, escape_controls, visible, without_controls

# Soft hyphens and the joiners are part of how words are spelt; the rest belongs to scripts that show it.
SPELLING = {0xAD, 0x200C, 0x200D, *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2}
HIDDEN = [
    *(code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and chr(code) not in "\t\n"),
    *(
        code
        for code in range(0xA0, 0x10000)
        if unicodedata.category(chr(code)) in ("Cf", "Zl", "Zp", "Cs") and code not in SPELLING
    ),
    0xE0001,
    *range(0xE0020, 0xE0080),
]


@pytest.mark.parametrize("rendering", [escape_controls, visible])
def test_no_character_that_hides_or_steers_gets_through(rendering: object) -> None:
    assert callable(rendering)
    for code in HIDDEN:
        shown = rendering(f"a{chr(code)}b")
        assert chr(code) not in shown, hex(code)
        assert shown.isprintable(), hex(code)
        shown.encode()


@pytest.mark.parametrize("rendering", [escape_controls, visible])
def test_words_joined_letters_and_emoji_stay(rendering: object) -> None:
    assert callable(rendering)
    text = "a\tb\nnaïve 日本語 葛\U000e0100 می\u200cخواهم क्\u200dष 👩‍👩‍👧 ❤\ufe0f 𝄞"
    assert rendering(text) == text


def test_escapes_are_python_s() -> None:
    assert (
        escape_controls("\x1b[31m\u202e\U000e0041\udc80\u2028") == "\\x1b[31m\\u202e\\U000e0041\\udc80\\u2028"
    )


def test_what_is_made_visible_keeps_its_length() -> None:
    assert visible("\x1b]0;x\x07\x7f\u200b\U000e0041") == "␛]0;x␇␡␦␦"


def test_a_carriage_return_is_dropped_before_a_line_feed_only() -> None:
    assert escape_controls("a\r\nb\rc") == "a\nb\\x0dc"


def test_what_could_not_be_decoded_can_be_encoded() -> None:
    assert encodable("caf\udce9 日本") == "caf\ufffd 日本"


def test_for_another_program_unsafe_characters_are_gone_and_lines_are_one() -> None:
    assert without_controls(" a\x1b[31m\tb\r\n\u2028c\u202e\x00d ") == "a[31m b cd"
    assert without_controls("締め\u3000期間 क्\u200dष") == "締め 期間 क्\u200dष"
