"""The keys and the slash commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actions import ACTIONS
from tui.completion import SlashCommand, slash_commands
from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui.strings import Strings

_KEYS = 22
"""Cells of the column of keys."""
_DOES = 34
"""Cells below which what the keys do stands under them, not beside them."""
_WIDEST = 80
"""Cells of the frame, where there is room."""
_FRAME = 7
"""Cells that the frame, its padding and the scroll bar take."""


def help_text(text: Strings, width: int, commands: Sequence[SlashCommand] | None = None) -> Content:
    """All keys by group, then the slash commands, in lines of at most `width` cells.

    `commands` are all there are; None: Kotae's own.
    """
    lines: list[Content] = []
    for group, title in text.groups.items():
        lines += [Content.styled(title, "bold $primary")]
        for action in ACTIONS:
            if action.group == group and (shown := text.keymap.shown(action)):
                lines += _rows(shown, text.keys[action.name], width)
        lines.append(Content(""))
    lines.append(Content.styled(text.slash_title, "bold $primary"))
    for command in slash_commands(text) if commands is None else commands:
        called = one_line(f"/{command.name} {command.argument}".rstrip())
        lines += _rows(called, one_line(command.does), width)
    return Content("\n").join(lines)


def _rows(keys: str, does: str, width: int) -> list[Content]:
    """Keys and what they do, the latter in a column of its own."""
    label = Content.styled(f" {keys}", "bold").truncate(width, ellipsis=True)
    beside = width >= _KEYS + _DOES and label.cell_length < _KEYS
    indent = _KEYS if beside else 3
    told = Content.styled(does, "$muted").wrap(max(8, width - indent))
    rows = [Content.assemble(" " * indent, line) for line in told]
    if not beside:
        return [label, *rows]
    return [Content.assemble(label.pad_right(max(1, _KEYS - label.cell_length)), told[0]), *rows[1:]]


class HelpScreen(ModalScreen[None]):
    """Esc, q or the key that opened it closes it."""

    CSS_PATH = "../styles/help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", show=False),
        Binding("f1", "dismiss", show=False, id="help"),
    ]

    def __init__(self, text: Strings, commands: Sequence[SlashCommand] | None = None) -> None:
        """`commands` are all that can be typed; None: Kotae's own."""
        super().__init__()
        text.keymap.follow(self)
        self._text = text
        self._commands = commands

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help") as box:
            box.border_title = Content(self._text.help_title)
            # On the frame it is seen wherever the text is scrolled to.
            box.border_subtitle = Content(self._text.close_hint)
            yield Static(self._help(), markup=False)

    def on_mount(self) -> None:
        self.query_one("#help").focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)  # the heights of this size are settled by then

    def _fit(self) -> None:
        self.query_one(Static).update(self._help())

    def _help(self) -> Content:
        return help_text(self._text, min(_WIDEST, self.app.size.width) - _FRAME, self._commands)
