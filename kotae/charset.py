"""The text of a file: which character set its bytes are in, and decoding them.

HTML names its own (WHATWG, HTML Standard, 13.2.3); everything else is UTF-8, or UTF-16 with a byte order mark.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMED = re.compile(
    rb"""(?:<meta\b[^<>]*?\bcharset|^<\?xml\b[^<>]*?\bencoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
_LOOKED_THROUGH = 2048
"""Bytes at the beginning of a page in which it has to name its character set; the standard says 1024."""
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "utf-16": "utf-8",  # it could not have been read if it were
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
"""What browsers take for what, by the names that Python gives to character sets."""

_SEVEN_BITS = ("iso2022", "hz")
"""How the names of character sets begin that are written in bytes of ASCII."""


def decode(data: bytes, *, html: bool = False) -> str:
    """The text in `data`, with line feeds at the ends of lines.

    Raises:
        ValueError: it is in no character set that it can be expected to be in; the text says so in a few words.
    """
    text = _decoded(data, html=html)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, *, html: bool) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data, name, "broken UTF-8" if name == "utf-8-sig" else "broken UTF-16")
    named = _named(data) if html else ""
    if named and not named.startswith(_SEVEN_BITS):
        # Pages name what their template did. Text in another character set is hardly ever UTF-8 by accident.
        with suppress(UnicodeDecodeError):
            return data.decode("utf-8")
    if named:
        return _strictly(data, named, f"neither UTF-8 nor {named}, which it names")
    return _strictly(data, "utf-8", "not UTF-8, and it names no other charset" if html else "not UTF-8")


def _named(data: bytes) -> str:
    found = _NAMED.search(data[:_LOOKED_THROUGH])
    if found is None:
        return ""
    try:
        codec = codecs.lookup(found[1].decode("ascii"))
    except (LookupError, ValueError):
        return ""
    # `charset=zlib` names a codec, too, which is none of text.
    return _MEANT.get(codec.name, codec.name) if getattr(codec, "_is_text_encoding", False) else ""


def _strictly(data: bytes, name: str, otherwise: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        raise ValueError(otherwise) from None
