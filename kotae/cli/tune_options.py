"""Options that several commands of `kotae tune` have: in all of them the same name, and the same kind of value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
Option = Callable[[F], F]
PATH = click.Path(path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
COUNT = click.IntRange(1)
PRICE = click.FloatRange(0)
"""In any one currency: none is built in."""


def model_option(said: str, **more: Any) -> Option[Any]:
    """`--model NAME`."""
    return click.option("--model", metavar="NAME", help=said, **more)


def epochs_option(said: str, **more: Any) -> Option[Any]:
    """`--epochs N`."""
    return click.option("--epochs", metavar="N", type=COUNT, help=said, **more)


def seed_option(said: str, **more: Any) -> Option[Any]:
    """`--seed N`."""
    return click.option("--seed", metavar="N", type=int, help=said, **more)


def price_option(name: str, of: str, then: str = "", **more: Any) -> Option[Any]:
    """An option for a price per million tokens.

    Args:
        of: what is paid for.
        then: what else there is to say.
    """
    return click.option(
        name, metavar="P", type=PRICE, help=f"{of}, per million tokens. {then}".rstrip(), **more
    )


def force_option(said: str) -> Option[Any]:
    """`--force`."""
    return click.option("--force", is_flag=True, help=said)


def json_option(said: str) -> Option[Any]:
    """`--json`, passed on as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help=said)
