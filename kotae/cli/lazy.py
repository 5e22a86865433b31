"""Groups whose sub-commands are imported when they are used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import click

from kotae.errors import KotaeError


class LazyCommands(click.Group):
    """Knows its commands' names and one-line helps without importing them: `kotae x y` is `command` of `kotae.cli.x_y`.

    Args:
        helps: the commands' helps, by name.
    """

    def __init__(self, *args: Any, helps: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._helps = helps

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self._helps)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in self._helps:
            return None
        command: click.Command = importlib.import_module(f"kotae.cli.{self.name}_{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(self._helps.items()))


def require(what: str, modules: Sequence[str], extra: str) -> None:
    """Raises KotaeError where modules of an extra are not installed, naming them."""
    if absent := [name for name in modules if find_spec(name) is None]:
        raise KotaeError(
            f"{what} needs packages that are not installed: {', '.join(absent)}.",
            f"Install Kotae with the extra `{extra}`: pipx install 'kotae[{extra}]'.",
        )
