"""Several answers to one question, side by side: what is known of them, without a widget."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kotae.events import Delta, Finished, Opened
from kotae.preferences import Preference
from kotae.transcripts.record import now
from tui import blind
from tui.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kotae.conversation import Status, Turn
    from kotae.events import TurnEvent
    from kotae.preferences import Outcome
    from tui.strings import Strings
    from tui.transcript.entries import NoteKind
    from tui.transcript.view import TranscriptView

ColumnState = Literal["waiting", "answering", "done", "stopped", "failed"]
_ENDS: dict[Status, ColumnState] = {"error": "failed", "cancelled": "stopped"}
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(eq=False, slots=True)
class Column:
    """One backend's answer."""

    backend: str
    letter: str = ""
    """What it is called in a blind comparison; empty in any other."""
    turn_id: str = ""
    """Empty until the question is recorded."""
    state: ColumnState = "waiting"
    answered: bool = False
    """Whether it has ended with an answer, or a part of one."""

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in ("waiting", "answering")

    def end_as(self, turn: Turn) -> None:
        """Takes over how a turn that is over has ended."""
        self.turn_id, self.state = turn.id, _ENDS.get(turn.status, "done")
        self.answered = bool(turn.answer)


@dataclass(eq=False, slots=True)
class Comparison:
    """The columns in the order in which they are shown, and what came of the vote."""

    question: str
    columns: tuple[Column, ...]
    focused: int = 0
    """The place of the column that keys go to."""
    hidden: bool = False
    """Whether it may not be seen which backend is which."""
    vote: Preference | None = None

    @property
    def running(self) -> bool:
        """Whether an answer has not ended yet."""
        return any(column.running for column in self.columns)

    @property
    def blind(self) -> bool:
        """Whether it was hidden, for a time at least, which backend is which."""
        return any(column.letter for column in self.columns)

    @property
    def column(self) -> Column:
        """The one that keys go to."""
        return self.columns[self.focused]

    def name(self, column: Column) -> str:
        """What a column is called."""
        return column.letter if self.hidden else column.backend


def compare(question: str, backends: Sequence[str], *, hide: bool) -> Comparison:
    """A comparison that is about to begin; one that hides its backends shuffles them."""
    names = list(backends)
    if hide:
        secrets.SystemRandom().shuffle(names)
    columns = (Column(name, blind.letter(place) if hide else "") for place, name in enumerate(names))
    return Comparison(question, tuple(columns), hidden=hide)


def vote_of(comparison: Comparison, outcome: Outcome, winner: Column | None) -> Preference:
    """The vote on the answers of a comparison.

    The conversation goes on from the better one; else from the focused one, or the first that has an answer.
    """
    order = [winner] if winner is not None else [comparison.column, *comparison.columns]
    goes_on = next((column.turn_id for column in order if column.answered), "")
    return Preference(
        turns=tuple(column.turn_id for column in comparison.columns if column.turn_id),
        outcome=outcome,
        winner=winner.turn_id if winner is not None else "",
        blind=comparison.hidden,
        at=now(),
        goes_on=goes_on,
    )


class ColumnFeed(Feed):
    """Writes one answer into a column, where its backend stands in the heading; later on into the conversation."""

    def __init__(
        self,
        view: TranscriptView,
        text: Strings,
        accent_of: Callable[[str], str],
        column: Column,
        *,
        opened: Callable[[Turn], None],
        changed: Callable[[], None],
        seen: Callable[[Turn], Turn],
        hidden: Callable[[], bool],
    ) -> None:
        """
        Args:
            opened: called when the question is recorded, before anything is shown.
            changed: called when the column's state is another.
            seen: as for any feed.
            hidden: tells whether it may not be seen which backend this is.
        """
        super().__init__(view, text, accent_of, seen=seen)
        self._column = column
        self._opened = opened
        self._changed = changed
        self._hidden = hidden
        self.later: Feed | None = None
        """Where what still comes is shown, once the column is gone."""

    def take(self, event: TurnEvent, turn: Turn, *, repeats: bool = True) -> None:
        if self.later is not None:
            self.later.take(event, turn, repeats=repeats)
            return
        column, before = self._column, self._column.state
        if isinstance(event, Opened):
            column.turn_id = turn.id
            self._opened(turn)
        elif isinstance(event, Delta):
            column.state = "answering"
        elif isinstance(event, Finished):
            column.end_as(turn)
        super().take(event, turn, repeats=repeats)
        if column.state != before:
            self._changed()

    def load_again(self, turn: Turn) -> None:
        """Shows a turn that is over anew, from the line that is at the top now."""
        view = self._view
        follow, y = view.follow, view.scroll_offset.y
        self.load([turn], lambda _: True)
        if not follow:
            view.follow = False
            view.call_after_refresh(view.scroll_to, y=y)

    def settle(self, turn: Turn, *, in_history: bool) -> None:
        """Which answer the conversation goes on from is not settled while they stand side by side."""
        if self.later is not None:
            self.later.settle(turn, in_history=in_history)

    def note(self, words: str, kind: NoteKind = "info") -> None:
        if self.later is not None:
            self.later.note(words, kind)
            return
        if kind == "error" and not self._column.turn_id:
            self._column.state = "failed"
            self._changed()
        super().note(self._text.compare.failed if self._hidden() and kind == "error" else words, kind)

    def _ask(self, turn: Turn) -> None:
        """The question stands above all columns."""

    def _begin(self, turn: Turn, *, hidden: bool) -> None:
        self._view.begin_answer(turn.id, "", self._accent_of(turn.backend), citations=not hidden)


def named(argument: str, backends: Sequence[str]) -> tuple[list[str], str]:
    """The backends that `argument` begins with, each once, and the question behind them; either may be empty."""
    words = argument.split()
    names: list[str] = []
    while words and words[0] in backends:
        if words[0] not in names:
            names.append(words[0])
        words.pop(0)
    return names, " ".join(words)


def unknown(question: str, backends: Sequence[str]) -> str:
    """The word of a question that was meant to be a backend's name, it seems; empty when it is a question indeed.

    A question of one plain word, or one with a backend's name in it and nothing but plain words, is more likely a list of names.
    """
    words = question.split()
    if words and all(map(_NAME.fullmatch, words)) and (len(words) == 1 or any(w in backends for w in words)):
        return next(word for word in words if word not in backends)
    return ""
