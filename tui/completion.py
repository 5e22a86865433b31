"""What the word before the cursor may become: slash commands, their arguments, pages of the manual. No screen in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from tui.actions import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kotae.commands import Command
    from tui.strings import Strings

Kind = Literal["command", "argument", "page"]
_PAGE = re.compile(r'(?:^|(?<=[\s(（「、。]))@("[^"\n]*|[^\s"@]*)$')
"""The beginning of a reference to a page, at the end of what is before the cursor."""


class Candidate(msgspec.Struct, frozen=True):
    """One thing that a word may become."""

    text: str
    """What stands in place of the word then."""
    label: str
    does: str = ""
    more: bool = False
    """Whether something has to follow: a command that takes an argument."""


class Word(msgspec.Struct, frozen=True):
    """The word that is completed: where it begins in its line, and what there is of it."""

    kind: Kind
    start: int
    typed: str
    command: str = ""
    """The command that it is the argument of."""


class SlashCommand(msgspec.Struct, frozen=True):
    """A slash command, Kotae's own or a plugin's."""

    name: str
    does: str
    argument: str = ""
    plugin: Command | None = None
    """None for one of Kotae's own."""


class Arguments(Protocol):
    """Gives what an argument of a command may be, and what that is."""

    def __call__(self, command: str) -> Iterable[tuple[str, str]]: ...


def slash_commands(text: Strings, plugins: Iterable[Command] = ()) -> list[SlashCommand]:
    """All slash commands, Kotae's own first; of two with one name the first counts."""
    found: dict[str, SlashCommand] = {}
    for action in ACTIONS:
        if action.slash:
            found.setdefault(
                action.slash, SlashCommand(action.slash, text.keys[action.name], action.argument)
            )
    for command in plugins:
        does = (command.help_ja if text.lang == "ja" else "") or command.help
        found.setdefault(command.name, SlashCommand(command.name, does, command.argument, command))
    return list(found.values())


def word_at(before: str, *, first_line: bool = True) -> Word | None:
    """The word at the end of `before`, the line up to the cursor, if it is one that can be completed."""
    if first_line and before.startswith("/"):
        name, blank, argument = before[1:].partition(" ")
        if not blank:
            return Word("command", 0, name.lower()) if name == "" or name.isalpha() else None
        return Word("argument", len(name) + 2, argument.lstrip(), name.lower()) if name.isalpha() else None
    if (found := _PAGE.search(before)) is not None:
        return Word("page", found.start(), found[1].lstrip('"'))
    return None


def offered(word: Word, commands: Sequence[SlashCommand], arguments: Arguments) -> list[Candidate]:
    """What a command or an argument may become; pages are looked up elsewhere."""
    if word.kind == "command":
        return [
            Candidate(
                f"/{command.name}{' ' if command.argument else ''}",
                f"/{command.name} {command.argument}".rstrip(),
                command.does,
                more=bool(command.argument),
            )
            for command in commands
            if command.name.startswith(word.typed)
        ]
    if word.kind == "argument":
        wanted = word.typed.casefold()
        found = [(value, does) for value, does in arguments(word.command) if wanted in value.casefold()]
        found.sort(key=lambda item: not item[0].casefold().startswith(wanted))
        return [Candidate(value, value, does) for value, does in found if value != word.typed]
    return []


def told(word: Word, commands: Sequence[SlashCommand]) -> SlashCommand | None:
    """The command whose argument is typed, so that its help can be shown where nothing can be offered."""
    if word.kind != "argument":
        return None
    return next((command for command in commands if command.name == word.command), None)
