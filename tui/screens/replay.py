"""A recorded conversation, played as it happened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui.actions import ACTIONS
from tui.replaying import Replayed, Showing
from tui.screens.chat_answers import ChatAnswers
from tui.screens.chat_flags import ChatFlags
from tui.screens.chat_talk import ChatTalk
from tui.widgets.player import PlayerLine
from tui.widgets.prompt import Prompt
from tui.widgets.status import StatusLine
from tui.widgets.tabs import BackendTabs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.widget import Widget

    from kotae.conversation import Verdict
    from kotae.settings import Settings
    from kotae.transcripts.timeline import Moment
    from tui.strings import Strings
    from tui.talk import Talk

_TICK = 0.05
"""Seconds between two looks at what is due."""
_VIEWING = (
    "inspector",
    "next_flag",
    "previous_flag",
    "next_answer",
    "previous_answer",
    "copy",
    "next_pane",
    "present",
    "save_screenshot",
)
"""What of the chat a recorded conversation has too."""
PLAYING = {
    "pause": ("space", "Space"),
    "step": ("right", "→"),
    "step_answer": ("ctrl+right,enter", "Enter"),
    "faster": ("plus,equals_sign,greater_than_sign", "+"),
    "slower": ("minus,less_than_sign", "-"),
    "finish": ("end", "End"),
    "restart": ("home", "Home"),
    "quit": ("q,ctrl+q,ctrl+c", "Q"),
}
"""What it has besides: action, keys, the key as people read it."""
VIEWING = {action.name: action.shown for action in ACTIONS if action.name in _VIEWING}
"""What of the chat it has, with the keys as people read them."""


class ReplayScreen(ChatAnswers, ChatFlags, ChatTalk):
    """The chat without its prompt. Asks nothing and writes nothing."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(a.keys, a.name, show=False, priority=a.priority) for a in ACTIONS if a.name in _VIEWING),
        *(
            Binding(keys, "app.quit" if name == "quit" else name, show=False, priority=True)
            for name, (keys, _) in PLAYING.items()
        ),
        Binding("pageup", "scroll_page(-1)", show=False),
        Binding("pagedown", "scroll_page(1)", show=False),
    ]

    def __init__(
        self,
        settings: Settings,
        path: Path,
        moments: Sequence[Moment],
        text: Strings,
        *,
        speed: float = 1.0,
        talk: Talk,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now` is the clock that it is played by."""
        from kotae.transcripts.player import Player

        self._session = Replayed(path)
        backends = list(dict.fromkeys(moment.turn.backend for moment in moments))
        super().__init__(settings, self._session, text, backends[0] if backends else "")
        self.prepare(talk)
        self._take_backends(backends)
        self._turns = list(dict.fromkeys(moment.turn.id for moment in moments))
        self.player = Player(moments, now, speed=speed, paused=True)
        self._showing: Showing | None = None

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            if isinstance(widget, StatusLine):
                yield PlayerLine(self.text, self.player.length, len(self._turns))
            if isinstance(widget, Prompt):
                widget.display, widget.disabled = False, True
            if isinstance(widget, BackendTabs):
                widget.keyed = False
            yield widget

    async def on_mount(self) -> None:
        await self._begin()
        self.player.toggle()
        self.set_interval(_TICK, self._tick)

    async def _begin(self) -> None:
        """The empty conversation."""
        from kotae.conversation import Conversation

        self._session.rewound(Conversation(id=""))
        feed = await self.show_feed()
        feed.load((), self._session.in_history)
        self._showing = Showing(self._session, feed)
        if not self._turns:
            feed.note(self.text.talk.nothing_recorded)
        if self._view is not None:
            self._view.focus()
        self.state_changed()

    # -- playing ------------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        moments = self.player.due()
        if moments:
            self._play(moments)
        else:
            self._show_player()

    def _play(self, moments: Sequence[Moment]) -> None:
        from kotae.events import Delta, Opened

        assert self._showing is not None
        for moment in moments:
            self._showing.take(moment.event, moment.turn)
            if isinstance(moment.event, Opened):
                self.backend = moment.turn.backend
                self.query_one(BackendTabs).selected = self.backend
        if not all(isinstance(moment.event, Delta) for moment in moments) or self.player.over:
            self.state_changed()
        self._show_player()

    def _show_player(self) -> None:
        line = self.query_one(PlayerLine)
        before = line.state
        line.state = self._state()
        line.speed = self.player.speed
        line.answer = len(self.session.conversation.turns)
        line.position = self.player.position
        if line.state != before:
            self._show_status()

    def _state(self) -> str:
        return "over" if self.player.over else "paused" if self.player.paused else "playing"

    def action_pause(self) -> None:
        self.player.toggle()
        self._show_player()

    def action_step(self) -> None:
        self._play(self.player.step())

    def action_step_answer(self) -> None:
        self._play(self.player.step_answer())

    def action_faster(self) -> None:
        self.player.faster()
        self._show_player()

    def action_slower(self) -> None:
        self.player.faster(-1)
        self._show_player()

    def action_finish(self) -> None:
        self._play(self.player.finish())

    async def action_restart(self) -> None:
        await self._begin()
        self.player.restart()
        self._show_player()

    # -- what the chat does otherwise -----------------------------------------------------------------------------------

    def judge_flag(self, verdict: Verdict) -> None:  # noqa: ARG002 - the chat's
        """Says that nothing is written here."""
        self.say(self.text.talk.read_only)

    def choose(self, name: str) -> None:
        """The recording says who answers."""

    def action_query(self) -> None:
        """Nothing is asked here."""
        self.say(self.text.talk.read_only)

    def action_retry(self) -> None:
        """Nothing is asked here."""
        self.say(self.text.talk.read_only)

    def taken(self) -> bool:
        """Nothing can be asked."""
        return True

    def focus_places(self) -> list[Widget]:
        return [widget for widget in super().focus_places() if widget is not self.prompt]

    def _status(self) -> tuple[tuple[str, str, str], tuple[tuple[str, str], ...]]:
        said = self.text.talk
        state = self._state()
        words = {"playing": said.playing, "paused": said.paused, "over": said.over}[state]
        names = (
            ("restart", "quit") if state == "over" else tuple(name for name in PLAYING if name != "restart")
        )
        hints = tuple((PLAYING[name][1], said.replay[name][0]) for name in names)
        return (
            "●" if state == "playing" else "○",
            words,
            "$error" if state == "playing" else "$muted",
        ), hints
