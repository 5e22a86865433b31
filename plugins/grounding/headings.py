"""What a heading says of everything under it: an item under `What you cannot do` is denied, though its own words deny nothing."""

from __future__ import annotations

import re

from plugins.grounding.polarity import denials

_DENIES = re.compile(
    r"\b(?:cannot|can not|can['’]t|impossible|not (?:possible|supported|available|allowed|permitted|included))\b"
    r"|できない|できません|不可|未対応|対応していない|禁止",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^(\s*(?:[-*+・]|\d{1,3}[.)])\s*)(\S.*)$", re.MULTILINE)
_FIRST = re.compile(r"(?:[^。.!?！？:：]|[.:](?=\S))*")
_PARTS = re.compile(r"(?:,|、|;|；)\s*(?:(?:or|and)\s+)?")
_JAPANESE = re.compile(r"[\u3041-\u30fa]")
_SAID = re.compile(r"(?:する|した|の)?こと$")


def spelt_out(title: str, text: str) -> str:
    """The text with what is denied after each item of its lists that a heading denies.

    Args:
        title: of the passage; its last part is the heading that the text stands under (`Periods › What you cannot do`).
    """
    heading = title.rpartition("›")[2]
    if not _DENIES.search(heading):
        return text
    return _ITEM.sub(_denied, text)


def _denied(item: re.Match[str]) -> str:
    said = item[2]
    first = _FIRST.match(said)
    assert first is not None
    # Each part by itself: what a `cannot` at the beginning denies reaches no further than its own clause.
    parts = [part for part in _PARTS.split(first[0]) if part and not denials(part)]
    # The item as it stands comes too: an answer that quotes the list under its heading says nothing else.
    return "\n".join((item[0], *map(_denied_part, parts)))


def _denied_part(part: str) -> str:
    if _JAPANESE.search(part):
        return f"{_SAID.sub('', part)}はできません。"
    return f"You cannot {part[0].lower()}{part[1:]}."
