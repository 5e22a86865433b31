"""The chat's answers: stopping one, asking again, copying, looking behind it, going from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.chat_tree import ChatTree

if TYPE_CHECKING:
    from tui.transcript.view import TranscriptView
    from tui.widgets.passage import PassageCard


class ChatAnswers(ChatTree):
    """What keys and messages do with answers."""

    def action_stop(self) -> None:
        if self.answering.stop() or self.give_up_edit():
            return
        if self.prompt.has_focus:
            self.unselect()
        self.prompt.focus()

    def action_retry(self) -> None:
        turn = self.turn_on_view()
        if self.taken():
            return
        if turn is None:
            self.say(self.text.nothing_to_retry)
        else:
            if self.prompt.value == turn.question:
                self.prompt.clear_text()
            self.load_again()
            self.run_worker(self.answering.retry(turn, self.backend), group="answers", exit_on_error=False)

    def action_query(self) -> None:
        """Shows the query of the answer on view; its backend is asked again with what it is made."""
        turn = self.turn_on_view()
        if self.taken():
            return
        if turn is None or turn.rewrite is None or self.as_seen(turn) is not turn:
            self.say(self.text.nothing_to_retry if turn is None else self.text.nothing_searched)
            return
        from tui.screens.query import QueryScreen

        def ask_again(query: str | None) -> None:
            if query is not None and not self.taken():
                asking = self.answering.retry(turn, turn.backend, query)
                self.run_worker(asking, group="answers", exit_on_error=False)

        self.app.push_screen(QueryScreen(turn.question, turn.rewrite, turn.backend, self.text), ask_again)

    def on_query_card_opened(self) -> None:
        self.action_query()

    def action_case(self) -> None:
        """Keeps the question of the answer on view, with its history, to be asked again after a change."""
        turn = self.turn_on_view()
        if turn is None or not turn.answer:
            self.say(self.text.nothing_to_keep)
            return
        from kotae import paths
        from kotae.errors import KotaeError
        from kotae.evaluation.cases import case_of, keep

        file = paths.cases_file()
        try:
            fresh = keep(file, case_of(self.session.conversation, turn), turn)
        except KotaeError as error:
            self.notify(self.text.error(error), severity="error", timeout=10, markup=False)
            return
        self.say(self.text.case_kept.format(path=file) if fresh else self.text.case_there, "✓", "$success")

    async def action_inspector(self) -> None:
        await self.toggle_inspector()

    def on_passage_card_opened(self, event: PassageCard.Opened) -> None:
        from tui.screens.source import SourceScreen

        self.app.push_screen(SourceScreen(event.passage, self.text))

    def on_transcript_view_answer_selected(self) -> None:
        self.state_changed()

    def on_transcript_view_link_clicked(self, event: TranscriptView.LinkClicked) -> None:
        self.app.open_url(event.url)

    def action_next_answer(self) -> None:
        self.step_answer(1)

    def action_previous_answer(self) -> None:
        self.step_answer(-1)

    def action_scroll_page(self, direction: int) -> None:
        self.scroll_transcript(direction, whole=False)

    def action_scroll_ends(self, direction: int) -> None:
        self.scroll_transcript(direction, whole=True)
