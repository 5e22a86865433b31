"""Conversations as one page of HTML that needs nothing besides: no script, no font, no picture, no link."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from kotae import Conversation, Flag, Turn, tree
from kotae.plain import visible
from plugins.exports.markdown import ended, heading

_HEAD = """<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Kotae</title>
<style>
:root { color-scheme: light dark; --muted: #69707d; --line: #c9ced8; --question: #2456a8; --flag: #945200; }
@media (prefers-color-scheme: dark) { :root { --muted: #9aa3b2; --line: #333a47; --question: #86aef0; --flag: #e3b664; } }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } section + section { border-top: 1px solid var(--line); margin-top: 3rem; }
.question { border-left: 3px solid var(--question); padding-left: .8rem; font-weight: 600; }
.question, .answer { white-space: pre-wrap; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin-bottom: 0; } .muted, ol, ul { color: var(--muted); font-size: .9rem; }
mark { background: none; color: inherit; text-decoration: underline wavy var(--flag); }
</style>
</head>
<body>
"""


class Html:
    """A section a conversation: the branch on view, flagged spans underlined, sources and reasons below each answer."""

    name = "html"
    suffix = ".html"
    about = "one page to read in a browser, which loads nothing"

    def write(self, conversations: Iterable[Conversation]) -> Iterator[str]:
        yield _HEAD
        for conversation in conversations:
            yield f"<section>\n<h1>{_text(heading(conversation))}</h1>\n"
            yield f'<p class="muted">{_text(conversation.created[:10])}</p>\n'
            before: Turn | None = None
            for turn in tree.shown(conversation):
                if before is None or (before.parent, before.question) != (turn.parent, turn.question):
                    yield f'<p class="question">{_text(turn.question)}</p>\n'
                yield from _answer(turn)
                before = turn
            yield "</section>\n"
        yield "</body>\n</html>\n"


def _answer(turn: Turn) -> Iterator[str]:
    flags = sorted(
        (flag for flag in turn.flags if flag.counts and flag.fits(turn.answer)), key=lambda flag: flag.start
    )
    yield f"<h2>{_text(turn.backend)}</h2>\n"
    if turn.answer:
        yield f'<div class="answer">{_marked(turn.answer, flags)}</div>\n'
    if why := ended(turn):
        yield f'<p class="muted">{_text(why)}</p>\n'
    if turn.passages:
        items = "".join(
            f"<li>{_text(p.title or p.document)} ({_text(p.document)})</li>" for p in turn.passages
        )
        yield f"<ol>{items}</ol>\n"
    if flags:
        items = "".join(
            f"<li>⚑ {_text(f.kind)}: “{_text(turn.answer[f.start : f.end])}” {_text(f.reason)}</li>"
            for f in flags
        )
        yield f"<ul>{items}</ul>\n"


def _marked(answer: str, flags: list[Flag]) -> str:
    """The answer with what is flagged in `mark`; flags that overlap are one mark."""
    parts: list[str] = []
    at = 0
    for flag in flags:
        start = max(at, flag.start)
        if start < flag.end:
            parts += [_text(answer[at:start]), "<mark>", _text(answer[start : flag.end]), "</mark>"]
            at = flag.end
    return "".join([*parts, _text(answer[at:])])


def _text(text: str) -> str:
    return escape(visible(text))
