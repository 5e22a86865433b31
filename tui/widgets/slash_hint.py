"""Above the prompt: the slash commands, while one is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.actions import Action, matching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.strings import Strings


class SlashHint(Widget):
    """Hidden while `text` is no slash command."""

    text: reactive[str] = reactive("", init=False, layout=True)

    def __init__(self, strings: Strings) -> None:
        super().__init__(id="slash")
        self._strings = strings
        self.display = False

    @property
    def matches(self) -> list[Action]:
        """The commands that the text may become."""
        return matching(self.text)

    def watch_text(self) -> None:
        self.display = bool(self.matches)

    def render(self) -> Content:
        matches = self.matches
        if len(matches) == 1:
            action = matches[0]
            words = f"/{action.slash} {action.argument}".rstrip()
            row = Content.assemble((f" {words}", "bold"), (f"  {self._strings.keys[action.name]}", "$muted"))
            return row.truncate(self.content_size.width, ellipsis=True)
        return Content.styled("\n".join(_rows(matches, self.size.width or self.screen.size.width)), "$muted")


def _rows(matches: Sequence[Action], width: int) -> list[str]:
    """All of them, on as many lines as it takes."""
    rows = [""]
    for action in matches:
        word = f" /{action.slash} "
        if rows[-1] and len(rows[-1]) + len(word) > width:
            rows.append("")
        rows[-1] += word
    return rows
