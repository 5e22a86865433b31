"""Colours for code. Pygments is loaded with the first fence, never before."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer  # type: ignore[import-untyped]

    from tui.transcript.inline import Span

_ROLES = {
    "Comment": "syntax-comment",
    "Keyword": "syntax-keyword",
    "Operator.Word": "syntax-keyword",
    "Literal.String": "syntax-string",
    "Literal.Number": "syntax-number",
    "Name.Function": "syntax-name",
    "Name.Class": "syntax-name",
    "Name.Tag": "syntax-keyword",
    "Name.Attribute": "syntax-name",
    "Name.Builtin": "syntax-name",
    "Name.Decorator": "syntax-name",
    "Generic.Deleted": "syntax-number",
    "Generic.Inserted": "syntax-string",
    "Generic.Heading": "syntax-name",
}
_PLAIN = ("", "text", "txt", "plain", "plaintext", "output", "console-output")


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _role(token: object) -> str:
    name = str(token).removeprefix("Token.")
    while name:
        if role := _ROLES.get(name):
            return role
        name = name.rpartition(".")[0]
    return ""


@lru_cache(maxsize=16)
def highlight(code: str, language: str) -> tuple[Span, ...]:
    """Spans with a role for what has a colour in `code`; none for a language that is not known."""
    language = language.strip("{}.").lower()
    if language in _PLAIN or (lexer := _lexer(language)) is None:
        return ()
    spans: list[Span] = []
    for start, kind, value in lexer.get_tokens_unprocessed(code):
        if role := _role(kind):
            if spans and spans[-1][2] == role and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], start + len(value), role)
            else:
                spans.append((start, start + len(value), role))
    return tuple(spans)
