"""The group of sub-commands, each imported when it is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

from kotae import __version__

if TYPE_CHECKING:
    from pathlib import Path

_COMMANDS = {
    "chat": "Chat in the terminal. What `kotae` alone does.",
    "ask": "Ask one question and print the answer.",
    "index": "Build or update the index of a manual.",
    "search": "Search an index, as the rag backend does.",
    "check": "Hold answers against their context.",
    "transcript": "List, search, show, export and replay conversations.",
    "serve": "Chat in a browser.",
    "eval": "Ask question sets, score answers, compare backends.",
    "tune": "Check rows to train on, reckon what training costs, train, look back at it.",
    "models": "List or fetch the embedded models.",
    "plugins": "List the plugins and their hooks.",
    "doctor": "Say what works here, and what to do about what does not.",
}


class LazyGroup(click.Group):
    """Knows its commands' names and one-line helps without importing them; plugins' commands are asked for last."""

    _plugins_asked = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._ask_plugins(ctx)
        return [*_COMMANDS, *(name for name in super().list_commands(ctx) if name not in _COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _COMMANDS:
            command: click.Command = importlib.import_module(f"kotae.cli.{cmd_name}").command
            return command
        self._ask_plugins(ctx)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            if (text := _COMMANDS.get(name)) is None:
                found = self.get_command(ctx, name)
                text = found.get_short_help_str() if found is not None else ""
            rows.append((name, text))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # `kotae --backend rag` is `kotae chat --backend rag`: options that the group doesn't know are the chat's.
        own = {option for param in self.get_params(ctx) for option in param.opts}
        place = 0
        while place < len(args) and args[place].split("=")[0] in own:
            takes_value = args[place] == "--settings"
            place += 2 if takes_value else 1
        asks_help = any(arg in ("--help", "--version") for arg in args[:place])
        if not asks_help and (place >= len(args) or args[place].startswith("-")):
            args = [*args[:place], "chat", *args[place:]]
        return super().parse_args(ctx, args)

    def _ask_plugins(self, ctx: click.Context) -> None:
        if self._plugins_asked:
            return
        self._plugins_asked = True
        from kotae.cli.installed import others_plugins_installed

        if not others_plugins_installed():
            return  # the bundled plugins add no commands; don't import them for a help page
        from kotae.cli.compose import load_plugins
        from kotae.cli.terminal import report
        from kotae.errors import KotaeError

        try:
            settings = settings_of(ctx)
        except KotaeError as error:  # which plugins are off is not known, but help is what may be needed now
            report(f"kotae: plugins' commands are left out. {error}")
            return
        load_plugins(settings, report).register_cli(self)


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="kotae")
@click.option(
    "--settings",
    "settings_file",
    metavar="FILE",
    is_eager=True,  # the help page lists plugins' commands, and which plugins are off stands there
    help="Settings file in place of the default one.",
)
@click.option("--debug", is_flag=True, help="Write tracebacks and details to the log file.")
def cli(settings_file: str | None, debug: bool) -> None:  # noqa: ARG001 - see named_settings
    """Ask once, hear every backend, see what each one made up.

    Without a command, `kotae` opens the chat.
    """
    from kotae.cli.logs import start_logging

    start_logging(debug=debug)


def settings_of(ctx: click.Context, overrides: dict[str, Any] | None = None) -> Any:
    """The settings as the command line leaves them. Raises SettingsError."""
    from kotae.settings import load

    return load(overrides, file=named_settings(ctx))


def named_settings(ctx: click.Context) -> Path | None:
    """The file that `--settings` names. It wins over `KOTAE_SETTINGS`, and that over the default one."""
    from pathlib import Path

    named = ctx.find_root().params.get("settings_file")
    return Path(named).expanduser() if named else None
