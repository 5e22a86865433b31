"""`kotae transcript`: what can be done with recorded conversations."""

from __future__ import annotations

import click

from kotae.cli import replay


@click.group("transcript", short_help="Play recorded conversations.")
def command() -> None:
    """Recorded conversations."""


command.add_command(replay.command)
