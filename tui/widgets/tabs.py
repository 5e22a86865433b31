"""The top line: the backends at the left, what is talked about at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.actions import BACKEND_KEYS
from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events

SELECTED = "▸"


class BackendTabs(Widget):
    """One line. The chosen backend has a mark and its accent colour."""

    backends: reactive[Sequence[str]] = reactive((), init=False)
    selected: reactive[str] = reactive("", init=False)
    title: reactive[str] = reactive("", init=False)

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    keyed = True
    """Whether keys choose them."""

    def __init__(
        self, backends: Sequence[str], selected: str, accents: Mapping[str, str], title: str
    ) -> None:
        super().__init__(id="tabs")
        self.accents = dict(accents)
        self.set_reactive(BackendTabs.backends, tuple(backends))
        self.set_reactive(BackendTabs.selected, selected)
        self.set_reactive(BackendTabs.title, title)
        self._places: list[tuple[int, int, str]] = []

    def render(self) -> Content:
        width = self.content_size.width
        tabs = self._tabs(width)
        room = width - tabs.cell_length - 2
        title = Content(one_line(self.title)).truncate(max(0, room), ellipsis=True)
        if room < 4 or not title:
            return tabs
        gap = width - tabs.cell_length - title.cell_length
        return Content.assemble(tabs, " " * gap, title.stylize("$muted"))

    def _tabs(self, width: int) -> Content:
        """The tabs; where there are too many, those around the chosen one."""
        names = list(self.backends)
        pieces = [self._tab(place, name) for place, name in enumerate(names)]
        first = 0
        chosen = names.index(self.selected) if self.selected in names else 0
        while first < chosen and sum(piece.cell_length for piece in pieces[first : chosen + 1]) > width:
            first += 1
        self._places, at = [], 0
        shown: list[Content] = []
        for piece, name in zip(pieces[first:], names[first:], strict=True):
            if at + piece.cell_length > width:
                break
            self._places.append((at, at + piece.cell_length, name))
            at += piece.cell_length
            shown.append(piece)
        return Content.assemble(*shown)

    def _tab(self, place: int, name: str) -> Content:
        key = BACKEND_KEYS[place].upper() if self.keyed and place < len(BACKEND_KEYS) else ""
        shown = one_line(name)
        if cell_len(shown) > 18:
            shown = Content(shown).truncate(18, ellipsis=True).plain
        key = f"{key} " if key else ""
        if name == self.selected:
            accent = f"${self.accents.get(name, 'foreground')}"
            return Content.assemble((f"{SELECTED}{shown} ", f"bold {accent}"), (f"{key} ", "$muted"))
        return Content.assemble((f" {shown} ", "$muted"), (f"{key} ", "$faint"))

    def on_click(self, event: events.Click) -> None:
        x = event.get_content_offset_capture(self).x
        for start, end, name in self._places:
            if start <= x < end:
                self.post_message(self.Chosen(name))
