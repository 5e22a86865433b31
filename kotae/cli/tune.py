"""`kotae tune`: rows to train on, what they are worth, and the training."""

from __future__ import annotations

import click

from kotae.cli.lazy import LazyCommands, require

_COMMANDS = {
    "build": "Make rows from a manual, from transcripts and from tickets.",
    "lint": "Say what is wrong with rows to train on, and what to do.",
    "split": "Divide rows into those to train on and those to test with.",
    "estimate": "Reckon tokens, price, and from when on training pays.",
    "run": "Train, here or by a service, follow it, and add what comes of it as a backend.",
    "status": "List what was trained, what it cost, and how well it did.",
}


@click.group("tune", cls=LazyCommands, helps=_COMMANDS)
def command() -> None:
    """Make rows to train on, find out whether they are worth it before anybody pays, train, and keep account of it."""
    require(
        "Tuning", ("datasketch", "detect_secrets", "jinja2", "phonenumbers", "stdnum", "transformers"), "tune"
    )
