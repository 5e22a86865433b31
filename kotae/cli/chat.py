"""`kotae chat`: the terminal program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from kotae.cli.options import OVERRIDES, backend_options, settings_with


@click.command("chat")
@backend_options
@click.option(
    "--record",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for transcripts.",
)
@click.option(
    "--resume",
    metavar="ID",
    is_flag=False,
    flag_value="last",
    help="Go on with a conversation: its id, a file, or `last`.",
)
@click.option("--theme", metavar="NAME", help="Colour theme.")
@click.option("--lang", type=click.Choice(["en", "ja"]), help="Language of the screen.")
@click.pass_context
def command(
    ctx: click.Context,
    backend: str | None,
    model: str | None,
    base_url: str | None,
    manual: str | None,
    index: str | None,
    record: Path | None,
    resume: str | None,
    theme: str | None,
    lang: str | None,
) -> int:
    """Chat in the terminal with every backend.

    The transcript of each conversation is kept as one file; `--record` says where.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("The chat needs a terminal. For scripts there is `kotae ask`.")
    from kotae import paths
    from kotae.language import screen_language

    chosen: dict[str, Any] = {"theme": theme, "lang": lang, "record": str(record) if record else None}
    settings = settings_with(
        ctx,
        backend=backend,
        model=model,
        base_url=base_url,
        manual=manual,
        index=index,
        more={"chat": chosen},
    )
    transcripts = Path(settings.chat.record).expanduser() if settings.chat.record else paths.transcripts_dir()
    resumed = None
    if resume is not None:
        from kotae.transcripts.read import find

        resumed = find(transcripts, resume)

    from kotae.cli.group import named_settings
    from kotae.settings import file_of
    from kotae.settings_file import SettingsFile
    from tui.app import KotaeApp

    def load_engine(report: Any) -> Any:
        from kotae.cli.compose import load_engine as load

        return load(settings, report)

    app = KotaeApp(
        settings,
        load_engine=load_engine,
        transcripts=transcripts,
        backend=settings.chat.backend,
        resume=resumed,
        lang=screen_language(settings.chat.lang),
        settings_file=SettingsFile(file_of(named_settings(ctx)), ctx.meta[OVERRIDES]),
    )
    app.run()
    return app.return_code or 0
