"""A server's words, as they stand in the one line that the user is shown."""

from __future__ import annotations

from backends.server_errors import one_line


def test_a_servers_words_hold_no_terminal_controls() -> None:
    said = one_line("no\n \x1b]0;pwn\x07 such \u202e\u200b thing.")
    assert said == "no \\x1b]0;pwn\\x07 such \\u202e\\u200b thing."
    assert said.isprintable()


def test_a_long_refusal_is_cut() -> None:
    assert len(one_line("x" * 5000)) == 301
