"""Copying: to the terminal's clipboard, which works from afar, and to the system's, which works where the terminal won't."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

    from kotae.conversation import Turn

_log = logging.getLogger(__name__)


def copy(app: App[Any], text: str) -> None:
    """Copies `text`: by OSC 52, and to the system's clipboard where there is one. Returns at once, and never raises."""
    app.copy_to_clipboard(text)
    if not app.is_headless:
        threading.Thread(target=_to_system, args=(text,), daemon=True, name="clipboard").start()


def _to_system(text: str) -> None:
    """The tool that is asked may hang, or not be there; OSC 52 has been sent by then."""
    try:
        import pyperclip

        pyperclip.copy(text)
    except Exception as error:
        _log.info("no system clipboard: %s", error)


def code_blocks(markdown: str) -> list[tuple[str, str]]:
    """The code blocks of an answer in their order: what language each says it is in, and its text."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(markdown)
    return [
        (token.info.strip().partition(" ")[0], token.content)
        for token in tokens
        if token.type in ("fence", "code_block") and token.content.strip()
    ]


def exchange(turn: Turn, answer: str, question_heading: str) -> str:
    """A question and its answer as Markdown. The question is quoted, so that what it holds stays text."""
    asked = "\n".join(f"> {line}".rstrip() for line in turn.question.split("\n"))
    return f"## {question_heading}\n\n{asked}\n\n## {turn.backend}\n\n{answer.strip()}\n"
