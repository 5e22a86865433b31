"""The chat's flags: going from one to the next, and saying what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae.errors import KotaeError
from tui.screens.chat_layout import ChatLayout

if TYPE_CHECKING:
    from kotae.conversation import Verdict
    from tui.transcript.view import TranscriptView
    from tui.widgets.verdict import Judged

_GLYPHS: dict[Verdict, str] = {"confirmed": "✓", "rejected": "✗", "": "·"}


class ChatFlags(ChatLayout):
    """What keys and messages do with flags."""

    def action_next_flag(self) -> None:
        self._step_to_flag(1)

    def action_previous_flag(self) -> None:
        self._step_to_flag(-1)

    def _step_to_flag(self, step: int) -> None:
        if not self.step_flag(step):
            self.say(self.text.no_flags)

    def on_transcript_view_flag_selected(self) -> None:
        self.state_changed()

    def action_confirm_flag(self) -> None:
        self.judge_flag("confirmed")

    def action_reject_flag(self) -> None:
        self.judge_flag("rejected")

    def on_transcript_view_flag_judged(self, event: TranscriptView.FlagJudged) -> None:
        self.judge_flag(event.verdict)

    def on_judged(self, event: Judged) -> None:
        self.judge_flag(event.verdict)

    def judge_flag(self, verdict: Verdict) -> None:
        """Gives the selected flag a verdict, or takes that one back."""
        turn, flag = self.turn_on_view(), self.flag_on_view()
        if turn is None or flag is None or self.feed is None:
            self.say(self.text.flags.select_first)
            return
        from dataclasses import replace

        given: Verdict = "" if flag.verdict == verdict else verdict
        try:
            trouble = self.session.judge(turn.id, flag, given, self.shown_answer(turn.id))
        except KotaeError as error:
            self.notify(self.text.error(error), severity="error", timeout=10, markup=False)
            return
        self.feed.judged(
            self.session.conversation.turns[turn.id], replace(flag, verdict=given, remembered=False)
        )
        self.state_changed()
        if trouble:
            self.say(self.text.flags.not_remembered.format(reason=trouble))
        else:
            self.say(self.text.flags.said[given], _GLYPHS[given], "$success")
