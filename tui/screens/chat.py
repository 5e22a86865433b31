"""The chat: what keys, commands and messages do."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from textual import events, on
from textual.widgets import TextArea

from tui import clipboard, loading
from tui.actions import parse_slash
from tui.plain import one_line
from tui.screens.chat_answers import ChatAnswers
from tui.screens.chat_columns import COMPARE_KEYS
from tui.screens.chat_commands import ChatCommands
from tui.screens.chat_compare import ChatCompare
from tui.screens.chat_conversations import ChatConversations
from tui.screens.chat_flags import ChatFlags
from tui.screens.chat_outside import ChatOutside
from tui.screens.chat_settings import ChatSettingsKeys
from tui.screens.chat_talk import ChatTalk
from tui.talk import Talk
from tui.widgets.prompt import Prompt
from tui.widgets.tabs import BackendTabs
from tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from pathlib import Path

    from textual.timer import Timer

    from kotae.engine import Engine
    from kotae.events import Progress
    from kotae.settings import Settings
    from tui.session import Session
    from tui.strings import Strings

_log = logging.getLogger(__name__)
_DRAFT_DELAY = 1.0
"""Seconds of rest after which what is typed is saved."""
_TWICE = 2.0
"""Seconds within which a second Ctrl+C quits."""
_CLOSING = 3.0
"""Seconds the engine may take to end."""
_SAMPLES = ("1", "2", "3")


class ChatScreen(
    ChatCompare,
    ChatCommands,
    ChatOutside,
    ChatSettingsKeys,
    ChatAnswers,
    ChatFlags,
    ChatConversations,
    ChatTalk,
):
    """One conversation. Its rules are in `Session` and `Answering`."""

    def __init__(
        self,
        settings: Settings,
        session: Session,
        text: Strings,
        *,
        backend: str,
        load_engine: loading.LoadEngine,
        resume: Path | None = None,
        talk: Talk | None = None,
    ) -> None:
        super().__init__(settings, session, text, backend or next(iter(settings.backends), ""))
        text.keymap.bind(self, first=COMPARE_KEYS)
        self.prepare(talk or Talk())
        self._load_engine = load_engine
        self.to_resume = resume
        self._saving: Timer | None = None
        self._interrupted = 0.0
        self._earlier: list[str] = []
        """What was asked in earlier conversations and can't be recalled yet."""

    # -- loading ------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.call_after_refresh(self._first_frame_shown)

    def _first_frame_shown(self) -> None:
        self.complete()
        self._load()

    def _load(self) -> None:
        self.answering.loading()
        loading.start(self._load_engine, self.session.latest, self.post_message)
        self.state_changed()

    @on(loading.TranscriptReady)
    async def _transcript_ready(self) -> None:
        if self.to_resume is not None:
            await self.resume(self.to_resume)

    @on(loading.Resumable)
    def _resumable(self, event: loading.Resumable) -> None:
        self.welcome.resumable = event.heading

    @on(loading.EngineReady)
    def _engine_ready(self, event: loading.EngineReady) -> None:
        self.session.engine = event.engine
        self.show_backends(list(event.engine.backends))
        self.take_commands(event.engine)
        self.run_worker(self._learn_earlier(), group="earlier", exit_on_error=False)
        self.answering.loaded()
        self._warm_up()
        self.remember_file()
        self.run_worker(self._prepare_manual(event.engine), group="prepare manual", exit_on_error=False)

    @on(loading.EngineFailed)
    async def _engine_failed(self, event: loading.EngineFailed) -> None:
        self.answering.failure = event.error
        waiting = bool(self.answering.waiting)
        self.answering.loaded()
        if not waiting:
            (await self.show_feed()).note(str(event.error), "error")

    @on(loading.Reported)
    def _reported(self, event: loading.Reported) -> None:
        if self.empty or self._feed is None or self.feed is not self._feed:
            self.notify(one_line(self.text.told(event.line)), severity="warning", timeout=10, markup=False)
        else:
            self._feed.note(event.line, "warning")

    async def _learn_earlier(self) -> None:
        """What was asked before can be recalled once a conversation is on view; before that, Up and Down choose a sample."""
        from kotae.transcripts.questions import earlier_questions

        self._earlier = await asyncio.to_thread(earlier_questions, self.session.folder)
        if not self.empty:
            self._recall_earlier()

    def _recall_earlier(self) -> None:
        earlier, self._earlier = self._earlier, []
        self.prompt.remember_earlier(earlier)

    def _warm_up(self) -> None:
        engine = self.session.engine
        if engine is not None and self.backend in engine.backends:
            self.run_worker(
                loading.warm_up(engine.backends[self.backend]), group="warm up", exit_on_error=False
            )

    async def _prepare_manual(self, engine: Engine) -> None:
        from kotae.pace import Pace
        from tui.feed import progress

        pace = Pace()

        def show(event: Progress) -> None:
            self.preparing = progress(event, self.text, pace)
            self.state_changed()

        try:
            await loading.prepare_manual(engine, show)
        finally:
            self.preparing = ""
            self.state_changed()

    # -- asking -------------------------------------------------------------------------------------------------------

    @on(Prompt.Submitted)
    async def _submitted(self, event: Prompt.Submitted) -> None:
        typed = event.text
        if (slash := parse_slash(typed)) is not None:
            await self.run_slash(slash)
            return
        question = typed.strip()
        if self.empty and question in ("", *_SAMPLES):
            question = self.text.samples[int(question) - 1] if question else self.welcome.question
        if question:
            self.send(question)

    @on(Welcome.Picked)
    def _picked(self, event: Welcome.Picked) -> None:
        if not self.prompt.text:
            self.send(event.question)

    def send(self, question: str) -> None:
        """Asks the chosen backend, and empties the prompt; while an answer streams the text stays."""
        if self.taken():
            return
        self._recall_earlier()
        self.prompt.take(question)
        self.load_again()
        self.run_worker(self.asking(question), group="answers", exit_on_error=False)

    def load_again(self) -> None:
        """Loads the engine once more, where it could not be had before."""
        if self.answering.failure is not None and self.session.engine is None:
            self._load()

    @on(Prompt.Edge)
    def _edge(self, event: Prompt.Edge) -> None:
        if self.empty and not self.prompt.text:
            self.welcome.move(event.step)

    @on(TextArea.Changed, "#prompt")
    def _typed(self) -> None:
        text = self.prompt.text
        self.prompt.follow()
        if self.empty and text in _SAMPLES:
            self.welcome.marked = int(text) - 1
        if self._saving is None:
            self._saving = self.set_timer(_DRAFT_DELAY, self._save_typed)

    def _save_typed(self) -> None:
        self._saving = None
        self.save_draft()

    def on_key(self, event: events.Key) -> None:
        # Typing goes to the prompt, wherever the focus is.
        if (
            event.is_printable
            and event.character
            and not self.prompt.has_focus
            and event.key not in self.active_bindings
        ):
            event.stop()
            self.prompt.focus()
            self.prompt.insert(event.character)

    async def on_paste(self, event: events.Paste) -> None:
        if not self.prompt.has_focus:
            self.prompt.focus()
            self.prompt.post_message(events.Paste(event.text))

    # -- backends -----------------------------------------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Makes `name` the backend of the next question. The conversation goes on as it is."""
        if name not in self.backends:
            self.say(self.text.unknown_backend.format(name=name, names=", ".join(self.backends)))
            return
        self.backend = name
        self.query_one(BackendTabs).selected = name
        self.state_changed()
        self._warm_up()

    def slash_backend(self, name: str) -> None:
        """Chooses a backend by its name, or by what only one name begins with."""
        begin = [known for known in self.backends if known.startswith(name)] if name else []
        self.choose(begin[0] if name not in self.backends and len(begin) == 1 else name)

    def _step(self, step: int) -> None:
        if self.backends:
            place = self.backends.index(self.backend) if self.backend in self.backends else 0
            self.choose(self.backends[(place + step) % len(self.backends)])

    def action_next_backend(self) -> None:
        self._step(1)

    def action_previous_backend(self) -> None:
        self._step(-1)

    def action_select_backend(self, place: int) -> None:
        if place < len(self.backends):
            self.choose(self.backends[place])

    @on(BackendTabs.Chosen)
    def _tab_clicked(self, event: BackendTabs.Chosen) -> None:
        self.choose(event.name)

    # -- the rest -----------------------------------------------------------------------------------------------------

    def action_next_pane(self) -> None:
        places = [w for w in self.focus_places() if w.display]
        at = next((place for place, widget in enumerate(places) if widget.has_focus_within), 0)
        target = places[(at + 1) % len(places)]
        take_focus = getattr(target, "take_focus", target.focus)
        take_focus()

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.text, self.commands))

    def action_interrupt(self) -> None:
        selected = self.get_selected_text() or self.prompt.selected_text
        if selected:
            clipboard.copy(self.app, selected)
            self.say(self.text.copied, "✓", "$success")
        elif time.monotonic() - self._interrupted < _TWICE:
            self.run_worker(self.run_action("app.quit"), exit_on_error=False)
        else:
            self._interrupted = time.monotonic()
            self.say(self.text.quit_again)

    async def action_quit(self) -> None:
        await self.run_action("app.quit")

    async def close_down(self) -> None:
        """Saves the draft, stops what runs, ends the engine; takes a few seconds at most."""
        self.save_draft()
        self.say(self.text.closing)
        await self.close_session()

    async def close_session(self) -> None:
        """As `close_down`, when the widgets are gone already."""
        await self.session.aclose(self._cancel_answers, _CLOSING)

    def _cancel_answers(self) -> None:
        self.workers.cancel_group(self, "answers")
