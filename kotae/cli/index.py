"""`kotae index`: the index of a manual."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click


@click.command("index")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The index's folder.",
)
@click.option("--encoder", metavar="MODEL", help="A sentence-transformers model in place of the settings'.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one line of JSON.")
@click.pass_context
def command(ctx: click.Context, source: Path, out: Path, encoder: str | None, as_json: bool) -> int:
    """Build or update the index of SOURCE, a folder of pages or a JSONL corpus.

    Pages that have not changed since the last time are not read again. A search that runs meanwhile goes on with the old index.
    """
    from kotae.cli.group import settings_of
    from kotae.cli.logs import start_logging

    start_logging(debug=ctx.obj["debug"])
    settings = settings_of(ctx, {"retrieval": {"encoder": encoder}})
    summary = asyncio.run(_build(source, out, settings.retrieval.encoder, quiet=False))
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(summary) + b"\n")
        sys.stdout.flush()
        return 0
    click.echo(
        f"{summary.pages} pages, {summary.passages} passages in {out}"
        f" ({summary.encoded} encoded, {summary.seconds:.1f} s).",
        err=True,
    )
    return 0
