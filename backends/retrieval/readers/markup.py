"""Plain text on its way into Markdown."""

from __future__ import annotations

import re

_STRUCTURE = re.compile(r"(?:[-+*>]|#{1,6}|\d{1,9}[.)])(?:[ \t]|$)|[-=*_]{3,}[ \t]*$|```|~~~")
_NUMBER = re.compile(r"\d+")


def as_text(line: str) -> str:
    """`line` so that it begins no heading, list, quotation, rule or code where it is put at the beginning of one."""
    found = _STRUCTURE.match(line)
    if found is None:
        return line
    number = _NUMBER.match(line)
    at = number.end() if number else 0
    return f"{line[:at]}\\{line[at:]}"
