"""One passage in the inspector; Enter or a click opens its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.content import Content

    from kotae.conversation import Passage


class PassageCard(Static, can_focus=True):
    """A passage that can be opened."""

    DEFAULT_CSS = """
    PassageCard {
        height: auto;
        max-height: 9;
        margin-bottom: 1;
        padding-left: 1;
        border-left: outer $border-blurred;

        &:hover, &:focus { border-left: outer $primary; background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
    ]

    class Opened(Message):
        """The page of a passage is asked for."""

        def __init__(self, passage: Passage) -> None:
            super().__init__()
            self.passage = passage

    def __init__(self, passage: Passage, content: Content) -> None:
        super().__init__(content, markup=False)
        self.passage = passage

    def action_open(self) -> None:
        self.post_message(self.Opened(self.passage))

    def action_step(self, step: int) -> None:
        _ = self.screen.focus_next(PassageCard) if step > 0 else self.screen.focus_previous(PassageCard)

    def on_click(self) -> None:
        self.action_open()
