"""Where a list or quote that is still open can be closed in part.

It is cut in front of the last block that has begun in it, as deep as that lies. The text from there on is parsed by itself later,
behind a few lines that open the containers it stands in: an empty item for a list item; a quote needs none, its lines say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

LISTS = ("bullet_list_open", "ordered_list_open")
CONTAINERS = (*LISTS, "blockquote_open")

_ITEM = re.compile(r"( {0,3})([-+*]|\d{1,9}[.)])( {1,4}(?=\S)| |$)")
_QUOTE = re.compile(r" {0,3}> ?")
WIDEST_BULLET, WIDEST_NUMBER = 5, 11
"""The widest indents that an empty item can be given."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Tokens before `token` are closed; the text goes on at `line`, behind `prefix`."""

    token: int
    line: int
    prefix: str


def find_cut(tokens: Sequence[Token], top: int, lines: Sequence[str]) -> Cut | None:
    """The deepest cut in the container that opens with `tokens[top]`; None when nothing in it is settled."""
    prefix = indent = ""
    best: Cut | None = None
    at = top
    while tokens[at].type in CONTAINERS:
        block = at
        if tokens[block].type in LISTS:
            items = _children(tokens, block)
            at = items[-1]
            if len(items) > 1 and _line(tokens[at]) > _line(tokens[block]):
                best = Cut(at, _line(tokens[at]), prefix)
            match = _match(_ITEM, lines[_line(tokens[at])], indent)
            item = _empty_item(tokens[block].markup, match) if match is not None else None
            if match is None or item is None:
                break
            prefix += f"{indent}{item}\n"
            indent += " " * (len(match.group()) + (0 if match[3] else 1))
        else:
            match = _match(_QUOTE, lines[_line(tokens[block])], indent)
            if match is None:
                break
            indent += match.group()
        children = _children(tokens, at)
        if not children:
            break
        if len(children) > 1 and _line(tokens[children[-1]]) > _line(tokens[block]):
            best = Cut(children[-1], _line(tokens[children[-1]]), prefix)
        at = children[-1]
    return best


def _children(tokens: Sequence[Token], parent: int) -> list[int]:
    """The blocks directly in a block that has not ended, in order."""
    level = tokens[parent].level + 1
    return [
        index
        for index in range(parent + 1, len(tokens))
        if tokens[index].level == level and tokens[index].nesting >= 0 and tokens[index].map
    ]


def _line(token: Token) -> int:
    return (token.map or [0])[0]


def _match(pattern: re.Pattern[str], line: str, indent: str) -> re.Match[str] | None:
    """`pattern` where the content behind `indent` starts; None where columns are not what they seem."""
    before = line[: len(indent)]
    if "\t" in line or any(a == ">" != b for a, b in zip(indent, before, strict=False)):
        return None
    return pattern.match(line[len(indent) :])


def _empty_item(markup: str, match: re.Match[str]) -> str | None:
    """An item without text whose content is indented as that of the item matched; None when there is none such."""
    width = len(match.group()) + (0 if match[3] else 1)
    if markup in "-+*":
        return " " * (width - 2) + markup if width <= WIDEST_BULLET else None
    return "1" * (width - 2) + markup if width <= WIDEST_NUMBER else None
