"""One line above the prompt: the question that is sent as soon as the program is ready."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.plain import one_line

GLYPH = "◌"


class WaitingQuestion(Widget):
    """Hidden while no question waits."""

    question: reactive[str] = reactive("", init=False)

    def __init__(self) -> None:
        super().__init__(id="waiting")
        self.display = False

    def watch_question(self) -> None:
        self.display = bool(self.question)

    def render(self) -> Content:
        row = Content.assemble((f" {GLYPH} ", "bold $warning"), (one_line(self.question), "$muted"))
        return row.truncate(self.content_size.width, ellipsis=True)
