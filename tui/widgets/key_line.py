"""The last line of a full screen: keys that can be pressed or clicked, or what was just done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.timer import Timer

_SAID = 5.0
"""Seconds that something said stands there."""


class KeyLine(Widget):
    """Keys and what they do; a click does it."""

    said: reactive[tuple[str, str]] = reactive(("", ""), init=False)
    """A glyph, and what was said."""

    class Clicked(Message):
        """A key was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, keys: Sequence[tuple[str, str, str]]) -> None:
        """`keys`: as people read them, what they do, and the screen's action."""
        super().__init__(id="keys")
        self._keys = tuple(keys)
        self._places: list[tuple[int, int, str]] = []
        self._timer: Timer | None = None

    def say(self, words: str, glyph: str = "✓") -> None:
        """Shows words in place of the keys for a while."""
        self.said = (glyph, words)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_SAID, self.be_quiet)

    def be_quiet(self) -> None:
        """Shows the keys again."""
        self.said = ("", "")

    def render(self) -> Content:
        width = self.content_size.width
        self._places = []
        glyph, words = self.said
        if words:
            style = "bold $success" if glyph == "✓" else "bold $warning"
            return Content.assemble((f"{glyph} ", style), words).truncate(width, ellipsis=True)
        parts: list[Content] = []
        at = 0
        for keys, does, action in self._keys:
            part = Content.assemble((keys, "bold"), (f" {does}", "$muted"))
            if at + part.cell_length > width:
                break
            self._places.append((at, at + part.cell_length, action))
            parts += [part, Content("  ")]
            at += part.cell_length + 2
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        x = event.get_content_offset_capture(self).x
        for start, end, action in self._places:
            if start <= x < end:
                self.post_message(self.Clicked(action))
