"""Text from models, manuals and servers, made safe to write to a terminal or to put on a screen.

What is unsafe stands in one table: what steers a terminal, what makes a text read as what it is not, what hides text from the
reader, and what can't be encoded. Joiners and variation selectors stay, because scripts and emoji are spelt with them.
"""

from __future__ import annotations

import re

_C0_AND_C1 = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # but tab and line feed; some terminals take C1 controls for CSI and OSC
)
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINE_ENDS = "\u2028\u2029"
_INVISIBLE = "\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
_TAGS = "\U000e0000-\U000e007f"  # a second alphabet that nobody sees
_SURROGATES = "\ud800-\udfff"
_UNSAFE = re.compile(f"[{_C0_AND_C1}{_BIDI}{_LINE_ENDS}{_INVISIBLE}{_TAGS}{_SURROGATES}]")
_BLANKS = re.compile(f"[\t-\r{_LINE_ENDS}]")
_LONE = re.compile(f"[{_SURROGATES}]")

OTHER = "\u2426"
"""␦ (symbol for substitute form two): stands in `visible` for hidden characters that have no picture of their own."""


def escape_controls(text: str) -> str:
    """`text` with unsafe characters as Python writes them, such as `\\x1b` or `\\u202e`, for output that others may read.

    Tabs and line feeds stay; a carriage return before a line feed goes.
    """
    return _UNSAFE.sub(_escape, text.replace("\r\n", "\n"))


def escaped_line(text: str) -> str:
    """As `escape_controls`, on one line: a name with a line feed in it can't pass for a line of ours."""
    return escape_controls(text).replace("\n", r"\n")


def visible(text: str) -> str:
    """`text` with each unsafe character as one that is seen, for the screen; offsets into the text stay what they were.

    Tabs and line feeds stay. ESC becomes ␛, so an escape sequence is seen as text and never sent.
    """
    return _UNSAFE.sub(_picture, text)


def without_controls(text: str) -> str:
    """`text` without unsafe characters, on one line: for what goes on to another program and is read there as text alone."""
    return " ".join(_UNSAFE.sub("", _BLANKS.sub(" ", text)).split())


def encodable(text: str) -> str:
    """`text` with U+FFFD for what the system could not decode of it (PEP 383) and nothing could encode."""
    return _LONE.sub("\ufffd", text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else OTHER
