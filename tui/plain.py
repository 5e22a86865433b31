"""Text from outside on its way into a widget, made safe to show; the table of unsafe characters is loaded when it is needed."""

from __future__ import annotations


def safe_lines(text: str) -> str:
    """`text` with control characters made visible and line ends made line feeds."""
    if (
        text.isprintable()
    ):  # no line end, no control, format or separator character: most titles and questions
        return text
    from tui.transcript.safe_text import visible_lines

    return visible_lines(text)


def one_line(text: str) -> str:
    """`text` on one line, safe to show."""
    return " ".join(safe_lines(text).split())


def short_line(text: str, width: int = 32) -> str:
    """`text` on one line of at most `width` cells, safe to show."""
    from textual.content import Content

    return Content(one_line(text)).truncate(width, ellipsis=True).plain
