"""Asks whether a conversation is to be deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.plain import one_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.strings import Strings


class DeleteScreen(ModalScreen[bool]):
    """Gives whether to delete. Enter presses the button that has the focus: the one that keeps it, at first."""

    CSS_PATH = "../styles/dialogs.tcss"
    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", show=False),
        Binding("y", "answer(True)", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(self, heading: str, text: Strings) -> None:
        super().__init__()
        self._heading = heading
        self._text = text.conversations

    def compose(self) -> ComposeResult:
        text = self._text
        with Vertical(id="frame") as frame:
            frame.border_title = Content(text.delete_question)
            frame.border_subtitle = Content(text.delete_keys)
            yield Static(Content.styled(one_line(self._heading), "bold"), markup=False, id="told")
            yield Static(Content.styled(text.delete_told, "$muted"), markup=False)
            with Horizontal(id="buttons"):
                yield Button(Content(text.delete_no), compact=True, id="no")
                yield Button(Content(text.delete_yes), compact=True, id="yes")

    def action_answer(self, delete: bool) -> None:
        self.dismiss(delete)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
