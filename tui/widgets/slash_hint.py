"""A line or two above the prompt that list the slash commands while one is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.actions import Action, matching

if TYPE_CHECKING:
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
        else:
            return Content(" ").join(Content.styled(f" /{action.slash}", "$muted") for action in matches)
        return row.truncate(self.content_size.width, ellipsis=True)
