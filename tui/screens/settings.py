"""The settings, to be changed and written into their file."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from kotae.errors import SettingsError
from tui.plain import one_line
from tui.setting_fields import fields, value
from tui.widgets.dialog_line import DialogLine
from tui.widgets.setting import SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from textual.app import ComposeResult
    from textual.widget import Widget

    from kotae.settings import Settings
    from kotae.settings_file import Key, Origin, SettingsFile
    from tui.setting_fields import Field
    from tui.strings import Strings


class SettingsScreen(ModalScreen[None]):
    """Ctrl+S saves, Esc closes. What is saved is given to `adopt` at once."""

    CSS_PATH = "../styles/settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+s", "save", show=False, priority=True),
    ]

    def __init__(
        self, settings: Settings, file: SettingsFile, text: Strings, adopt: Callable[[Settings], None]
    ) -> None:
        super().__init__()
        self._settings = settings
        self._file = file
        self._text = text
        self._adopt = adopt
        self._warned = False
        self._rest: list[list[Widget]] = []
        """What is not mounted yet."""

    def compose(self) -> ComposeResult:
        text = self._text.settings
        try:
            origins, trouble = self._file.origins(), ""
        except SettingsError as error:
            origins, trouble = {}, text.unreadable.format(reason=self._text.error(error))
        with VerticalScroll(id="settings") as box:
            box.border_title = Content(text.title)
            box.border_subtitle = Content(_shown(self._file.path))
            box.can_focus = False
            found = fields(self._settings, sorted(self.app.available_themes), self._text)
            self._rest = [self._section(name, below, origins) for name, below in found.items()]
            yield from self._rest.pop(0)
            yield Button(Content(text.save), compact=True, id="save")
        yield DialogLine(trouble or text.keys)

    def _section(self, name: str, found: list[Field], origins: Mapping[Key, Origin]) -> list[Widget]:
        """A heading, and the fields below it."""
        text = self._text.settings
        heading = text.general
        if name:
            kind = self._settings.backends[name].kind
            heading = text.backend.format(name=one_line(name), kind=one_line(kind))
        made: list[Widget] = [
            Static(Content.styled(heading, "bold $primary"), markup=False, classes="heading")
        ]
        for field in found:
            fixed = self._fixed(field.key, origins)
            made.append(SettingRow(field, value(self._settings, field.key), self._text, fixed))
        return made

    async def _mount_rest(self) -> None:
        """Adds one backend after the other, so that many of them hold up no key."""
        box, save = self.query_one("#settings"), self.query_one("#save")
        while self._rest:
            await box.mount(*self._rest.pop(0), before=save)
            await asyncio.sleep(0)

    def _fixed(self, key: Key, origins: Mapping[Key, Origin]) -> str:
        text, origin = self._text.settings, origins.get(key, "default")
        if origin == "environment":
            return text.from_environment.format(variable=one_line(f"KOTAE_{'__'.join(key).upper()}"))
        return text.from_option if origin == "option" else ""

    def on_mount(self) -> None:
        next((row for row in self._rows if not row.fixed), self._rows[0]).take_focus()
        self.run_worker(self._mount_rest(), exit_on_error=False)

    @property
    def _rows(self) -> list[SettingRow]:
        return list(self.query(SettingRow))

    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#save")
    def _pressed(self) -> None:
        self.action_save()

    def action_leave(self) -> None:
        """Closes the screen; what is not saved is said once."""
        if any(row.changed for row in self._rows) and not self._warned:
            self._warned = True
            self._say(self._text.settings.unsaved, "$warning")
        else:
            self.dismiss()

    def action_save(self) -> None:
        """Writes what was changed into the file; nothing while anything of it is wrong."""
        text, self._warned = self._text.settings, False
        changed = [row for row in self._rows if row.changed]
        changes: dict[Key, Any] = {}
        wrong: list[SettingRow] = []
        for row in changed:
            changes[row.field.key], problem = row.read()
            if problem:
                wrong.append(row)
        if wrong:
            wrong[0].take_focus()
            self._say(text.to_correct.format(count=len(wrong)), "$error")
            return
        if not changes:
            self._say(text.nothing_changed, "$muted")
            return
        try:
            settings = self._file.save(changes)
        except SettingsError as error:
            self._say(self._text.error(error), "$error")
            return
        for row in changed:
            row.settle()
        self._adopt(settings)
        late = [text.labels[row.field.name] for row in changed if row.field.restart]
        said = text.saved_restart if late else text.saved
        self._say(said.format(path=_shown(self._file.path), names=", ".join(late)), "$success")

    def _say(self, words: str, style: str) -> None:
        self.query_one(DialogLine).update(Content.styled(one_line(words), style))


def _shown(path: Path) -> str:
    """A path as people write it."""
    with suppress(ValueError, RuntimeError):
        return one_line(str(Path("~") / path.relative_to(Path.home())))
    return one_line(str(path))
