"""`kotae eval report`: one HTML file with all figures and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kotae.cli.scored import Wanted, evaluated, held, pairs, scoring_options
from kotae.errors import KotaeError


@click.command("report")
@scoring_options
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    default="report.html",
    show_default=True,
    help="The file; it is replaced.",
)
@click.option("--title", metavar="TEXT", default="", help="Default: the question file's name.")
@click.option("--lang", type=click.Choice(["en", "ja"]), help="Language of the page.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one line of JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    out: Path,
    title: str,
    lang: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Put the figures and answers of SOURCES into one HTML file, which asks nothing of the network."""
    from kotae.cli.jsonl import write_row
    from kotae.cli.terminal import report
    from kotae.evaluation.folder import is_run, open_run
    from kotae.evaluation.manifest import write_whole
    from kotae.evaluation.report import page
    from kotae.language import screen_language

    wanted = Wanted(**options)
    limits = pairs(wanted.fail_under, "--fail-under")
    settings, scores, told = evaluated(ctx, wanted)
    manifests = [
        open_run(source.expanduser()).manifest for source in wanted.sources if is_run(source.expanduser())
    ]
    kinds = {name: table.kind for name, table in settings.backends.items()}
    for manifest in manifests:
        kinds |= {name: str(table.get("kind", "")) for name, table in manifest.backends.items()}
    html = page(
        scores,
        told,
        title=title or ", ".join(dict.fromkeys(manifest.name for manifest in manifests)) or "Transcripts",
        manifests=manifests,
        kinds=kinds,
        lang=screen_language(lang or settings.chat.lang),
    )
    out = out.expanduser()
    try:
        write_whole(out, html.encode("utf-8", "replace"))
    except OSError as error:
        raise KotaeError(f"{out} can't be written: {error.strerror or error}.", "Check --out.") from None
    report(f"The report is in {out}.")
    if as_json:
        write_row(told)
    return held(told, limits, wanted.sources)
