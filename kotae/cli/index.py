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

    Texts that have not changed since the last time are not encoded again, and a build that was cut short is gone on with. A search
    that runs meanwhile goes on with the old index.
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
    if (more := summary.skipped_count - len(summary.skipped)) > 0:
        report(f"Skipped {more} more.")
    report(summary_line(summary, out))
    return 0


def summary_line(summary: BuildSummary, out: Path) -> str:
    """The summary in words."""
    if not summary.changed:
        what = "nothing had changed"
    elif summary.taken_up:
        what = f"{summary.encoded} encoded, {summary.taken_up} taken up from a build that was cut short"
    else:
        what = f"{summary.encoded} encoded"
    if not summary.vectors:
        how = "no vectors"
    else:
        exact = ", exact" if summary.vector_index == "Flat" else ""
        how = f"{summary.vectors} vectors (FAISS {summary.vector_index}{exact})"
    skipped = f", {summary.skipped_count} skipped" if summary.skipped_count else ""
    return f"{summary.pages} pages, {summary.passages} passages in {out}; {what}; {how}; {summary.seconds:.1f} s{skipped}."


async def _build(source: Path, out: Path, settings: Settings) -> BuildSummary:
    from kotae.cli.retrieval import retrieval_client
    from kotae.cli.terminal import ProgressLine

    client, line = retrieval_client(settings), ProgressLine()
    try:
        return await client.build(source, out, settings.retrieval.encoder, line)
    except asyncio.CancelledError:
        line.clear()
        report("The same command goes on from here.")
        raise
    finally:
        line.clear()
        await client.aclose()
