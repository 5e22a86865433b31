"""The chat's tree: editing a question, continuing from an answer, going from branch to branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.chat_layout import ChatLayout

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from kotae.conversation import Turn
    from tui.transcript.view import TranscriptView


class ChatTree(ChatLayout):
    """What keys and messages do with branches."""

    _edited: Turn | None = None
    """The turn whose question is in the prompt to be asked anew."""
    _put_aside = ""
    """What stood in the prompt before."""

    # -- editing a question -------------------------------------------------------------------------------------------

    async def action_edit(self) -> None:
        """Takes the question on view into the prompt; Enter asks it in place of the one it was."""
        turn = self.turn_on_view()
        if turn is None:
            self.say(self.text.conversations.nothing_to_edit)
            return
        from tui.widgets.editing import EditingLine

        if self._edited is None:
            self._put_aside = self.prompt.value
        self._edited = turn
        if not self.query(EditingLine):
            await self.mount(EditingLine(self.text), before=self.prompt)
        self.query_one(EditingLine).question = turn.question
        self.prompt.value = turn.question
        self.prompt.focus()

    def give_up_edit(self) -> bool:
        if self._end_edit() is None:
            return False
        self.say(self.text.conversations.edit_given_up, "✎")
        return True

    def _end_edit(self) -> Turn | None:
        """The turn whose question was edited; the prompt is as it was before."""
        turn, self._edited = self._edited, None
        if turn is not None:
            from tui.widgets.editing import EditingLine

            self.query_one(EditingLine).question = ""
            self.prompt.value, self._put_aside = self._put_aside, ""
        return turn

    def typed(self) -> list[str]:
        """What is in the prompt and has not been sent, and what was put aside for it."""
        edited = self._edited
        unchanged = edited is not None and self.prompt.value == edited.question
        return [self._put_aside, "" if unchanged else self.prompt.value]

    def asking(self, question: str) -> Coroutine[None, None, None]:
        """Asks a question that was sent: where the branch ends, or in place of the one that was edited."""
        edited, same = self.take_edit(question)
        if edited is None:
            return self.answering.ask(question, self.backend)
        if same is not None:  # a version that is there already gets another answer
            self._show_turn(same, self.session.go_below(same.id))
            return self.answering.retry(same, self.backend)
        return self.answering.ask(question, self.backend, instead_of=edited)

    def take_edit(self, question: str) -> tuple[Turn | None, Turn | None]:
        edited = self._end_edit()
        beside = self._siblings(edited) if edited is not None else []
        return edited, next((other for other in beside if other.question == question), None)

    def _siblings(self, turn: Turn) -> list[Turn]:
        conversation = self.session.conversation
        return conversation.siblings(turn.id) if turn.id in conversation.turns else []

    # -- branches -----------------------------------------------------------------------------------------------------

    def action_next_sibling(self) -> None:
        self._step_sibling(1)

    def action_previous_sibling(self) -> None:
        self._step_sibling(-1)

    def _step_sibling(self, step: int) -> None:
        turn = self._forked()
        if self.taken():
            return
        from kotae import tree

        other = tree.beside(self.session.conversation, turn, step) if turn is not None else None
        if other is None:
            self.say(self.text.conversations.nothing_beside)
        else:
            self._show_turn(other, self.session.go_below(other.id))

    def _forked(self) -> Turn | None:
        """The turn that is selected; without one, the last of the branch that others stand beside."""
        selected = self.selected_turn()
        if selected is not None:
            return selected
        branch = self.session.conversation.branch()
        return next((turn for turn in reversed(branch) if len(self._siblings(turn)) > 1), None)

    def on_transcript_view_mark_clicked(self, event: TranscriptView.MarkClicked) -> None:
        from kotae import tree

        conversation = self.session.conversation
        turn = conversation.turns.get(event.question_id.removesuffix("?"))
        if turn is None or self.taken():
            return
        other = tree.version_beside(conversation, turn, event.step)
        if other is None:
            self.say(self.text.conversations.nothing_beside)
        else:
            self._show_turn(other, self.session.go_below(other.id))

    def action_continue_here(self) -> None:
        """Makes the answer on view the one that the next question continues."""
        turn, text = self.turn_on_view(), self.text.conversations
        if self.taken():
            return
        if turn is None or not turn.answer:
            self.say(text.nothing_to_go_on_from if turn is None else text.no_answer_here)
            return
        trouble = self.session.go_to(turn.id)
        self._show_turn(turn, trouble)
        self.prompt.focus()
        if not trouble:
            self.say(text.goes_on_here, "✓", "$success")

    def action_followed(self) -> None:
        """Goes on to what was asked after the answer on view."""
        turn = self.turn_on_view()
        if self.taken():
            return
        from kotae import tree

        conversation = self.session.conversation
        if turn is None or not tree.following(conversation, turn.id):
            self.say(self.text.conversations.nothing_follows)
            return
        trouble = self.session.go_below(turn.id)
        self._show_turn(self.session.conversation.turns[self.session.conversation.head or turn.id], trouble)

    def _show_turn(self, turn: Turn, trouble: str = "", words: str = "") -> None:
        """Shows the branch that was gone to, with the answer of a turn of it selected, where it holds `words`."""
        self.show_branch(turn.id, words)
        if trouble:
            self.notify(
                self.text.conversations.not_recorded.format(reason=self.text.told(trouble)),
                severity="warning",
                timeout=10,
                markup=False,
            )
