"""Options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kotae.plain import encodable
from kotae.settings import Settings

OVERRIDES = "kotae.overrides"
"""Under this name the context keeps what the command line sets, nested like the settings file."""
F = TypeVar("F", bound=Callable[..., Any])


def backend_options(function: F) -> F:
    """`--backend --model --base-url --manual --index`."""
    for option in reversed(
        (
            click.option(
                "--backend", metavar="NAME", help="The backend that answers, as in the settings' tables."
            ),
            click.option("--model", metavar="NAME", help="The model's name on the server."),
            click.option(
                "--base-url",
                metavar="URL",
                help="An OpenAI-compatible server; `embedded` for the model in the box.",
            ),
            click.option(
                "--manual", metavar="SOURCE", help="The manual: a folder, a page or a JSONL corpus."
            ),
            click.option("--index", metavar="DIR", help="An index made with `kotae index`."),
        )
    ):
        function = option(function)
    return function


def question_from(argument: str | None) -> str:
    """The question given as an argument, or on stdin where there is none or it is `-`.

    Bytes that are no text in the user's locale are U+FFFD, so that the question can be sent, kept and printed.

    Raises:
        click.UsageError: there is no question.
    """
    if argument is None or argument == "-":
        argument = sys.stdin.buffer.read().decode(sys.stdin.encoding, "replace")
    question = encodable(argument).strip()
    if not question:
        raise click.UsageError("There is no question: give one as an argument or on stdin.")
    return question


def transcripts_folder(settings: Settings) -> Path:
    """Where transcripts are kept: where `--record` or the settings say, else in the platform's folder."""
    from kotae import paths

    return Path(settings.chat.record).expanduser() if settings.chat.record else paths.transcripts_dir()


def settings_with(
    ctx: click.Context,
    *,
    backend: str | None,
    model: str | None,
    base_url: str | None,
    manual: str | None = None,
    index: str | None = None,
    more: dict[str, Any] | None = None,
) -> Settings:
    """The settings with the shared options applied.

    `--base-url` holds for every table of the settings, whatever its kind. So does `--model`, but for fine-tuned ones: their model
    is another by nature, unless the fine-tuned one is the backend that was asked for.

    Raises:
        SettingsError: the settings can't be used, or there is no such backend.
    """
    from kotae.cli.group import settings_of
    from kotae.cli.installed import others_plugins_installed
    from kotae.errors import SettingsError

    settings: Settings = settings_of(ctx)
    chosen = backend or settings.chat.backend
    tables: dict[str, dict[str, Any]] = {}
    for name, table in settings.backends.items():
        takes_model = table.kind != "finetuned" or name == chosen
        tables[name] = {"base_url": base_url, "model": model if takes_model else None}
    overrides: dict[str, Any] = {
        "chat": {"backend": backend},
        "backends": tables,
        "retrieval": {"manual": manual, "index": index},
    }
    for key, values in (more or {}).items():
        overrides.setdefault(key, {}).update(values)
    settings = settings_of(ctx, overrides)
    ctx.meta[OVERRIDES] = overrides
    if backend and backend not in settings.backends and not others_plugins_installed():
        raise SettingsError(
            f"There is no backend {backend!r}.", f"Choose one of: {', '.join(settings.backends)}."
        )
    return settings
