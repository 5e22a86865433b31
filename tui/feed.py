"""Writes a conversation into the transcript widget: turns that are over, and the events of one that is under way."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from kotae.events import (
    Attached,
    Closed,
    Delta,
    Finished,
    Flagged,
    Opened,
    Progress,
    Retrieved,
    Rewritten,
    TurnEvent,
)
from kotae.pace import Pace, rounded
from tui.footer import footer
from tui.marks import NO_MARKS
from tui.plain import one_line
from tui.summary import checking, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kotae.conversation import Flag, Turn
    from tui.marks import Marks
    from tui.strings import Strings
    from tui.transcript.entries import NoteKind
    from tui.transcript.view import TranscriptView


class Feed:
    """The entries of one transcript widget. A turn's answer has the turn's id as its own."""

    def __init__(
        self,
        view: TranscriptView,
        text: Strings,
        accent_of: Callable[[str], str],
        *,
        marks_of: Callable[[Turn], Marks] = lambda _: NO_MARKS,
        seen: Callable[[Turn], Turn] = lambda turn: turn,
        vote_of: Callable[[Turn], str] = lambda _: "",
    ) -> None:
        """
        Args:
            accent_of: gives a backend's colour, as `$` and the theme variable.
            marks_of: gives where a turn stands in the tree.
            seen: gives what may be seen of a turn: another one where its backend is hidden.
            vote_of: gives the words for what a vote said of a turn; empty where there was none.
        """
        self._view = view
        self._text = text
        self._accent_of = accent_of
        self._marks_of = marks_of
        self._seen = seen
        self._vote_of = vote_of
        self._silent: set[str] = set()
        """Answers of which no text has come yet."""
        self._pace = Pace()

    def load(self, turns: Sequence[Turn], in_history: Callable[[Turn], bool]) -> None:
        """Shows turns that are over, in place of whatever is shown."""
        self._view.load([])
        before: Turn | None = None
        for whole in turns:
            turn = self._seen(whole)
            if not same_question(before, turn):
                self._ask(turn)
            self._begin(turn, hidden=turn is not whole)
            self._view.append(turn.id, turn.answer)
            self._view.set_flags(turn.id, turn.flags)
            self._view.set_summary(turn.id, summary(turn, self._text))
            self._view.finish_answer(turn.id, self._footer(turn, in_history=in_history(turn)))
            self._error(turn)
            before = turn

    def refused(self, error: Exception) -> None:
        """Says why something was not done, below what was said so far."""
        self.note(self._text.error(error), "error")

    def note(self, words: str, kind: NoteKind = "info") -> None:
        """A line between the answers."""
        self._view.add_note(words, kind)

    def cut_after(self, turn: Turn) -> None:
        """Takes everything away that follows the answer of `turn`."""
        self._view.truncate_after(turn.id)

    def settle(self, turn: Turn, *, in_history: bool) -> None:
        """Brings the footer of a turn that is over up to date."""
        self._view.set_footer(turn.id, self._footer(self._seen(turn), in_history=in_history))

    def judged(self, turn: Turn, flag: Flag) -> None:
        """Shows the verdict on a flag of `turn`, and what it leaves of the summary."""
        turn = self._seen(turn)
        flags = self._view.flags(turn.id)
        judged = [
            replace(other, verdict=flag.verdict, remembered=False) if other.place == flag.place else other
            for other in flags
        ]
        self._view.set_flags(turn.id, judged)
        if turn.claims is not None or turn.groundedness is not None:
            self._view.set_summary(turn.id, summary(turn, self._text))

    def take(self, event: TurnEvent, turn: Turn, *, repeats: bool = False) -> None:
        """Shows what happened to `turn`. `repeats` says that its question already stands above."""
        seen = self._seen(turn)
        hidden = seen is not turn
        if hidden:
            if isinstance(event, Rewritten | Retrieved | Progress):
                return  # which backends search, and what they wait for, would tell which one this is
            turn = seen
        if isinstance(event, Delta):
            if turn.id in self._silent:
                self._silent.discard(turn.id)
                self._view.set_status(turn.id, "")
            self._view.append(turn.id, event.text)
        elif isinstance(event, Opened):
            self._silent.add(turn.id)
            self._view.select_answer(None)
            if not repeats:
                self._ask(turn)
            self._begin(turn, hidden=hidden)
            self._view.set_status(turn.id, self._text.waiting)
        elif isinstance(event, Attached):
            titles = ", ".join(one_line(page.title or page.document) for page in event.pages)
            self._view.set_status(turn.id, self._text.commands.with_pages.format(pages=titles))
        elif isinstance(event, Rewritten):
            self._view.set_status(turn.id, self._text.searching.format(query=one_line(event.rewrite.query)))
        elif isinstance(event, Retrieved):
            self._view.set_status(turn.id, self._text.passages_found.format(count=len(event.passages)))
        elif isinstance(event, Progress):
            self._view.set_status(turn.id, progress(event, self._text, self._pace))
        elif isinstance(event, Flagged):
            self._view.set_flags(turn.id, event.flags)
            if event.claims is not None:
                self._view.set_summary(turn.id, summary(turn, self._text))
            if event.note:
                self.note(self._text.told(event.note), "warning")
        elif isinstance(event, Finished):
            self._silent.discard(turn.id)
            self._view.set_summary(turn.id, checking(self._text) if turn.answer else None)
            self._view.finish_answer(turn.id, self._footer(turn))
            self._error(turn)
            self._view.flush()  # nothing more comes that could be shown along with it
        elif isinstance(event, Closed):
            self._view.set_summary(turn.id, summary(turn, self._text))
            self._view.set_footer(turn.id, self._footer(turn))

    def _ask(self, turn: Turn) -> None:
        self._view.add_question(f"{turn.id}?", turn.question, self._marks_of(turn).question)

    def _begin(self, turn: Turn, *, hidden: bool) -> None:
        # Only who was given passages cites them.
        self._view.begin_answer(turn.id, turn.backend, self._accent_of(turn.backend), citations=not hidden)

    def _footer(self, turn: Turn, *, in_history: bool = True) -> str:
        return footer(
            turn,
            self._text,
            in_history=in_history,
            vote=self._vote_of(turn),
            marks=self._marks_of(turn).answer,
        )

    def _error(self, turn: Turn) -> None:
        if turn.status == "error":
            self.note(f"{self._text.told(turn.error)} {self._text.told(turn.hint)}".strip(), "error")


def progress(event: Progress, text: Strings, pace: Pace) -> str:
    """A stage and how far it has come, with its rate and the time left as soon as `pace` knows them."""
    words = text.stages.get(event.stage, one_line(event.stage))
    estimate = pace.told(event, monotonic())
    if not event.total:
        return f"{words}…"
    said = [f"{words} {event.done / event.total:.0%}"]
    if estimate.rate is not None and event.unit:
        said.append(text.per_second.format(rate=f"{estimate.rate:.{0 if estimate.rate >= 10 else 1}f}"))
    if estimate.left is not None:
        said.append(_left(estimate.left, text))
    return " · ".join(said)


def _left(seconds: float, text: Strings) -> str:
    hours, minutes, rest = rounded(seconds)
    if hours:
        return text.hours_left.format(hours=hours, minutes=minutes)
    return text.minutes_left.format(minutes=minutes) if minutes else text.seconds_left.format(seconds=rest)


def same_question(before: Turn | None, turn: Turn) -> bool:
    """Whether `turn` asks again what the turn before it asked."""
    return before is not None and before.parent == turn.parent and before.question == turn.question
