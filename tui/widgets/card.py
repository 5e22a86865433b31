"""What the inspector's parts that can be opened have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.content import Content


class Card(Static, can_focus=True):
    """Enter or a click opens it; Up and Down go from one to the next."""

    DEFAULT_CSS = """
    Card {
        height: auto;
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

    def __init__(self, content: Content) -> None:
        super().__init__(content, markup=False)

    def action_open(self) -> None:
        """Asks the screen to open it."""
        raise NotImplementedError

    def action_step(self, step: int) -> None:
        _ = self.screen.focus_next(Card) if step > 0 else self.screen.focus_previous(Card)

    def on_click(self) -> None:
        self.action_open()
