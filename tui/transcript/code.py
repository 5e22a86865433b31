"""Colours for code. Pygments is loaded with the first fence, never before, and one language at a time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
State = tuple[str, ...]
START: State = ("root",)
"""The state in which a lexer starts."""
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


def highlight(code: str, language: str, state: State = START) -> tuple[tuple[Span, ...], State]:
    """Spans with a role for what has a colour in `code`, and the state in which the code after it starts.

    There are none while the language is not loaded, or when it is not known.
    """
    language = language.strip("{}.").lower()
    if language in _PLAIN:
        return (), START
    if language not in _lexers:
        wanted.add(language)
        return (), START
    return _spans(code, language, state)


@lru_cache(maxsize=16)
def _spans(code: str, language: str, state: State) -> tuple[tuple[Span, ...], State]:
    lexer = _lexers[language]
    spans: list[Span] = []
    stack = list(state)
    for start, kind, value in _tokens(lexer, code, stack) if lexer is not None else ():
        if role := _role(kind):
            if spans and spans[-1][2] == role and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], start + len(value), role)
            else:
                spans.append((start, start + len(value), role))
    return tuple(spans), tuple(stack)


def _tokens(lexer: Lexer, code: str, stack: list[str]) -> Iterator[tuple[int, object, str]]:
    """The tokens of `code`, starting in the lexer states of `stack`, which is left as it is at the end.

    Pygments keeps that to itself, so its state machine is run here; a lexer that does more than that starts afresh.
    """
    from pygments.lexer import RegexLexer
    from pygments.token import Error, _TokenType  # type: ignore[import-untyped]

    if type(lexer).get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed:
        yield from lexer.get_tokens_unprocessed(code)
        return
    at = 0
    while at < len(code):
        for match_at, action, then in lexer._tokens[stack[-1]]:
            if (match := match_at(code, at)) is None:
                continue
            if isinstance(action, _TokenType):
                yield at, action, match.group()
            elif action is not None:
                yield from action(lexer, match)
            at = match.end()
            _move(stack, then)
            break
        else:
            if code[at] == "\n":
                stack[:] = START
            yield at, Error, code[at]
            at += 1


def _move(stack: list[str], then: object) -> None:
    """Change the stack as a rule of a Pygments lexer says."""
    for step in then if isinstance(then, tuple) else () if then is None else (then,):
        if step == "#pop":
            step = -1
        if isinstance(step, int):
            del stack[max(1, len(stack) + step) :]  # the root state stays
        else:
            stack.append(stack[-1] if step == "#push" else str(step))
