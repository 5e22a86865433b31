"""`kotae plugins`: what is installed, and what became of it."""

from __future__ import annotations

from dataclasses import asdict

import click


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> int:
    """List every plugin with its version, its hooks and its state."""
    from kotae.cli.compose import load_plugins
    from kotae.cli.flaggers import made
    from kotae.cli.group import settings_of
    from kotae.plain import escape_controls

    settings = settings_of(ctx)
    infos = list(load_plugins(settings, report=lambda _: None, made=made(settings)).infos.values())
    if as_json:
        from kotae.cli.jsonl import write_row

        write_row([{**asdict(info), "bundled": info.bundled} for info in infos])
        return 0
    for info in infos:
        glyph = {"on": "✓", "disabled": "–"}.get(info.state, "✗")
        origin = "bundled" if info.bundled else f"{info.distribution} {info.version}"
        line = f"{glyph} {info.name}  ({origin})  {info.state}{': ' + info.reason if info.reason else ''}"
        click.echo(escape_controls(line))
        if info.hooks:
            click.echo(f"    {', '.join(info.hooks)}")
    return 0
