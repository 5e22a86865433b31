"""The head of a presentation: who answers, large enough for the last row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

_ABOVE, _BELOW = "▄", "▀"


class Banner(Widget):
    """The backend's name, spaced, on a block of its colour three lines high; at the right a few words."""

    DEFAULT_CSS = """
    Banner { height: 3; }
    """

    backend: reactive[str] = reactive("", init=False)
    aside: reactive[str] = reactive("", init=False)

    def __init__(self, backend: str, accent_of: Callable[[str], str], aside: str) -> None:
        """`accent_of` gives the style of a backend."""
        super().__init__(id="banner")
        self._accent_of = accent_of
        self.set_reactive(Banner.backend, backend)
        self.set_reactive(Banner.aside, aside)

    def render(self) -> Content:
        width, accent = self.content_size.width, self._accent_of(self.backend)
        aside = Content.styled(one_line(self.aside), "bold $muted")
        name = Content(spaced(one_line(self.backend)))
        name = name.truncate(max(0, width - aside.cell_length - 8), ellipsis=True)
        block = Content.assemble("   ", name, "   ").stylize(f"bold $background on {accent}")
        gap = " " * max(0, width - block.cell_length - aside.cell_length)
        edges = (Content.styled(edge * block.cell_length, accent) for edge in (_ABOVE, _BELOW))
        return Content("\n").join([next(edges), Content.assemble(block, gap, aside), *edges])


def spaced(name: str) -> str:
    """A name in capitals with blanks between them; one in another script as it is, since its characters may belong together."""
    return " ".join(name.upper()) if name.isascii() else name
