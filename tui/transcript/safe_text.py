"""Text from outside made fit to be shown: every character that could steer a terminal or hide is replaced by one that is seen.

The replacement is always one character for one, so that offsets into a text stay what they were.
"""

from __future__ import annotations

import re

OTHER = "\u2426"
"""␦ (symbol for substitute form two): stands for hidden characters that have no picture of their own."""

_C0 = {code: 0x2400 + code for code in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20))}
_HIDDEN = (
    *range(0x80, 0xA0),  # C1 controls; some terminals take them for CSI and OSC
    0x061C,
    *range(0x200E, 0x2010),
    *range(0x2028, 0x202F),  # line separators and bidi embeddings
    *range(0x2060, 0x2070),  # invisible operators and bidi isolates
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
)
_TABLE: dict[int, int | str] = {
    **_C0,
    0x0D: 0x240D,
    0x7F: 0x2421,
    **dict.fromkeys(_HIDDEN, OTHER),
    **dict.fromkeys(range(0xD800, 0xE000), OTHER),  # lone surrogates can't be encoded
    **dict.fromkeys(range(0xE0000, 0xE0080), OTHER),  # tag characters smuggle unseen text
}
_HOSTILE = re.compile("[" + "".join(re.escape(chr(code)) for code in _TABLE) + "]")

SHOWN = re.compile("[\u2400-\u2421\u2426]+")
"""Finds the replacements, so that they can be told from the text by their style."""


def visible(text: str) -> str:
    """`text` with C0 and C1 controls, bidi controls and other unseen characters made visible, one for one.

    Line feeds and tabs stay. ESC becomes ␛, so an escape sequence is seen as text and never sent.
    """
    return text.translate(_TABLE) if _HOSTILE.search(text) else text


def visible_lines(text: str) -> str:
    """As `visible`, with Windows and old Macintosh line ends taken for line feeds; offsets do not survive that."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n"))
