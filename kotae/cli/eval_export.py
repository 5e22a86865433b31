"""`kotae eval export`: what other tools read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kotae.errors import KotaeError


@click.command("export")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "name", metavar="FORMAT", required=True, help="jsonl, csv, promptfoo, inspect or ragas."
)
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Default: stdout."
)
@click.option("--backends", metavar="A,B", help="Answers of these alone.")
def command(sources: tuple[Path, ...], name: str, out: Path | None, backends: str | None) -> int:
    """Write the answers in SOURCES (runs, transcripts), or the questions behind them, as another tool reads them."""
    from kotae.evaluation.formats import by_name
    from kotae.evaluation.manifest import write_whole
    from kotae.evaluation.sources import answers_in

    form = by_name(name)
    assert form.write is not None
    answers = answers_in([source.expanduser() for source in sources])
    wanted = {backend.strip() for backend in (backends or "").split(",") if backend.strip()}
    if wanted and not wanted <= (there := {answer.turn.backend for answer in answers}):
        raise KotaeError(
            f"There is no answer of {', '.join(sorted(wanted - there))}.",
            f"Choose from: {', '.join(sorted(there))}.",
        )
    text = form.write([answer for answer in answers if not wanted or answer.turn.backend in wanted])
    data = text.encode("utf-8", "replace")
    if out is None:
        sys.stdout.buffer.write(data)
        return 0
    try:
        write_whole(out.expanduser(), data)
    except OSError as error:
        raise KotaeError(f"{out} can't be written: {error.strerror or error}.", "Check --out.") from None
    return 0
