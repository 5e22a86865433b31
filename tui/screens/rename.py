"""The title of a conversation, to be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from tui.plain import one_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.strings import Strings


class RenameScreen(ModalScreen[str | None]):
    """Gives the title as it was typed, empty to take it away; None when it was closed."""

    CSS_PATH = "../styles/dialogs.tcss"
    AUTO_FOCUS = "#title"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", show=False)]

    def __init__(self, title: str, question: str, text: Strings) -> None:
        """`question` is what the conversation goes by without a title."""
        super().__init__()
        self._title = title
        self._question = question
        self._text = text

    def compose(self) -> ComposeResult:
        words = self._text.conversations
        with Vertical(id="frame") as frame:
            frame.border_title = Content(words.title_heading)
            frame.border_subtitle = Content(f"{words.title_keys} · {self._text.close_hint}")
            yield Static(Content.styled(one_line(self._question), "$muted"), markup=False, id="told")
            yield Input(
                one_line(self._title),
                placeholder=words.title_placeholder,
                compact=True,
                select_on_focus=False,
                id="title",
            )
            with Horizontal(id="buttons"):
                yield Button(Content(words.save), compact=True, id="yes")
                yield Button(Content(self._text.cancel), compact=True, id="no")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)

    @on(Button.Pressed, "#yes")
    def _save(self) -> None:
        self.dismiss(self.query_one(Input).value)

    @on(Button.Pressed, "#no")
    def _cancel(self) -> None:
        self.dismiss(None)
