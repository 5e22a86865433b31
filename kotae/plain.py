"""Text from models, manuals and servers, made safe to write to a terminal."""

from __future__ import annotations

import re

# C0 but tab and newline, DEL, C1, and the bidirectional controls, which can make a text read as what it is not.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def escape_controls(text: str) -> str:
    """`text` with controls shown as `\\x1b` or `\\u202e`; tabs and newlines stay, a carriage return before a newline goes."""
    return _UNSAFE.sub(_shown, text.replace("\r\n", "\n"))


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
