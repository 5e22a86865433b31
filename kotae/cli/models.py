"""`kotae models`: the embedded models' weights."""

from __future__ import annotations

import click


@click.group("models", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the embedded models, or fetch them before they are needed."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def show(as_json: bool = False) -> int:
    """Which models are there, verified, and where."""
    from backends.embedded.weights import BUNDLES, find
    from kotae.plain import escape_controls

    rows = []
    for bundle in BUNDLES:
        folder = find(bundle)
        rows.append(
            {
                "name": bundle.label,
                "package": f"{bundle.package}=={bundle.version}",
                "bytes": bundle.size,
                "folder": str(folder) if folder else None,
            }
        )
    if as_json:
        from kotae.cli.jsonl import write_row

        write_row(rows)
        return 0
    for row in rows:
        where = row["folder"] or "not here yet: kotae models fetch"
        line = (
            f"{'✓' if row['folder'] else '–'} {row['name']}  {int(str(row['bytes'])) / 1e6:.0f} MB  {where}"
        )
        click.echo(escape_controls(line))
    return 0


@command.command("fetch")
@click.option("--quiet", is_flag=True, help="No progress.")
def fetch(quiet: bool) -> int:
    """Fetch the models that are missing, and verify them."""
    from backends.embedded.weights import BUNDLES, ensure
    from kotae.cli.terminal import ProgressLine
    from kotae.events import Progress

    line = ProgressLine(quiet=quiet)
    for bundle in BUNDLES:
        try:
            ensure(bundle, lambda label, done, total: line(Progress(label, done, total)))
        finally:
            line.clear()
    return 0
