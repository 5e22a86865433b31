"""The line below several answers: what can be said of them, to be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

Choice = tuple[str, str, str]
"""Key, words, style."""


class VoteLine(Widget):
    """Words, and choices behind them; those that find no room are left out, the last ones first."""

    DEFAULT_CSS = """
    VoteLine { height: 1; padding: 0 1; background: $surface; }
    """

    words: reactive[str] = reactive("", init=False)
    choices: reactive[Sequence[Choice]] = reactive((), init=False)

    class Chosen(Message):
        """A choice was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, int]] = []

    def render(self) -> Content:
        width = self.content_size.width
        shown = Content.styled(one_line(self.words), "$muted").truncate(width, ellipsis=True)
        self._places = []
        for place, (key, does, style) in enumerate(self.choices):
            piece = Content.assemble((f"{key} ", "bold"), (one_line(does), style))
            start = shown.cell_length + (2 if shown else 0)
            if start + piece.cell_length > width:
                break
            self._places.append((start, start + piece.cell_length, place))
            shown = Content.assemble(shown, " " * (start - shown.cell_length), piece)
        return shown

    def on_click(self, event: events.Click) -> None:
        x = event.get_content_offset_capture(self).x
        for start, end, place in self._places:
            if start <= x < end:
                self.post_message(self.Chosen(place))
