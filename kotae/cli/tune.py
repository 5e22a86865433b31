"""`kotae tune`: rows to train on, looked at before anybody pays for training."""

from __future__ import annotations

import click

from kotae.cli.lazy import LazyCommands, require

_COMMANDS = {
    "lint": "Say what is wrong with rows to train on, and what to do.",
    "split": "Divide rows into those to train on and those to test with.",
    "estimate": "Reckon tokens, price, and from when on training pays.",
    "run": "Train, here or by a service, follow it, and add what comes of it as a backend.",
    "status": "List what was trained, what it cost, and how well it did.",
}


@click.group("tune", cls=LazyCommands, helps=_COMMANDS)
def command() -> None:
    """Find out whether rows are worth training on before anybody pays for it."""
    require(
        "Tuning", ("datasketch", "detect_secrets", "jinja2", "phonenumbers", "stdnum", "transformers"), "tune"
    )
