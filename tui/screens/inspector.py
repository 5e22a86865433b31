"""The inspector over the whole screen, for narrow terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui.widgets.dialog_line import DialogLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from kotae.conversation import Verdict
    from tui.strings import Strings
    from tui.widgets.inspector import Inspector
    from tui.widgets.passage import PassageCard
    from tui.widgets.query_card import QueryCard
    from tui.widgets.verdict import Judged


class InspectorScreen(ModalScreen[bool]):
    """Esc closes it; a page that is opened from it lies on top. Gives whether it was left to edit the query."""

    CSS_PATH = "../styles/inspector.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", show=False),
        Binding("ctrl+o", "dismiss", show=False, id="inspector"),
        Binding("ctrl+t", "dismiss(True)", show=False, id="query"),
        Binding("f8,alt+n", "step_flag(1)", show=False, id="next_flag"),
        Binding("f7,alt+p", "step_flag(-1)", show=False, id="previous_flag"),
        Binding("f9,alt+y", "judge('confirmed')", show=False, id="confirm_flag"),
        Binding("f10,alt+x", "judge('rejected')", show=False, id="reject_flag"),
    ]

    def __init__(
        self,
        inspector: Inspector,
        text: Strings,
        step_flag: Callable[[int], object],
        judge: Callable[[Verdict], None],
    ) -> None:
        super().__init__()
        text.keymap.follow(self)
        self._inspector = inspector
        self._text = text
        self._step_flag = step_flag
        self._judge = judge

    def compose(self) -> ComposeResult:
        yield self._inspector
        text = self._text
        yield DialogLine(f"{text.open_hint} · {text.flags.dialog_hint} · {text.close_hint}")

    def on_mount(self) -> None:
        self._inspector.take_focus()

    def action_step_flag(self, step: int) -> None:
        self._step_flag(step)

    def action_judge(self, verdict: Verdict) -> None:
        self._judge(verdict)

    def on_judged(self, event: Judged) -> None:
        event.stop()
        self._judge(event.verdict)

    def on_query_card_opened(self, event: QueryCard.Opened) -> None:
        event.stop()
        self.dismiss(True)

    def on_passage_card_opened(self, event: PassageCard.Opened) -> None:
        from tui.screens.source import SourceScreen

        event.stop()
        self.app.push_screen(SourceScreen(event.passage, self._text))
