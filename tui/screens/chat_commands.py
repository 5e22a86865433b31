"""The chat's commands: what is offered while one is typed, and what it does; pages of the manual that a question names."""

from __future__ import annotations

import logging
from inspect import isawaitable
from typing import TYPE_CHECKING, cast

from textual import on

from tui.actions import ACTIONS, Slash
from tui.completion import Candidate, SlashCommand, slash_commands
from tui.plain import one_line
from tui.screens.chat_layout import ChatLayout
from tui.widgets.completions import Completions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kotae.commands import Command
    from kotae.engine import Engine
    from kotae.events import Progress

_log = logging.getLogger(__name__)
_OFFERED = 50
"""Pages that are offered at once."""


class ChatCommands(ChatLayout):
    """What slash commands and the list above the prompt do."""

    def complete(self) -> None:
        """Adds what the first frame does without: the lines above the prompt."""
        super().complete()
        completions = Completions(self.text, slash_commands(self.text), self._arguments)
        self.mount(completions, before=self.prompt)
        self.prompt.completions = completions

    def take_commands(self, engine: Engine) -> None:
        """The commands of plugins can be had from now on."""
        taken = {action.slash for action in ACTIONS}
        for command in engine.commands:
            if command.name in taken:
                self.notify(
                    self.text.commands.name_taken.format(name=command.name), severity="warning", markup=False
                )
        completions = self.prompt.completions
        if completions is not None:
            completions.commands = slash_commands(self.text, engine.commands)
            if completions.word is not None and completions.word.kind == "page":
                self.run_worker(
                    self._offer_pages(completions.word.typed),
                    group="pages",
                    exclusive=True,
                    exit_on_error=False,
                )

    @property
    def commands(self) -> list[SlashCommand]:
        """All slash commands there are now."""
        engine = self.session.engine
        return slash_commands(self.text, engine.commands if engine is not None else ())

    async def run_slash(self, slash: Slash) -> None:
        """Does what a slash command says; one that there is none of stays in the prompt."""
        command = next((known for known in self.commands if known.name == slash.name), None)
        if command is None:
            self.say(self.text.unknown_command.format(name=f"/{slash.name}"))
            return
        self.prompt.clear_text()
        if command.plugin is not None:
            self.run_plugin_command(command.plugin, slash.argument)
            return
        action = next(action for action in ACTIONS if action.slash == slash.name)
        if action.argument:
            done = getattr(self, f"slash_{action.name}")(slash.argument)
            if isawaitable(done):
                await done
        else:
            await self.run_action(action.name)

    def run_plugin_command(self, command: Command, argument: str = "") -> None:
        """Runs a command of a plugin beside everything else, and shows what it gives."""

        async def run() -> None:
            said = command.run(argument, self.session.conversation)
            if isawaitable(said):
                said = await said
            if said and said.strip():
                (await self.show_feed()).note(said, "info")

        self.run_worker(run(), group="commands", exit_on_error=False)

    # -- arguments ----------------------------------------------------------------------------------------------------

    def _arguments(self, command: str) -> Iterable[tuple[str, str]]:
        """What may follow a command: an action `NAME` has a method `arguments_NAME` where that can be said."""
        action = next((action for action in ACTIONS if action.slash == command), None)
        given = getattr(self, f"arguments_{action.name}", None) if action is not None else None
        return cast("Iterable[tuple[str, str]]", given()) if given is not None else ()

    def arguments_backend(self) -> Iterator[tuple[str, str]]:
        """The backends, and what kind each is of."""
        engine = self.session.engine
        for name in self.backends:
            table = self.settings.backends.get(name)
            kind = engine.backends[name].kind if engine is not None and name in engine.backends else ""
            kind = kind or (table.kind if table is not None else "")
            yield name, self.text.commands.backend_kinds.format(kind=kind)

    def arguments_theme(self) -> Iterator[tuple[str, str]]:
        """The themes."""
        for name in sorted(self.app.available_themes):
            yield name, self.text.commands.theme_now if name == self.app.theme else ""

    def slash_theme(self, name: str) -> None:
        """Changes the theme at once; by its name, or by what only one begins with."""
        known = self.app.available_themes
        begin = [theme for theme in known if theme.startswith(name)] if name else []
        chosen = begin[0] if name not in known and len(begin) == 1 else name
        if chosen in known:
            self.app.theme = chosen
        else:
            self.say(self.text.commands.no_theme.format(name=name, names=", ".join(sorted(known))))

    # -- pages --------------------------------------------------------------------------------------------------------

    @on(Completions.Clicked)
    def _candidate_clicked(self) -> None:
        self.prompt.take_candidate()
        self.prompt.focus()

    @on(Completions.Wanted)
    def _pages_wanted(self, event: Completions.Wanted) -> None:
        self.run_worker(self._offer_pages(event.typed), group="pages", exclusive=True, exit_on_error=False)

    async def _offer_pages(self, typed: str) -> None:
        from kotae.backend import Paged
        from kotae.mentions import reference

        texts, completions, engine = self.text.commands, self.prompt.completions, self.session.engine
        if completions is None:
            return
        manual = engine.manual if engine is not None else None
        if manual is None or not isinstance(manual, Paged):
            completions.show_pages(typed, [], texts.pages_read if engine is None else texts.pages_unlisted)
            if engine is not None:
                completions.done(typed)
            return
        if not completions.candidates:
            completions.show_pages(typed, [], texts.pages_read)

        from kotae.pace import Pace
        from tui.feed import progress

        pace = Pace()

        def tell(event: Progress) -> None:
            completions.show_pages(typed, [], progress(event, self.text, pace))

        try:
            found = await manual.pages(typed, _OFFERED, tell)
        except Exception as error:
            _log.warning("listing the manual's pages: %r", error)
            completions.show_pages(
                typed, [], texts.pages_failed.format(reason=one_line(self.text.error(error)))
            )
            completions.done(typed)
            return
        pages = [Candidate(f"{reference(page.document)} ", page.document, page.title) for page in found]
        completions.show_pages(typed, pages, "" if pages else texts.no_page_named.format(typed=typed))
        if completions.done(typed):
            self.prompt.take_candidate()
