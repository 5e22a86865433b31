"""What the reader can say of a flag, to be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.transcript.flags import MARKS

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kotae.conversation import Verdict
    from tui.strings import Strings


class Judged(Message):
    """The reader gives the flag on view a verdict, or takes it back."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict


class VerdictChoice(Static):
    """One verdict."""

    def __init__(self, verdict: Verdict, words: str, keys: str, *, given: bool) -> None:
        content = Content.assemble(f" {MARKS[verdict]} {words} ", (f"{keys} ", "$muted" if not given else ""))
        super().__init__(content, markup=False, classes=f"{verdict} given" if given else verdict)
        self.verdict = verdict

    def on_click(self) -> None:
        self.post_message(Judged(self.verdict))


class VerdictLine(Horizontal):
    """Confirm and reject; the one that was given stands out."""

    DEFAULT_CSS = """
    VerdictLine {
        height: 1;
        margin-bottom: 1;

        VerdictChoice { width: auto; margin-right: 1; background: $panel; }
        VerdictChoice:hover { background: $surface; text-style: underline; }
        VerdictChoice.given { text-style: reverse bold; }
    }
    """

    def __init__(self, given: Verdict, text: Strings) -> None:
        super().__init__()
        self._given = given
        self._text = text

    def compose(self) -> ComposeResult:
        said, keys = self._text.flags, self._text.keymap
        yield VerdictChoice(
            "confirmed", said.confirm, keys.first("confirm_flag"), given=self._given == "confirmed"
        )
        yield VerdictChoice(
            "rejected", said.reject, keys.first("reject_flag"), given=self._given == "rejected"
        )
