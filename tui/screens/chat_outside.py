"""What the chat gives away: to the clipboard, to the user's editor and pager."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.content import Content

from kotae.errors import KotaeError
from tui import clipboard, outside
from tui.plain import one_line
from tui.screens.chat_layout import ChatLayout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kotae.conversation import Turn

_MOST = 50
"""Code blocks to choose from."""


class ChatOutside(ChatLayout):
    """Copying, and programs outside."""

    def action_copy(self) -> None:
        self._copy(self._answer()[1], self.text.copied)

    def action_copy_exchange(self) -> None:
        turn, answer = self._answer()
        words = ""
        if turn is not None and answer:
            words = clipboard.exchange(self.as_seen(turn), answer, self.text.commands.question)
        self._copy(words, self.text.commands.exchange_copied)

    def action_copy_code(self) -> None:
        """Copies the code block of the answer on view; which one is asked when there are several."""
        turn, texts = self.turn_on_view(), self.text.commands
        answer = self.shown_answer(turn.id) if turn is not None else ""
        blocks = clipboard.code_blocks(answer)[:_MOST]
        if not answer or len(blocks) == 1:
            self._copy(blocks[0][1] if blocks else "", texts.code_copied)
            return
        if not blocks:
            self.say(texts.no_code)
            return
        from tui.screens.choice import ChoiceScreen

        def chosen(place: int | None) -> None:
            if place is not None:
                self._copy(blocks[place][1], texts.code_copied)

        choices = [self._choice(place, *block) for place, block in enumerate(blocks, 1)]
        keys = f"{texts.code_keys} · {self.text.close_hint}"
        self.app.push_screen(ChoiceScreen(texts.choose_code, keys, choices), chosen)

    def _choice(self, place: int, language: str, code: str) -> Content:
        lines = code.strip("\n").split("\n")
        first = next(line for line in lines if line.strip())
        texts = self.text.commands
        counted = texts.line_one if len(lines) == 1 else texts.lines.format(count=len(lines))
        said = " · ".join(filter(None, (one_line(language), counted)))
        # No colours: the chosen row has its own, in which a muted one could not be read.
        return Content(f"{place}  {one_line(first)[:200]}  ({said})")

    def arguments_copy_what(self) -> Iterator[tuple[str, str]]:
        """What there is to copy."""
        yield from self.text.commands.copies.items()

    def slash_copy_what(self, what: str) -> None:
        """Copies what is named; the answer when nothing is."""
        names = list(self.text.commands.copies)
        chosen = next((name for name in names if name.startswith(what.casefold())), None)
        if chosen is None:
            self.say(self.text.commands.what_to_copy.format(what=what, names=", ".join(names)))
        elif chosen == "code":
            self.action_copy_code()
        elif chosen == "all":
            self.action_copy_exchange()
        else:
            self.action_copy()

    def _copy(self, words: str, said: str) -> None:
        if words:
            clipboard.copy(self.app, words)
            self.say(said, "✓", "$success")
        else:
            self.say(self.text.nothing_to_copy)

    # -- programs -----------------------------------------------------------------------------------------------------

    def action_open_answer(self) -> None:
        """Shows the answer on view in the pager, or the editor where there is none; what is changed there is not taken back."""
        answer = self._answer()[1]
        if not answer:
            self.say(self.text.commands.nothing_to_open)
            return
        if program := self._program(("PAGER", "VISUAL", "EDITOR"), self.text.commands.no_pager):
            # What a model wrote is shown as it is shown here: a pager may hand control characters on.
            from tui.transcript.safe_text import visible_lines

            with outside.on_file(visible_lines(answer), "answer") as path:
                self._run(program, path)

    def action_edit_prompt(self) -> None:
        """Has what is typed edited in the editor, and takes it back."""
        texts = self.text.commands
        program = self._program(("VISUAL", "EDITOR"), texts.no_editor)
        if not program:
            return
        with outside.on_file(self.prompt.value, "question") as path:
            code = self._run(program, path)
            if code is None:
                return
            try:
                left = outside.text_left(path)
            except OSError as error:
                self.say(texts.no_program.format(program=program[0], reason=error.strerror or error))
                return
        if code:
            self.say(texts.program_failed.format(program=program[0], code=code))
        elif left is None:
            self.say(texts.edited_too_long.format(count=f"{outside.LONGEST:,}"))
        else:
            self.prompt.value = left
            self.prompt.focus()

    def _program(self, names: tuple[str, ...], none: str) -> list[str]:
        """The program that the environment names; empty when there is none to be run, which is said."""
        if (
            self.taken()
        ):  # nothing else happens while another program has the terminal, and answers would stall
            return []
        try:
            program = outside.command(os.environ, *names)
        except KotaeError as error:
            self.say(self.text.error(error))
            return []
        if not program:
            self.say(none)
        return program

    def _run(self, program: list[str], path: Path) -> int | None:
        """The exit code; None when it could not be run, which is said."""
        try:
            with self.app.suspend():
                code = outside.run(program, path)
        except SuspendNotSupported:
            self.say(self.text.commands.no_suspend)
            return None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.say(self.text.commands.no_program.format(program=program[0], reason=reason))
            return None
        self.app.refresh(layout=True)
        return code

    def _answer(self) -> tuple[Turn | None, str]:
        """The turn on view, and its answer as far as it has come and may be seen."""
        turn = self.turn_on_view()
        if turn is None:
            return None, ""
        answer = self.shown_answer(turn.id)
        if self.as_seen(turn) is turn:
            return turn, answer
        from tui.blind import uncited

        return turn, uncited(answer)
