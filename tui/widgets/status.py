"""The bottom line: the state at the left, the keys that are of use now at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

Hint = tuple[str, str]
"""Keys and what they do."""


class StatusLine(Widget):
    """One line. Hints that find no room are left out, the last ones first."""

    state: reactive[tuple[str, str, str]] = reactive(("", "", ""), init=False)
    """Glyph, words, style."""
    hints: reactive[Sequence[Hint]] = reactive((), init=False)

    def __init__(self, state: tuple[str, str, str], hints: Sequence[Hint]) -> None:
        super().__init__(id="status")
        self.set_reactive(StatusLine.state, state)
        self.set_reactive(StatusLine.hints, tuple(hints))

    def render(self) -> Content:
        width = self.content_size.width
        glyph, words, style = self.state
        words = one_line(words)
        left = Content.assemble((f" {glyph} ", style), (words, "$muted")).truncate(width, ellipsis=True)
        right = Content("")
        for keys, does in self.hints:
            longer = Content.assemble(right, (f"{keys} ", "bold $muted"), (f"{does}  ", "$faint"))
            if left.cell_length + longer.cell_length + 2 > width:
                break
            right = longer
        gap = max(0, width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)
