"""One of several things, to be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class ChoiceScreen(ModalScreen[int | None]):
    """Gives the place of what was chosen; None when it was closed."""

    CSS_PATH = "../styles/choice.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", show=False)]

    def __init__(self, title: str, keys: str, choices: Sequence[Content]) -> None:
        """`keys` says which keys do what; it stands on the frame."""
        super().__init__()
        self._title = title
        self._keys = keys
        self._choices = choices

    def compose(self) -> ComposeResult:
        with Vertical(id="frame") as frame:
            frame.border_title = Content(self._title)
            frame.border_subtitle = Content(self._keys)
            yield OptionList(*(Option(choice) for choice in self._choices), compact=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)
