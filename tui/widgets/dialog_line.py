"""The last line of a screen that lies over the chat: which keys work in it."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class DialogLine(Static):
    """One muted line."""

    def __init__(self, words: str) -> None:
        super().__init__(Content(words), markup=False)
