"""What is behind an answer: the search, the passages, the flag that is selected, timings, the messages sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Collapsible, Static

from kotae.citations import cited
from kotae.conversation import Flag, Turn
from tui import flag_inspection, inspection
from tui.plain import one_line
from tui.widgets.card import Card
from tui.widgets.passage import PassageCard
from tui.widgets.query_card import QueryCard
from tui.widgets.verdict import Judged, VerdictLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import ComposeResult
    from textual.widget import Widget

    from kotae.conversation import Verdict
    from tui.strings import Strings

Shown = tuple[Turn, Flag | None]


class Inspector(VerticalScroll):
    """Follows the answer, and the flag in it, that is selected."""

    DEFAULT_CSS = """
    Inspector {
        width: 40%;
        min-width: 38;
        max-width: 70;
        height: 1fr;
        padding: 0 1;
        border-left: vkey $border-blurred;
        scrollbar-size-vertical: 1;

        &:focus, &:focus-within { border-left: vkey $primary; }
        .section { height: auto; }
        .last { margin-bottom: 1; }
        .evidence { max-height: 18; }
        Collapsible { border: none; padding: 0; background: transparent; }
        Collapsible Contents { padding: 0 0 0 2; }
    }
    """
    # Here and not in a screen's sheet: it is parsed when the first inspector opens.

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "judge('confirmed')", show=False),
        Binding("x", "judge('rejected')", show=False),
    ]

    shown: reactive[Shown | None] = reactive(None, recompose=True, init=False)

    def __init__(self, text: Strings, accent_of: Callable[[str], str], shown: Shown | None = None) -> None:
        """`accent_of` gives the style of a backend."""
        super().__init__(can_focus=True)
        self._text = text
        self._accent_of = accent_of
        self.set_reactive(Inspector.shown, shown)

    def compose(self) -> ComposeResult:
        text = self._text
        if self.shown is None:
            yield _section(Content.styled(text.nothing_to_inspect, "$muted"))
            return
        turn, flag = self.shown
        accent = self._accent_of(turn.backend)
        yield _section(Content.styled(f"{text.inspector}: {one_line(turn.backend)}", f"bold {accent}"))
        if flag is not None:
            yield from self._flag(flag, turn)
        yield _section(inspection.question(turn.question, text))
        if turn.rewrite is not None:
            yield QueryCard(inspection.searched(turn.rewrite, text))
        searching = turn.status == "open"
        if turn.passages or (turn.rewrite is not None and not searching):
            yield from self._passages(turn, accent)
        if (numbers := inspection.numbers(turn, text)) is not None:
            yield _section(numbers)
        if turn.prompt:
            sent = Static(inspection.messages(turn.prompt), markup=False)
            yield Collapsible(sent, title=f"{text.messages_sent} ({len(turn.prompt)})", collapsed=True)

    def _flag(self, flag: Flag, turn: Turn) -> Iterator[Widget]:
        text, seen = self._text, flag_inspection.inspect(flag, turn)
        yield _section(flag_inspection.raised(seen, text))
        yield VerdictLine(flag.verdict, text)
        yield _section(flag_inspection.claim(seen, text), last=flag.evidence is None)
        if flag.evidence is not None:
            card = PassageCard(flag.evidence, flag_inspection.evidence(flag.evidence, seen, text))
            yield card.add_class("evidence")

    def _passages(self, turn: Turn, accent: str) -> Iterator[Static]:
        text, used = self._text, cited(turn.answer)
        yield _section(inspection.passages_heading(turn.passages, text))
        steps = inspection.steps(turn.passages)
        for step in steps:
            if len(steps) > 1 or step.found_by:
                yield Static(inspection.step_heading(step, turn, text), markup=False)
            for place, passage in step.passages:
                content = inspection.passage(place, passage, text, is_cited=place in used, accent=accent)
                yield PassageCard(passage, content)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        """Letters that judge a flag do so while one is on view; otherwise they are typed."""
        return action != "judge" or (self.shown is not None and self.shown[1] is not None)

    def action_judge(self, verdict: Verdict) -> None:
        self.post_message(Judged(verdict))

    async def recompose(self) -> None:
        cards = list(self.query(Card))
        focused = next((place for place, card in enumerate(cards) if card.has_focus), None)
        await super().recompose()
        if focused is not None and (fresh := list(self.query(Card))):
            fresh[min(focused, len(fresh) - 1)].focus(scroll_visible=False)

    def take_focus(self) -> None:
        """Focuses the first passage, else the query, or the panel where there is neither."""
        (next(iter((*self.query(PassageCard), *self.query(QueryCard))), None) or self).focus()


def _section(content: Content, *, last: bool = True) -> Static:
    """A stretch of text; `last`: a blank line follows."""
    return Static(content, markup=False, classes="section last" if last else "section")
