"""A page of the manual, opened at the passage."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea
from textual.widgets.text_area import Selection

from tui.plain import one_line
from tui.sources import Page, read_page
from tui.widgets.dialog_line import DialogLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kotae.conversation import Passage
    from tui.strings import Strings


class SourceScreen(ModalScreen[None]):
    """Shows the page's source text with line numbers; the passage is selected, so Ctrl+C copies it."""

    CSS_PATH = "../styles/source.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", show=False)]

    def __init__(self, passage: Passage, text: Strings) -> None:
        super().__init__()
        self._passage = passage
        self._text = text

    def compose(self) -> ComposeResult:
        yield Static(
            Content.styled(one_line(self._passage.title or self._passage.document), "bold"), markup=False
        )
        yield Static("", id="page-note", markup=False)
        yield TextArea(read_only=True, show_line_numbers=True, compact=True, id="page")
        yield DialogLine(self._text.close_hint)

    async def on_mount(self) -> None:
        self.query_one("#page", TextArea).focus()
        page = await asyncio.to_thread(read_page, self._passage, self._text)
        if self.is_attached:
            self._show(page)

    def _show(self, page: Page) -> None:
        note = self.query_one("#page-note", Static)
        note.update(
            Content.styled(
                one_line(page.note or self._passage.source), "$text-warning" if page.note else "$muted"
            )
        )
        area = self.query_one("#page", TextArea)
        area.load_text(page.text)
        if page.lines:
            last = page.first + page.lines - 1
            area.selection = Selection((last, len(area.document.get_line(last))), (page.first, 0))
            self.call_after_refresh(area.scroll_cursor_visible, center=True)
