"""One setting: its name, a field, and below it what is wrong or who has set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Select, Static, TextArea

from tui.plain import one_line, safe_lines
from tui.setting_fields import parsed, written

if TYPE_CHECKING:
    from typing import Any

    from textual.app import ComposeResult

    from tui.setting_fields import Field
    from tui.strings import Strings


class SettingRow(Vertical):
    """Two lines at most, but for a text of several. A value that is set elsewhere can't be changed here."""

    def __init__(self, field: Field, value: Any, text: Strings, fixed: str = "") -> None:
        """`fixed` says who has set it, where that wins over the file."""
        super().__init__()
        self.field = field
        self.at_first = written(value)
        self._text = text
        self._fixed = fixed
        self._problem = ""

    def compose(self) -> ComposeResult:
        text, field, shown = self._text.settings, self.field, safe_lines(self.at_first)
        with Horizontal():
            yield Static(Content(text.labels[field.name]), markup=False, classes="label")
            empty = text.empty.get(field.name, "")
            if field.kind == "choice":
                choices = [(one_line(label), value) for label, value in field.choices]
                if self.at_first not in (value for _, value in choices):
                    choices.append((one_line(self.at_first), self.at_first))
                yield Select(
                    choices, value=self.at_first, allow_blank=False, compact=True, disabled=self.fixed
                )
            elif field.kind == "lines":
                yield TextArea(
                    shown,
                    placeholder=empty,
                    compact=True,
                    tab_behavior="focus",
                    highlight_cursor_line=False,
                    disabled=self.fixed,
                )
            else:
                yield Input(one_line(shown), placeholder=empty, compact=True, disabled=self.fixed)
            if field.restart:
                yield Static(Content(f" {text.restart}"), markup=False, classes="restart")
        said = Static(Content(self._fixed), markup=False, classes="said")
        said.display = self.fixed
        yield said

    @property
    def fixed(self) -> bool:
        """Whether the value is set where it wins over the file."""
        return bool(self._fixed)

    @property
    def typed(self) -> str:
        """What stands in the field."""
        if self.field.kind == "choice":
            return str(self.query_one(Select).value)
        return self.query_one(TextArea).text if self.field.kind == "lines" else self.query_one(Input).value

    @property
    def changed(self) -> bool:
        """Whether it is another value than at first; never before there is a field."""
        if not self.query("Input, Select, TextArea"):
            return False
        shown = safe_lines(self.at_first)
        return not self.fixed and self.typed != (shown if self.field.kind == "lines" else one_line(shown))

    def read(self) -> tuple[Any, str]:
        """The value that was typed, and what is wrong with it; the latter is shown, too."""
        value, problem = parsed(self.field, self.typed, self._text)
        problem = problem if self.changed else ""
        if problem != self._problem:  # each time it is said anew, the whole screen is laid out again
            self._problem = problem
            said = self.query_one(".said", Static)
            said.update(Content(problem or self._fixed))
            said.display = bool(problem) or self.fixed
            said.set_class(bool(problem), "problem")
        return value, problem

    def settle(self) -> None:
        """What stands in the field is saved."""
        self.at_first = self.typed

    def take_focus(self) -> None:
        """Puts the cursor into the field."""
        self.query("Input, Select, TextArea").first().focus()

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self) -> None:
        self.read()
