"""The transcript widget: a whole conversation in one `ScrollView`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.reactive import var
from textual.selection import Selection

from tui.transcript.column import STRIDE
from tui.transcript.column_view import MAX_TEXT, ColumnView
from tui.transcript.entries import AnswerEntry, Entry, NoteKind, TextEntry
from tui.transcript.painting import CUE, GUTTER
from tui.transcript.style import COMPONENTS, CSS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kotae import Flag
    from kotae.conversation import Verdict
    from tui.transcript.flags import Summary


class TranscriptView(ColumnView):
    """Shows questions, answers and notes, follows the answer that streams, and marks its flags.

    Entries are named by ids that the owner gives. All methods may be called before the widget has a size.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS
    DEFAULT_CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+up", "previous_answer", "Previous answer", show=False),
        Binding("ctrl+down", "next_answer", "Next answer", show=False),
        Binding("n", "next_flag", "Next flag", show=False),
        Binding("p", "previous_flag", "Previous flag", show=False),
        Binding("y", "judge_flag('confirmed')", "Confirm the flag", show=False),
        Binding("x", "judge_flag('rejected')", "Reject the flag", show=False),
    ]

    selected_answer: var[str | None] = var(None)
    """Id of the answer that is marked in the gutter."""
    selected_flag: var[Flag | None] = var(None)
    """A flag of the selected answer."""

    @dataclass
    class AnswerSelected(Message):
        """Another answer is selected, or none."""

        transcript: TranscriptView
        answer_id: str | None

        @property
        def control(self) -> TranscriptView:
            """The widget that sent it."""
            return self.transcript

    @dataclass
    class FlagSelected(Message):
        """A flag was selected, by key or by mouse."""

        transcript: TranscriptView
        answer_id: str
        flag: Flag

        @property
        def control(self) -> TranscriptView:
            """The widget that sent it."""
            return self.transcript

    @dataclass
    class FlagJudged(Message):
        """The reader gives the selected flag a verdict, or takes it back."""

        transcript: TranscriptView
        verdict: Verdict

        @property
        def control(self) -> TranscriptView:
            """The widget that sent it."""
            return self.transcript

    @dataclass
    class MarkClicked(Message):
        """The mark below a question was clicked, at its left (-1) or right (1)."""

        transcript: TranscriptView
        question_id: str
        step: int

        @property
        def control(self) -> TranscriptView:
            """The widget that sent it."""
            return self.transcript

    @dataclass
    class LinkClicked(Message):
        """The reader asks for a link. The widget opens nothing; the URL is http or https."""

        transcript: TranscriptView
        url: str

        @property
        def control(self) -> TranscriptView:
            """The widget that sent it."""
            return self.transcript

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._notes = 0

    # -- entries ------------------------------------------------------------------------------------------------------

    def add_question(self, question_id: str, text: str, mark: str = "") -> None:
        """Put a question at the end, and go there. `mark` stands below it; a click on its halves asks for what is beside."""
        self.follow = True
        self._add(TextEntry(question_id, text, mark=mark))

    def begin_answer(
        self, answer_id: str, label: str, accent: str = "accent", *, citations: bool = True
    ) -> None:
        """Put an empty answer at the end. `accent` is a theme variable, such as `primary`, that its label is drawn in."""
        self._add(AnswerEntry(answer_id, label, "$" + accent.removeprefix("$"), citations=citations))

    def append(self, answer_id: str, delta: str) -> None:
        """Add text to an answer; it is seen at the next flush."""
        if (found := self.column.answer(answer_id)) is not None and delta:
            place, entry = found
            entry.append(delta)
            self.touch(place)

    def finish_answer(self, answer_id: str, footer: str | None = None) -> None:
        """No more text comes; the status line goes, and `footer` stands under the text."""
        if (found := self.column.answer(answer_id)) is not None:
            place, entry = found
            entry.finished, entry.status = True, ""
            entry.footer = entry.footer if footer is None else footer
            self.touch(place)

    def set_status(self, answer_id: str, text: str) -> None:
        """What an answer waits for, with a spinner; the empty string takes it away."""
        if (found := self.column.answer(answer_id)) is not None and found[1].status != text:
            found[1].status = text
            self.touch(found[0])

    def set_footer(self, answer_id: str, text: str) -> None:
        """The line under an answer."""
        if (found := self.column.answer(answer_id)) is not None and found[1].footer != text:
            found[1].footer = text
            self.touch(found[0])

    def set_summary(self, answer_id: str, summary: Summary | None) -> None:
        """What the flags of an answer come to, between its text and its footer."""
        if (found := self.column.answer(answer_id)) is not None and found[1].summary != summary:
            found[1].summary = summary
            self.touch(found[0])

    def set_flags(self, answer_id: str, flags: Sequence[Flag]) -> None:
        """Mark these spans of an answer, and no others. Offsets are in code points of the answer's source.

        A flag that is selected stays so when it is among them, whatever is said of it now.
        """
        if (found := self.column.answer(answer_id)) is None:
            return
        place, entry = found
        ordered = tuple(sorted(flags, key=lambda flag: (flag.start, flag.end)))
        if ordered != entry.flags:
            if self.selected_answer == answer_id and (chosen := self.selected_flag) is not None:
                self.selected_flag = next((flag for flag in ordered if flag.place == chosen.place), None)
            self._mark(place, entry, ordered)

    def flags(self, answer_id: str) -> tuple[Flag, ...]:
        """The flags that are marked in an answer, in their order."""
        found = self.column.answer(answer_id)
        return found[1].flags if found is not None else ()

    def add_note(self, text: str, kind: NoteKind = "info") -> None:
        """Put a line of the program's own at the end: an error, a hint."""
        self._notes += 1
        self._add(TextEntry(f"\x00note-{self._notes}", text, kind))

    def load(self, entries: Iterable[Entry]) -> None:
        """Show these entries instead of what is shown, from the end. Only those in view are laid out."""
        self.clear()
        for entry in entries:
            self._add(entry)

    def clear(self) -> None:
        """Take all entries away."""
        self._cut(0)

    def truncate_after(self, entry_id: str) -> None:
        """Take away everything below an entry."""
        if (place := self.column.place(entry_id)) is not None:
            self._cut(place + 1)

    def answer_source(self, answer_id: str) -> str:
        """The Markdown of an answer as it came; empty when there is no such answer."""
        found = self.column.answer(answer_id)
        return found[1].source() if found is not None else ""

    def _add(self, entry: Entry) -> None:
        entry.height = entry.guess(self.text_width or MAX_TEXT)
        self.touch(self.column.add(entry))

    def _cut(self, length: int) -> None:
        self.shorten(length)
        if self.selected_answer is not None and self.column.place(self.selected_answer) is None:
            self.select_answer(None)

    # -- answers and flags --------------------------------------------------------------------------------------------

    def chosen(self, entry: Entry) -> bool:
        """The selected answer is marked in the gutter."""
        return entry.key == self.selected_answer

    def select_answer(self, answer_id: str | None) -> None:
        """Mark an answer, or none, and bring it into view."""
        if answer_id == self.selected_answer:
            return
        found = self.column.answer(answer_id) if answer_id is not None else None
        self._select_flag(None)
        for key in (self.selected_answer, answer_id):
            if key is not None and (old := self.column.answer(key)) is not None:
                old[1].repaint()
        self.selected_answer = answer_id if found is not None else None
        self.refresh()
        if found is not None:
            self._reveal(found[0], 1)
        self.post_message(self.AnswerSelected(self, self.selected_answer))

    def bring_to(self, answer_id: str, holds: Callable[[str], bool]) -> None:
        """Bring the first line of an answer into view whose text `holds` says yes to; nothing happens when there is none."""
        if (found := self.column.answer(answer_id)) is None:
            return
        place, entry = found
        self.lay_out(place)
        line = next((at for at, line in enumerate(entry.lines or ()) if holds(line.text)), None)
        if line is not None:
            self._reveal(place, line)

    def next_answer(self) -> None:
        """Select the answer below; the last one when none is selected."""
        self._step_answer(1)

    def previous_answer(self) -> None:
        """Select the answer above; the last one when none is selected."""
        self._step_answer(-1)

    def next_flag(self) -> None:
        """Select the next flag, in this answer or those below; from none, the first of the selected or the latest answer."""
        self._step_flag(1)

    def previous_flag(self) -> None:
        """Select the flag before, in this answer or those above."""
        self._step_flag(-1)

    action_next_answer = next_answer
    action_previous_answer = previous_answer
    action_next_flag = next_flag
    action_previous_flag = previous_flag

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's signature
        """Letters that judge a flag do so while one is selected; otherwise they are typed."""
        return action != "judge_flag" or self.selected_flag is not None

    def action_judge_flag(self, verdict: Verdict) -> None:
        """Asks the owner to judge the selected flag."""
        self.post_message(self.FlagJudged(self, verdict))

    def select_flag(self, answer_id: str, flag: Flag) -> None:
        """Select a flag, and its answer with it, and bring it into view. Nothing happens when the answer has no such flag."""
        found = self.column.answer(answer_id)
        if found is None or flag not in found[1].flags:
            return
        place, entry = found
        if self.selected_answer != answer_id:
            self.select_answer(answer_id)
        self._select_flag(flag)
        self.lay_out(place)
        if (line := entry.flag_line(entry.flags.index(flag))) is not None:
            self._reveal(place, line)
        self.post_message(self.FlagSelected(self, answer_id, flag))

    def _step_answer(self, step: int) -> None:
        keys = [entry.key for _, entry in self.column.answers()]
        if not keys:
            return
        if self.selected_answer in keys:
            self.select_answer(keys[max(0, min(len(keys) - 1, keys.index(self.selected_answer) + step))])
        else:
            self.select_answer(keys[-1])

    def _step_flag(self, step: int) -> None:
        found = self.column.answer(self.selected_answer) if self.selected_answer is not None else None
        if found is not None and self.selected_flag in found[1].flags:
            place, entry = found
            index = entry.flags.index(self.selected_flag) + step
            if 0 <= index < len(entry.flags):
                self.select_flag(entry.key, entry.flags[index])
            elif (beyond := self._flagged_answer(place + step, step)) is not None:
                self.select_flag(beyond.key, beyond.flags[0 if step > 0 else -1])
            return
        begin = (
            found[1]
            if found is not None and found[1].flags
            else self._flagged_answer(len(self.column.entries) - 1, -1)
        )
        if begin is not None:
            self.select_flag(begin.key, begin.flags[0])

    def _flagged_answer(self, place: int, step: int) -> AnswerEntry | None:
        """The nearest answer with flags from `place` on, upwards or downwards."""
        entries = self.column.entries
        while 0 <= place < len(entries):
            entry = entries[place]
            if isinstance(entry, AnswerEntry) and entry.flags:
                return entry
            place += step
        return None

    def _select_flag(self, flag: Flag | None) -> None:
        self.selected_flag = flag
        if (
            self.selected_answer is not None
            and (found := self.column.answer(self.selected_answer)) is not None
        ):
            self._mark(*found, found[1].flags)

    def _mark(self, place: int, entry: AnswerEntry, flags: tuple[Flag, ...]) -> None:
        """Draw the flags of an answer, and the selected one among them."""
        flag = self.selected_flag if entry.key == self.selected_answer else None
        selected = flags.index(flag) if flag is not None and flag in flags else None
        if self.palette is None:
            entry.flags, entry.selected_flag = flags, selected
        elif entry.set_flags(flags, selected, self.palette, self.text_width):
            self.column.moved(place)
            self.settle()
            self.refresh()

    def _reveal(self, place: int, line: int) -> None:
        """Bring a line into view, with some of what stands around it."""
        if not self.size:
            return
        self.flush()  # what has come just now may move what is in view
        self.lay_out(place)
        height, y = self.size.height, self.column.tops[place] + line
        top = self.scroll_offset.y
        if top <= y < top + height - 1:
            return
        self.follow = False
        self.place(max(0, min(y - height // 3, self.column.height - height)))
        self.settle()
        self.follow = self.scroll_offset.y >= self.max_scroll_y

    # -- mouse --------------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click selects a flag or an answer, or asks for a link; two select the paragraph, three the whole answer."""
        event.prevent_default()  # two clicks would select everything there is
        at = event.get_content_offset(self)
        if (
            self.behind
            and at is not None
            and at.y == self.size.height - 1
            and at.x >= self.size.width - len(CUE)
        ):
            self.scroll_end()
            return
        if (hit := self.hit(event)) is None:
            return
        place, index, offset = hit
        entry = self.column.entries[place]
        number = entry.lines[index].block if entry.lines is not None else 0
        block = entry.blocks[number]
        if event.chain > 1:
            first, last = (number, number) if event.chain == 2 else (0, len(entry.blocks) - 1)
            start, end = (
                Offset(0, place * STRIDE + first),
                Offset(len(entry.blocks[last].text), place * STRIDE + last),
            )
            self.screen.selections = {self: Selection(start, end)}
            return
        if isinstance(entry, TextEntry) and entry.mark and number == 1 and at is not None:
            self.post_message(
                self.MarkClicked(self, entry.key, -1 if at.x - GUTTER < len(entry.mark) / 2 else 1)
            )
            return
        if not isinstance(entry, AnswerEntry) or self.text_selection is not None:
            return
        laid = block.laid
        for start_at, end_at, url in laid.links if laid is not None else ():
            if start_at <= offset < end_at:
                self.post_message(self.LinkClicked(self, url))
                return
        under = [f for f in (laid.flagged if laid is not None else ()) if f.start <= offset < f.end]
        if under:
            innermost = min(under, key=lambda flagged: flagged.end - flagged.start)
            self.select_flag(entry.key, entry.flags[innermost.index])
            return
        self.select_answer(entry.key)
