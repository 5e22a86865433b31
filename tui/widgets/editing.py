"""One line above the prompt: the question that is edited in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.plain import one_line

if TYPE_CHECKING:
    from tui.strings import Strings

GLYPH = "✎"


class EditingLine(Widget):
    """Hidden while no question is edited."""

    question: reactive[str] = reactive("", init=False)

    def __init__(self, text: Strings) -> None:
        super().__init__(id="editing")
        self._text = text.conversations
        self.display = False

    def watch_question(self) -> None:
        self.display = bool(self.question)

    def render(self) -> Content:
        width = self.content_size.width
        keys = Content.styled(f"  {self._text.editing_keys} ", "$muted")
        lead = Content.assemble((f" {GLYPH} {self._text.editing} ", "bold $primary"))
        room = width - lead.cell_length - keys.cell_length
        question = Content.styled(f"“{one_line(self.question)}”", "$muted")
        if room < 8:
            return Content.assemble(lead, keys).truncate(width, ellipsis=True)
        return Content.assemble(lead, question.truncate(room, ellipsis=True, pad=True), keys)
