"""Colours for code. Pygments is loaded with the first fence, never before, and one language at a time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


_lexers: dict[str, Lexer | None] = {}
wanted: set[str] = set()
"""Languages that were asked for and are not loaded yet."""


def load(languages: Iterable[str]) -> None:
    """Load the lexers of these languages. That takes a tenth of a second or more each, so it is done in a thread."""
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    for language in languages:
        try:
            _lexers[language] = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        except ClassNotFound:
            _lexers[language] = None


@lru_cache(maxsize=512)
def _role(token: object) -> str:
    name = str(token).removeprefix("Token.")
    while name:
        if role := _ROLES.get(name):
            return role
        name = name.rpartition(".")[0]
    return ""


def highlight(code: str, language: str) -> tuple[Span, ...]:
    """Spans with a role for what has a colour in `code`; none while the language is not loaded, or when it is not known."""
    language = language.strip("{}.").lower()
    if language in _PLAIN:
        return ()
    if language not in _lexers:
        wanted.add(language)
        return ()
    return _spans(code, language)


@lru_cache(maxsize=16)
def _spans(code: str, language: str) -> tuple[Span, ...]:
    lexer = _lexers[language]
    spans: list[Span] = []
    for start, kind, value in lexer.get_tokens_unprocessed(code) if lexer is not None else ():
        if role := _role(kind):
            if spans and spans[-1][2] == role and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], start + len(value), role)
            else:
                spans.append((start, start + len(value), role))
    return tuple(spans)
