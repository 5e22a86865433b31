"""Conversations to read, as Markdown: the branch on view, with all answers to each question and what was flagged in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kotae import Conversation, Flag, Turn, tree
from kotae.plain import visible, without_controls

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


class Markdown:
    """A heading a conversation, a quotation a question, a heading an answer."""

    name = "markdown"
    suffix = ".md"
    about = "to read and to paste: the branch on view, sources and flags"

    def write(self, conversations: Iterable[Conversation]) -> Iterator[str]:
        for number, conversation in enumerate(conversations):
            if number:
                yield "\n---\n\n"
            yield f"# {_line(heading(conversation))}\n"
            before: Turn | None = None
            for turn in tree.shown(conversation):
                if before is None or (before.parent, before.question) != (turn.parent, turn.question):
                    yield f"\n{_quoted(turn.question)}\n"
                yield _answer(turn)
                before = turn


def heading(conversation: Conversation) -> str:
    """What a conversation is called: its title, else its first question."""
    first = next(iter(conversation.turns.values()), None)
    return conversation.title or (first.question if first is not None else conversation.id)


def marked(turn: Turn) -> list[tuple[str, Flag]]:
    """The flags of an answer that fit it and count, each with what it marks."""
    return [(turn.answer[f.start : f.end], f) for f in turn.flags if f.counts and f.fits(turn.answer)]


def ended(turn: Turn) -> str:
    """Why an answer is not whole; empty when it is."""
    said = " ".join(filter(None, (turn.error, turn.hint)))
    return "" if turn.status == "stop" else f"{turn.status}: {said}" if said else turn.status


def _answer(turn: Turn) -> str:
    parts = [f"\n### {_line(turn.backend)}\n"]
    if turn.answer:
        parts.append(f"\n{_closed(visible(turn.answer).rstrip())}\n")
    if why := ended(turn):
        parts.append(f"\n*{_line(why)}*\n")
    if turn.passages:
        sources = "\n".join(
            f"{place}. {_line(p.title or p.document)} ({_line(p.document)})"
            for place, p in enumerate(turn.passages, 1)
        )
        parts.append(f"\n{sources}\n")
    if flags := marked(turn):
        lines = (f"- ⚑ {flag.kind}: “{_line(words)}” {_line(flag.reason)}" for words, flag in flags)
        parts.append("\n" + "\n".join(lines) + "\n")
    return "".join(parts)


def _closed(text: str) -> str:
    """An answer that was cut off within a code block must not swallow what follows it."""
    open_fence = ""
    for match in _FENCE.finditer(text):
        fence = match[1]
        if not open_fence:
            open_fence = fence
        elif fence[0] == open_fence[0] and len(fence) >= len(open_fence):
            open_fence = ""
    return f"{text}\n{open_fence}" if open_fence else text


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in _escaped(visible(text)).split("\n"))


def _line(text: str) -> str:
    return _escaped(without_controls(text))


def _escaped(text: str) -> str:
    """Plain text as Markdown says it."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)
