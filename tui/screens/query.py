"""The query that was searched for, to be edited and searched for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from kotae.queries import from_lines, to_lines
from tui import inspection
from tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kotae.conversation import Rewrite
    from tui.strings import Strings


class QueryScreen(ModalScreen[str | None]):
    """Gives the query as it was edited, empty when Kotae is to word it anew; None when it was closed."""

    CSS_PATH = "../styles/query.tcss"
    AUTO_FOCUS = "#query"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", show=False),
        Binding("ctrl+t", "dismiss", show=False, id="query"),
    ]

    def __init__(self, question: str, rewrite: Rewrite, backend: str, text: Strings) -> None:
        super().__init__()
        text.keymap.follow(self)
        self._question = question
        self._rewrite = rewrite
        self._backend = backend
        self._text = text

    def compose(self) -> ComposeResult:
        text = self._text
        with Vertical(id="frame") as frame:
            frame.border_title = Content(text.query_title)
            frame.border_subtitle = Content(f"{text.query_keys} · {text.close_hint}")
            yield Static(inspection.question(self._question, text), markup=False, id="asked")
            yield Static(inspection.searched_heading(self._rewrite, text), markup=False)
            yield Prompt(
                to_lines(self._rewrite.query), text.query_placeholder, text.pasted, text.keymap, id="query"
            )
            yield Static(Content.styled(text.query_lines, "$muted"), markup=False, id="lines")
            with Horizontal(id="buttons"):
                yield Button(Content(inspection.ask_again(self._backend, text)), compact=True, id="again")
                yield Button(Content(text.cancel), compact=True, id="cancel")

    @on(Prompt.Submitted)
    def _submitted(self, event: Prompt.Submitted) -> None:
        event.stop()
        self.dismiss(from_lines(event.text))

    @on(Button.Pressed, "#again")
    def _again(self) -> None:
        self.dismiss(from_lines(self.query_one(Prompt).value))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
