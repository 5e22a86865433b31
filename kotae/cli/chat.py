"""`kotae chat`: the terminal program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from kotae.cli.options import OVERRIDES, backend_options, settings_with, transcripts_folder
from kotae.cli.talking import driver, needs_terminal, record_option, screen_options, talk

if TYPE_CHECKING:
    from kotae.settings import Settings
    from tui.talk import Talk


class Arranged(msgspec.Struct, frozen=True):
    """What the command line comes to."""

    settings: Settings
    transcripts: Path
    resumed: Path | None
    talk: Talk


@click.command("chat")
@backend_options
@record_option
@click.option(
    "--resume",
    metavar="ID",
    is_flag=False,
    flag_value="last",
    help="Go on with a conversation: its id, a file, or `last`.",
)
@click.option(
    "--script",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Prepared questions, put into the prompt one by one (Alt+G).",
)
@screen_options
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """Chat in the terminal with every backend.

    The transcript of each conversation is kept as one file; `--record` says where.
    """
    needs_terminal("The chat needs a terminal. For scripts there is `kotae ask`.")
    from kotae.language import screen_language

    arranged = arrange(ctx, **options)
    settings = arranged.settings

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
        transcripts=arranged.transcripts,
        backend=settings.chat.backend,
        resume=arranged.resumed,
        lang=screen_language(settings.chat.lang),
        talk=arranged.talk,
        driver_class=driver(),
        settings_file=SettingsFile(file_of(named_settings(ctx)), ctx.meta[OVERRIDES]),
    )
    app.run()
    return app.return_code or 0


def arrange(
    ctx: click.Context,
    *,
    backend: str | None,
    model: str | None,
    base_url: str | None,
    manual: str | None,
    index: str | None,
    record: Path | None,
    resume: str | None,
    script: Path | None,
    theme: str | None,
    lang: str | None,
    present: bool,
    screenshots: Path | None,
) -> Arranged:
    """What the options of the chat come to.

    Raises:
        KotaeError: one of them can't be used.
    """

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
    transcripts = transcripts_folder(settings)
    resumed = None
    if resume is not None:
        from kotae.transcripts.read import find

        resumed = find(transcripts, resume)
    shown = talk(settings, script=script, present=present, screenshots=screenshots)
    return Arranged(settings, transcripts, resumed, shown)
