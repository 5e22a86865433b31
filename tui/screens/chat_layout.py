"""The chat screen's widgets, and how what is known is shown in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.screen import Screen

from kotae.accents import accents
from tui import draft, states
from tui.answering import Answering
from tui.plain import one_line
from tui.widgets.prompt import Prompt
from tui.widgets.status import StatusLine
from tui.widgets.tabs import BackendTabs
from tui.widgets.waiting import WaitingQuestion
from tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widget import Widget

    from kotae.conversation import Flag, Turn, Verdict
    from kotae.events import Notice
    from kotae.settings import Settings
    from tui.feed import Feed
    from tui.marks import Marks
    from tui.session import Session
    from tui.strings import Strings
    from tui.transcript.view import TranscriptView
    from tui.widgets.inspector import Inspector

WIDE = 100
"""Columns from which the inspector stands beside the conversation."""
_SAID = 3.0
"""Seconds a short message stands in the status line."""
_NOTICED = 12.0
"""Seconds a notice of a backend's stands over the corner of the screen."""


class ChatLayout(Screen[None]):
    """Tabs, transcript or welcome, prompt, status line; the inspector at the side."""

    AUTO_FOCUS = "#prompt"
    to_resume: Path | None = None
    """The conversation that the program was started with, until it is there."""
    draft_at: Path
    """Where the draft was written last."""

    def __init__(self, settings: Settings, session: Session, text: Strings, backend: str) -> None:
        super().__init__()
        self.settings = settings
        self.session = session
        self.text = text
        self.answering = Answering(session, self)
        self.backend = backend
        self._view: TranscriptView | None = None
        self._feed: Feed | None = None
        self._inspector: Inspector | None = None
        self._saying: Timer | None = None
        self._said = ("", "", "")
        self.preparing = ""
        """What is got ready in the background, as the status line says it while nothing else goes on."""
        self._take_backends(list(settings.backends))

    def compose(self) -> ComposeResult:
        text = self.text
        yield BackendTabs(self.backends, self.backend, self._accents, self._title(), text.keymap)
        with Horizontal(id="body"):
            yield Welcome(text, states.welcome_keys(text))
        self.draft_at = draft.draft_file(self.draft_of())
        yield Prompt(draft.load(self.draft_at), text.placeholder, text.pasted, text.keymap, id="prompt")
        yield StatusLine(*self._status())

    def draft_of(self) -> Path | None:
        """The transcript that the prompt's draft belongs to."""
        return self.to_resume or self.session.path

    def complete(self) -> None:
        """Adds what the first frame does without: the line above the prompt."""
        self.mount(WaitingQuestion(), before=self.prompt)

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def welcome(self) -> Welcome:
        return self.query_one(Welcome)

    # -- backends -----------------------------------------------------------------------------------------------------

    def accent(self, backend: str) -> str:
        """A backend's colour: `$` and the theme variable."""
        return f"${self._accents.get(backend, 'foreground')}"

    def _take_backends(self, names: Sequence[str]) -> None:
        self.backends = list(names)
        self._accents = accents(names, {name: table.kind for name, table in self.settings.backends.items()})

    def show_backends(self, names: Sequence[str]) -> None:
        """Shows these backends; the one chosen stays chosen where it is among them."""
        self._take_backends(names)
        if names and self.backend not in names:
            self.backend = names[0]
        tabs = self.query_one(BackendTabs)
        tabs.accents = self._accents
        tabs.backends, tabs.selected = tuple(names), self.backend

    # -- transcript ---------------------------------------------------------------------------------------------------

    async def show_feed(self) -> Feed:
        """The transcript, made visible."""
        self.welcome.display = False  # first, or the two of them are laid out with half of the width each
        if self._feed is None or self._view is None:
            from tui.feed import Feed
            from tui.marks import marks
            from tui.transcript.view import TranscriptView

            def marks_of(turn: Turn) -> Marks:
                return marks(self.session.conversation, turn, self.text)

            self._view = TranscriptView(id="transcript")
            self._feed = Feed(
                self._view,
                self.text,
                self.accent,
                marks_of=marks_of,
                seen=self.as_seen,
                vote_of=self.vote_of,
            )
            await self.query_one("#body").mount(self._view, after=self.welcome)
        self._view.display = True
        return self._feed

    def show_welcome(self) -> None:
        """The empty conversation."""
        if self._view is not None:
            self._view.display = False
        self.welcome.display = True

    @property
    def empty(self) -> bool:
        """Whether the empty conversation is on view."""
        return bool(self.welcome.display)

    @property
    def view(self) -> TranscriptView | None:
        """The transcript widget that keys go to."""
        return self._view

    @property
    def feed(self) -> Feed | None:
        """What writes into `view`."""
        return self._feed

    def as_seen(self, turn: Turn) -> Turn:
        """What may be seen of a turn."""
        return turn

    def vote_of(self, turn: Turn) -> str:
        """What a vote said of a turn, in words; empty where there was none."""
        from tui.votes import vote_words

        return vote_words(turn.id, self.session.conversation, self.text)

    def turn_on_view(self) -> Turn | None:
        """The turn of the answer that is selected, else the last one."""
        conversation = self.session.conversation
        return self.selected_turn() or conversation.turns.get(conversation.head or "")

    def selected_turn(self) -> Turn | None:
        """The turn of the answer that is selected."""
        if self.view is None:  # also before the first frame, when there is no conversation to look in
            return None
        return self.session.conversation.turns.get(self.view.selected_answer or "")

    def show_branch(self, selected: str = "", words: str = "") -> None:
        """Shows the branch that the conversation is on, with the answer of a turn selected, where it holds `words`."""
        if self._feed is None or self._view is None:
            return
        self._feed.load(self.session.shown(), self.session.in_history)
        if self._view.size:
            self._select(selected, words)
        else:  # it was made just now, and can bring nothing into view yet
            self.call_after_refresh(self._select, selected, words)
        self.state_changed()

    def _select(self, selected: str, words: str) -> None:
        if self._view is None:
            return
        self._view.select_answer(selected or None)
        if words:
            from kotae.transcripts.matching import fold, pieces

            wanted = pieces(words)
            self._view.bring_to(selected, lambda line: any(piece in fold(line) for piece in wanted))

    def flag_on_view(self) -> Flag | None:
        """The flag that is selected, if it is one of the turn on view."""
        return self.view.selected_flag if self.view is not None else None

    def shown_answer(self, turn_id: str) -> str:
        """The source of an answer, as far as it has come."""
        return self.view.answer_source(turn_id) if self.view is not None else ""

    def step_flag(self, step: int) -> bool:
        """Selects the next flag, or the one before; False when there is none."""
        view = self.view
        if view is None or self.empty:
            return False
        if step > 0:
            view.next_flag()
        else:
            view.previous_flag()
        return view.selected_flag is not None

    def step_answer(self, step: int) -> None:
        """Selects the next answer, or the one before."""
        view = self.view
        if view is None or self.empty:
            return
        if step > 0:
            view.next_answer()
        else:
            view.previous_answer()

    def unselect(self) -> None:
        """Selects no answer; what follows the selection follows the last answer again."""
        if self.view is not None:
            self.view.select_answer(None)

    def scroll_transcript(self, direction: int, *, whole: bool) -> None:
        """Scrolls by a page, or to the beginning or the end."""
        view = self.view
        if view is None:
            return
        if whole and direction < 0:
            view.scroll_home(animate=False)
        elif whole:
            view.scroll_end(animate=False)
        elif direction < 0:
            view.scroll_page_up(animate=False)
        else:
            view.scroll_page_down(animate=False)

    def focus_places(self) -> list[Widget]:
        """What takes the focus in turn."""
        return [
            w
            for w in (self.prompt, self._inspector, None if self.empty else self.view)
            if w is not None and w.is_attached
        ]

    # -- inspector ----------------------------------------------------------------------------------------------------

    def inspected(self) -> tuple[Turn, Flag | None] | None:
        """What the inspector shows."""
        turn = self.turn_on_view()
        if turn is None:
            return None
        if turn.status == "open":  # flags come before the turn has its answer
            from dataclasses import replace

            turn = replace(turn, answer=self.shown_answer(turn.id))
        return self.as_seen(turn), self.flag_on_view()

    def judge_flag(self, verdict: Verdict) -> None:
        """Gives the selected flag a verdict, or takes that one back."""
        raise NotImplementedError

    async def toggle_inspector(self) -> None:
        """Opens the inspector, beside the conversation or over it, or closes it."""
        if self._inspector is not None and self._inspector.is_attached and self.size.width >= WIDE:
            self.prompt.focus()
            panel, self._inspector = self._inspector, None
            await panel.remove()
            return
        from tui.widgets.inspector import Inspector

        if self._inspector is not None and self._inspector.is_attached:
            await self._inspector.remove()
        self._inspector = Inspector(self.text, self.accent, self.inspected())
        if self.size.width >= WIDE:
            await self.query_one("#body").mount(self._inspector)
        else:
            from tui.screens.inspector import InspectorScreen

            self.app.push_screen(
                InspectorScreen(self._inspector, self.text, self.step_flag, self.judge_flag),
                self._inspector_closed,
            )

    async def _inspector_closed(self, edit_query: bool | None) -> None:
        if edit_query:
            await self.run_action("query")

    def refresh_inspector(self) -> None:
        """Shows what is on view now."""
        if self._inspector is not None and self._inspector.is_attached:
            self._inspector.shown = self.inspected()

    def on_resize(self) -> None:
        if self._inspector is not None and self._inspector.is_attached and self._inspector.screen is self:
            self._inspector.display = self.size.width >= WIDE

    def question_back(self, question: str) -> None:
        """Puts a question that brought no answer back into the prompt."""
        self.prompt.give_back(question)
        self.say(self.text.question_back)

    def notice(self, notice: Notice) -> None:
        """Shows what a backend says beside its answer, long enough to be read."""
        self.notify(
            one_line(notice.said_in(self.text.lang)), severity="warning", timeout=_NOTICED, markup=False
        )

    def unexpected(self, error: Exception) -> None:
        """Says that something failed that nobody foresaw."""
        self.notify(
            self.text.unexpected.format(error=type(error).__name__),
            severity="error",
            timeout=10,
            markup=False,
        )

    # -- asking -------------------------------------------------------------------------------------------------------

    def take_edit(self, question: str) -> tuple[Turn | None, Turn | None]:
        """Ends editing: the turn in whose place `question` is asked, and the version there is that asks the same."""
        raise NotImplementedError

    def give_up_edit(self) -> bool:
        """Leaves a question that is edited as it was; False when none is."""
        raise NotImplementedError

    def taken(self) -> bool:
        """Whether another question is under way; then it is said."""
        if self.answering.taken:
            self.say(self.text.starting_up if self.answering.waiting else self.text.busy)
        return self.answering.taken

    def load_again(self) -> None:
        """Loads the engine once more, where it could not be had before."""
        raise NotImplementedError

    # -- state --------------------------------------------------------------------------------------------------------

    def state_changed(self) -> None:
        """Brings everything that follows the state up to date."""
        if not self.is_attached:
            return
        for line in self.query(WaitingQuestion):
            line.question = self.answering.waiting
        self.query_one(BackendTabs).title = self._title()
        self._show_status()
        self.refresh_inspector()

    def say(self, words: str, glyph: str = "›", style: str = "$warning") -> None:
        """Shows a short message in the status line for a while."""
        self._said = (glyph, words, style)
        if self._saying is not None:
            self._saying.stop()
        self._saying = self.set_timer(_SAID, self.be_quiet)
        self._show_status()

    def be_quiet(self) -> None:
        """Takes a short message away before its time."""
        self._said = ("", "", "")
        self._show_status()

    def _show_status(self) -> None:
        line = self.query_one(StatusLine)
        state, hints = self._status()
        line.state, line.hints = self._said if self._said[1] else state, hints

    def _status(self) -> tuple[tuple[str, str, str], tuple[tuple[str, str], ...]]:
        state, answering = self.answering.state, self.answering
        streaming = self.session.streaming
        shown = states.status(state, self.text, streaming or self.backend, answering.failure)
        if state == "ready" and self.preparing:
            shown = ("◌", self.preparing, "$warning")
        selected = self.selected_turn() is not None
        hints = states.hints(state, self.text, flagged=self.flag_on_view() is not None, selected=selected)
        return shown, tuple(hints)

    def _title(self) -> str:
        if self.session.begun:
            conversation = self.session.conversation
            return conversation.title or next(iter(conversation.turns.values())).question
        manual = self.settings.retrieval.manual or self.settings.retrieval.index
        return manual.rstrip("/").rpartition("/")[2] or self.text.sample_manual
