"""The prompt: grows with its text, recalls earlier questions, folds long pastes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui.keymap import DEFAULT, Keymap
from tui.plain import safe_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

    from tui.widgets.completions import Completions

FOLD = 6_000
"""Characters from which a paste is folded: `TextArea` wraps a whole line anew at every key."""
_SHIFT_ENTER = "shift+\r"
"""How xterm's modifyOtherKeys, and tmux with it, say Shift+Enter."""
_CHOOSING = frozenset({"tab", "up", "down", "escape", "enter"})
_FOLDED = re.compile(r"\[#\d+ [^\]\n]*\]")


class Prompt(TextArea):
    """Enter sends; Ctrl+J, Alt+Enter and Shift+Enter break the line.

    Keys that an editor has but a prompt does better with for the conversation (paging, F6, F7, Ctrl+Y) are passed on to the screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "screen.scroll_page(-1)", show=False, id="scroll_page.0"),
        Binding("pagedown", "screen.scroll_page(1)", show=False, id="scroll_page.1"),
        Binding("alt+z", "redo", show=False),
    ]

    class Submitted(Message):
        """Enter was pressed; the prompt still holds the text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Edge(Message):
        """Up or Down was pressed where there is nothing further to recall."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(
        self,
        text: str,
        placeholder: str,
        folded: str,
        keymap: Keymap = DEFAULT,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        """
        Args:
            text: what stands in it at first.
            placeholder: shown while it is empty.
            folded: words for a folded paste, with `{count}`.
            keymap: says which keys send and break the line.
        """
        super().__init__(
            # The cursor stands on the blank, so that the words behind it are one run of text.
            placeholder=f" {placeholder}" if placeholder else "",
            compact=True,
            highlight_cursor_line=False,
            id=id,
        )
        self.match_cursor_bracket = False
        self._send_keys, self._newline_keys = keymap.keys("send"), keymap.keys("newline")
        keymap.follow(self)
        self.completions: Completions | None = None
        """What offers words while they are typed; the keys that choose one go there first."""
        self._folded_words = folded
        self._folds: dict[str, str] = {}
        self._asked: list[str] = []
        self._place = 0
        self._typed = ""
        self.passed_on: frozenset[str] = frozenset()
        """Keys that are the screen's while nothing is typed."""
        if text:
            self.value = text

    # -- text ---------------------------------------------------------------------------------------------------------

    @property
    def value(self) -> str:
        """The text, with folded pastes unfolded."""
        text = self.text
        return _FOLDED.sub(lambda match: self._folds.get(match[0], match[0]), text) if self._folds else text

    @value.setter
    def value(self, text: str) -> None:
        self.load_text(self._fold(safe_lines(text)))
        self.move_cursor(self.document.end)
        if (
            self.completions is not None
        ):  # what was not typed is not to be completed, and Up goes on recalling
            self.completions.close(self._before_cursor(), first_line=self.document.line_count == 1)

    def _fold(self, text: str) -> str:
        if len(text) < FOLD:
            return text
        for name, folded in self._folds.items():
            if folded == text:
                return name
        name = f"[#{len(self._folds) + 1} {self._folded_words.format(count=f'{len(text):,}')}]"
        self._folds[name] = text
        return name

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        if result := self._replace_via_keyboard(self._fold(safe_lines(event.text)), *self.selection):
            self.move_cursor(result.end_location)
            self.focus()

    # -- earlier questions --------------------------------------------------------------------------------------------

    def remember(self, questions: Iterable[str]) -> None:
        """Adds what Up recalls, oldest first."""
        for question in questions:
            if question and (not self._asked or self._asked[-1] != question):
                self._asked.append(question)
        self._place = len(self._asked)

    def remember_earlier(self, questions: Iterable[str]) -> None:
        """Adds what Up recalls after all that is there: what was asked before, oldest first."""
        there = set(self._asked)
        before = [question for question in questions if question not in there]
        self._asked[:0] = before
        self._place += len(before)

    def take(self, question: str) -> None:
        """Empties the prompt: `question` was sent, and can be recalled."""
        self.remember([question])
        self._typed = ""
        self.clear_text()

    def clear_text(self) -> None:
        """Empties the prompt."""
        self.load_text("")

    def give_back(self, question: str) -> bool:
        """Puts a question that was not answered back; False when the user has typed on, and Up recalls it."""
        self.remember([question])
        if self.text:
            return False
        self.value = question
        return True

    def action_cursor_up(self, select: bool = False) -> None:
        at_top = self.wrapped_document.location_to_offset(self.cursor_location).y == 0
        if select or not at_top:
            super().action_cursor_up(select)
        else:
            self._recall(-1)

    def action_cursor_down(self, select: bool = False) -> None:
        last = self.wrapped_document.height - 1
        if select or self.wrapped_document.location_to_offset(self.cursor_location).y < last:
            super().action_cursor_down(select)
        else:
            self._recall(1)

    def _recall(self, step: int) -> None:
        place = self._place + step
        if not 0 <= place <= len(self._asked):
            self.post_message(self.Edge(step))
            return
        if self._place == len(self._asked) or self.value != self._asked[self._place]:
            self._typed = self.value
        self._place = place
        self.value = self._asked[place] if place < len(self._asked) else self._typed

    # -- keys ---------------------------------------------------------------------------------------------------------

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Whether a key is typed rather than bound."""
        return not self._passes_on(key) and super().check_consume_key(key, character)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Left and Right do nothing here where they are passed on."""
        if action in ("cursor_left", "cursor_right") and self._passes_on(action.removeprefix("cursor_")):
            return False
        return super().check_action(action, parameters)

    def _passes_on(self, key: str) -> bool:
        return key in self.passed_on and not self.text

    async def _on_key(self, event: events.Key) -> None:
        key = "shift+enter" if event.key == _SHIFT_ENTER else event.key
        if self._passes_on(key):
            event.prevent_default()
        elif self._completes(key):
            event.stop()
            event.prevent_default()
        elif key in self._send_keys:
            event.stop()
            event.prevent_default()
            self.post_message(self.Submitted(self.value))
        elif key in self._newline_keys:
            event.stop()
            event.prevent_default()
            self._restart_blink()
            self._replace_via_keyboard("\n", *self.selection)

    # -- completion ---------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Has what is offered follow what stands before the cursor."""
        if self.completions is not None:
            self.completions.follow(self._before_cursor(), first_line=self.document.line_count == 1)

    def take_candidate(self) -> None:
        """Puts the candidate that is marked in place of the word before the cursor."""
        completions = self.completions
        if completions is None or completions.word is None or completions.marked is None:
            return
        candidate, word = completions.marked, completions.word
        row, column = self.cursor_location
        self.replace(candidate.text, (row, word.start), (row, column))
        self.move_cursor((row, word.start + len(candidate.text)))
        if candidate.more:
            self.follow()
        else:
            completions.close(self._before_cursor(), first_line=self.document.line_count == 1)

    def _before_cursor(self) -> str:
        row, column = self.cursor_location
        return self.document.get_line(row)[:column]

    def _completes(self, key: str) -> bool:
        """Whether a key was meant for what is offered; then it is done."""
        completions = self.completions
        if completions is None or not (key in _CHOOSING or key in self._send_keys):
            return False
        self.follow()
        if not completions.open:
            if key == "tab" and completions.pending:
                completions.awaited = True
                return True
            return key == "tab" and completions.word is not None and completions.word.kind == "command"
        if key in ("up", "down"):
            completions.move(-1 if key == "up" else 1)
        elif key == "escape":
            completions.close(self._before_cursor(), first_line=self.document.line_count == 1)
        elif key == "tab":
            self.take_candidate()
        else:
            return self._chosen(completions)
        return True

    def _chosen(self, completions: Completions) -> bool:
        """Enter with something offered: takes it, and runs a command that is complete then. False: what is typed is meant."""
        candidate, word = completions.marked, completions.word
        assert candidate is not None
        assert word is not None
        whole = word.kind == "command" and any(word.typed == known.name for known in completions.commands)
        if not completions.moved and (whole or word.kind == "argument"):
            return False
        self.take_candidate()
        if word.kind != "page" and not candidate.more:
            self.post_message(self.Submitted(self.value))
        return True
