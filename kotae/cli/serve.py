"""`kotae serve`: the chat in a browser."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from kotae.cli import chat
from kotae.cli.terminal import report
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN = (
    "WARNING: {where} is open to everyone who can reach this machine. There is no password: they can read and ask "
    "whatever you can, at your cost."
)


def _public_url(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    parts = urlsplit(value or "http://localhost")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise click.BadParameter("has to be an address such as https://kotae.example.org.", ctx, param)
    return value or ""


@click.command("serve", params=list(chat.command.params))
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any that is free."
)
@click.option(
    "--public-url",
    metavar="URL",
    callback=_public_url,
    help="Where browsers find it, behind a proxy that passes it on.",
)
@click.pass_context
def command(ctx: click.Context, /, host: str, port: int, public_url: str, **options: Any) -> int:
    """Chat in a browser: the same program, a process for each page that is open.

    It listens on this machine alone unless --host says otherwise. All options of `kotae chat` hold for every page.
    """
    try:
        import textual_serve  # noqa: F401
    except ImportError:
        raise KotaeError(
            "The chat in a browser needs the extra `serve`.", "Install it: pip install textual-serve."
        ) from None
    from kotae.cli.web_server import WebServer, is_loopback, listen, url_of
    from kotae.language import screen_language

    arranged = chat.arrange(ctx, **options)  # what is wrong is said here, not in each page
    listening = listen(host, port)
    where = public_url or url_of(listening)
    if not is_loopback(listening):
        click.secho(_OPEN.format(where=where), err=True, fg="red", bold=True)
    lang = screen_language(arranged.settings.chat.lang)
    server = WebServer(shell_command(ctx), listening, host=host, public_url=public_url, lang=lang)
    server.run(lambda: report(f"Kotae is at {where} (Ctrl+C ends it)."))
    return 0


def shell_command(ctx: click.Context) -> str:
    """The chat with the options of this command line, as a shell takes it: nothing in them is anything but text to it."""
    root = ctx.find_root()
    words = [sys.executable, "-P", "-c", "from kotae.cli import main; main()"]
    words += _given(root, {param.name or "": param for param in root.command.params})
    words += ["chat", *_given(ctx, {param.name or "": param for param in chat.command.params})]
    return f"exec {shlex.join(words)}"


def _given(ctx: click.Context, params: Mapping[str, click.Parameter]) -> list[str]:
    """The options that were given, with their values."""
    words = []
    for name, param in params.items():
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = param.opts[-1]
            plain = isinstance(param, click.Option) and param.is_flag
            words.append(option if plain else f"{option}={ctx.params[name]}")
    return words
