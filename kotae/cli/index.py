"""`kotae index`: the index of a manual."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kotae.cli.terminal import report

if TYPE_CHECKING:
    from backends.retrieval.indexing import BuildSummary
    from kotae.settings import Settings


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
    """Build or update the index of SOURCE: a folder of pages (Markdown, HTML, text, PDF, Word), one page, or a JSONL corpus.

    Pages that have not changed since the last time are not read again. A search that runs meanwhile goes on with the old index.
    """
    from kotae.cli.group import settings_of

    settings = settings_of(ctx, {"retrieval": {"encoder": encoder}})
    summary = asyncio.run(_build(source.expanduser(), out.expanduser(), settings))
    if as_json:
        from kotae.cli.jsonl import write_row

        write_row(summary)
        return 0
    for skipped in summary.skipped:
        report(f"Skipped {skipped.path}: {skipped.reason}")
    what = "nothing had changed" if not summary.changed else f"{summary.encoded} encoded"
    report(
        f"{summary.pages} pages, {summary.passages} passages in {out}; {what}, {summary.seconds:.1f} s"
        + (f", {len(summary.skipped)} skipped" if summary.skipped else "")
        + "."
    )
    return 0


async def _build(source: Path, out: Path, settings: Settings) -> BuildSummary:
    from kotae.cli.retrieval import retrieval_client
    from kotae.cli.terminal import ProgressLine

    client, line = retrieval_client(settings), ProgressLine()
    try:
        return await client.build(source, out, settings.retrieval.encoder, line)
    finally:
        line.clear()
        await client.aclose()
