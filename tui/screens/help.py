"""The keys and the slash commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actions import ACTIONS
from tui.widgets.dialog_line import DialogLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.strings import Strings

_KEYS = 22
"""Cells of the column of keys."""


def help_text(text: Strings) -> Content:
    """All keys by group, then the slash commands."""
    lines: list[Content] = []
    for group, title in text.groups.items():
        lines += [Content.styled(title, "bold $primary")]
        lines += [_row(a.shown, text.keys[a.name]) for a in ACTIONS if a.group == group and a.shown]
        lines.append(Content(""))
    lines.append(Content.styled(text.slash_title, "bold $primary"))
    lines += [_row(f"/{a.slash} {a.argument}".rstrip(), text.keys[a.name]) for a in ACTIONS if a.slash]
    return Content("\n").join(lines)


def _row(keys: str, does: str) -> Content:
    return Content.assemble(
        Content.styled(f" {keys}", "bold").pad_right(max(1, _KEYS - 1 - len(keys))), (does, "$muted")
    )


class HelpScreen(ModalScreen[None]):
    """Esc, F1 or q closes it."""

    CSS_PATH = "../styles/help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "dismiss", show=False)]

    def __init__(self, text: Strings) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help") as box:
            box.border_title = Content(self._text.help_title)
            yield Static(help_text(self._text), markup=False)
            yield DialogLine(self._text.close_hint)

    def on_mount(self) -> None:
        self.query_one("#help").focus()
