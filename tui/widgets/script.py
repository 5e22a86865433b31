"""One line above the prompt: where a talk stands in its prepared questions, and the one that comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.plain import one_line

if TYPE_CHECKING:
    from tui.strings import Strings
    from tui.talk import Prompter


class ScriptLine(Widget):
    """Numbers at the left, the next question behind them. Drawn anew when `state` changes."""

    DEFAULT_CSS = """
    ScriptLine { height: 1; background: $surface; }
    """

    state: reactive[tuple[int, bool]] = reactive((0, False), init=False)

    def __init__(self, prompter: Prompter, text: Strings, keys: str) -> None:
        """`keys` are those that put a question and send it."""
        super().__init__(id="script")
        self._prompter = prompter
        self._text = text
        self._shown_keys = keys

    def follow(self) -> None:
        """Shows where the prompter stands now."""
        self.state = self._prompter.place, self._prompter.standing

    def render(self) -> Content:
        width, said = self.content_size.width, self._text.talk
        step = self._prompter.step
        count = counted(self._prompter)
        if step is None:
            return Content.assemble((f" {count} ", "bold $muted"), (said.script_over, "$faint"))
        head = Content.assemble((f" {count} ", "bold $primary"))
        if self._prompter.standing:
            words = Content.styled(said.send_step.format(keys=self._shown_keys), "$muted")
            return Content.assemble(head, words).truncate(width, ellipsis=True)
        question = one_line(f"@{step.backend}: {step.text}" if step.backend else step.text)
        keys = Content.styled(f"{self._shown_keys} ", "bold $muted")
        row = Content.assemble(head, (question, "$faint")).truncate(
            max(0, width - keys.cell_length - 1), ellipsis=True
        )
        return Content.assemble(row, " " * max(1, width - row.cell_length - keys.cell_length), keys)


def counted(prompter: Prompter) -> str:
    """Which of how many steps it is: `3/12`."""
    count = len(prompter.steps)
    return f"{min(prompter.place + 1, count)}/{count}"
