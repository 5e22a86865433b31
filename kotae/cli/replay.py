"""`kotae transcript replay`: a recorded conversation, played in the chat's screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kotae.cli.talking import driver, needs_terminal, record_option, screen_options, talk
from kotae.transcripts.timeline import PAUSE


@click.command("replay")
@click.argument("conversation", metavar="ID|FILE")
@click.option(
    "--speed",
    type=click.FloatRange(min=0.25, max=16),
    default=1.0,
    show_default=True,
    help="How fast it is played at first.",
)
@click.option(
    "--longest-pause",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=PAUSE,
    show_default=True,
    help="Cut longer waits short; `inf` keeps them.",
)
@record_option
@screen_options
@click.pass_context
def command(
    ctx: click.Context,
    conversation: str,
    speed: float,
    longest_pause: float,
    record: Path | None,
    theme: str | None,
    lang: str | None,
    present: bool,
    screenshots: Path | None,
) -> int:
    """Play a recorded conversation as it happened: its id, a file, or `last`.

    Needs no server and no model, and writes nothing. Space pauses, + and - change the speed, → goes on by one event.
    """
    needs_terminal("A recorded conversation is played in a terminal.")
    from kotae import paths
    from kotae.cli.group import settings_of
    from kotae.language import screen_language
    from kotae.transcripts.read import find
    from kotae.transcripts.timeline import timeline

    chosen: dict[str, Any] = {"theme": theme, "lang": lang, "record": str(record) if record else None}
    settings = settings_of(ctx, {"chat": chosen})
    folder = Path(settings.chat.record).expanduser() if settings.chat.record else paths.transcripts_dir()
    path = find(folder, conversation)
    moments = timeline(path, pause=longest_pause)
    shown = talk(settings, present=present, screenshots=screenshots)

    from tui.replay_app import ReplayApp

    app = ReplayApp(
        settings,
        path,
        moments,
        speed=speed,
        lang=screen_language(settings.chat.lang),
        talk=shown,
        driver_class=driver(),
    )
    app.run()
    return app.return_code or 0
