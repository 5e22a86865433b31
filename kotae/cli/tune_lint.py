"""`kotae tune lint`: what is wrong with rows to train on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kotae.cli.tune_file import model_tokenizer, pages_in, read_bytes, usable_rows
from kotae.cli.tune_lint_files import Written
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kotae.cli.terminal import ProgressLine
    from kotae.language import Language
    from kotae.settings import Settings
    from kotae.tuning.lint.finding import Check, Finding, Report
    from kotae.tuning.lint.lint import Given
    from kotae.tuning.lint.repair import Repaired
    from kotae.tuning.rows import Row

_FILE = click.Path(path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)


def _checks(_: click.Context, param: click.Parameter, value: str | None) -> tuple[Check, ...]:
    """The checks named, in their order."""
    from kotae.tuning.lint.finding import CHECKS

    named = {name.strip() for name in (value or "").split(",") if name.strip()}
    if unknown := sorted(named - set(CHECKS)):
        raise click.BadParameter(
            f"there is no check {unknown[0]!r}; choose from {', '.join(CHECKS)}.", param=param
        )
    return tuple(check for check in CHECKS if check in named)


@click.command("lint")
@click.argument("file", type=_FILE)
@click.option("--test", metavar="FILE", type=_FILE, help="The test set: is any of it trained on?")
@click.option("--manual", metavar="SOURCE", help="Hold the answers against this manual.")
@click.option("--index", metavar="DIR", help="Hold the answers against this index, made with `kotae index`.")
@click.option(
    "--pages",
    metavar="FILE",
    type=_FILE,
    help='The rows\' pages: {"row", "page"} a line, rows counted from 0. Default: `page` or `pages` in their metadata.',
)
@click.option("--checks", metavar="A,B", callback=_checks, help="Only these checks. Default: all.")
@click.option(
    "--model",
    metavar="NAME",
    default="",
    help="Count tokens as this model does: a hosted one's name, `embedded`, or a GGUF file.",
)
@click.option(
    "--max-tokens",
    metavar="N",
    type=click.IntRange(1),
    help="Tokens that a row may have. Default: 65536; for the embedded model 1024.",
)
@click.option(
    "--mask", metavar="FILE", type=_OUT, help="Write the rows there with personal data and secrets masked."
)
@click.option(
    "--repaired",
    metavar="FILE",
    type=_OUT,
    help="Write the rows there without what can be mended: refused, repeated and leaked rows left out, personal data masked. Rows "
    "that somebody has to look at go to FILE's .aside.jsonl, with the reason.",
)
@click.option(
    "--html", metavar="FILE", type=_OUT, help="Write the report there as one HTML file; it is replaced."
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace the files of --mask and --repaired, the .aside.jsonl too, if they are there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one line of JSON.")
@click.option("--lang", type=click.Choice(["en", "ja"]), help="Language of the report.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    help="Exit with 1 where something so severe, or worse, is found.",
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    file: Path,
    test: Path | None,
    manual: str | None,
    index: str | None,
    pages: Path | None,
    checks: tuple[Check, ...],
    model: str,
    max_tokens: int | None,
    mask: Path | None,
    repaired: Path | None,
    html: Path | None,
    force: bool,
    as_json: bool,
    lang: str | None,
    fail_on: str | None,
) -> int:
    """Grade FILE, rows to train on (chat messages, JSON lines), and say what to do about what is found.

    Nothing leaves this machine, unless a flagger in the settings asks a model elsewhere. Personal data found is not repeated.
    """
    from kotae.cli.group import settings_of
    from kotae.cli.terminal import ProgressLine
    from kotae.language import screen_language
    from kotae.tuning.lint.form import MAX_TOKENS, read
    from kotae.tuning.lint.lint import lint

    if manual and index:
        raise click.UsageError("Give --manual or --index, not both.")
    file = file.expanduser()
    written = Written.of(mask=mask, repaired=repaired, html=html)
    read_too = (test, pages, Path(manual) if manual else None, Path(model) if model != "embedded" else None)
    written.check([file, *(place.expanduser() for place in read_too if place is not None)], force=force)
    settings: Settings = settings_of(ctx, {"flags": {"enabled": True}})
    language = screen_language(lang or settings.chat.lang)
    data = read_bytes(file)
    tokenizer = model_tokenizer(model)
    most = max_tokens or (_EMBEDDED_TOKENS if model == "embedded" else MAX_TOKENS)
    found = read(data, tokenizer, most)
    given = _Wanted(
        rows=found.rows,
        test=usable_rows(test.expanduser())[1] if test is not None else None,
        pages=pages_in(found.rows, pages.expanduser() if pages is not None else None),
        manual=manual or "",
        index=index or "",
        checks=checks,
        language=language,
    )
    line = ProgressLine()
    try:
        told = lint(
            file.name,
            data,
            found,
            asyncio.run(_given(settings, given, line)),
            tokenizer,
            checks=checks,
            progress=line,
        )
    finally:
        line.clear()
    mended = None
    if written.repaired is not None:
        from kotae.tuning.lint.repair import repair

        mended = repair(
            data, told, tokenizer, language, max_tokens=most, test=given.test, checks=checks, progress=line
        )
        line.clear()
    written.write(data, told, mended, language, checks, counted=pages is not None)
    _print(told, mended, language, as_json=as_json)
    if mended is not None and not mended.rows and not mended.aside:
        raise KotaeError(
            f"No row of {file} is left, so that nothing was repaired.",
            "See the report for what is wrong with each.",
        )
    return 1 if fail_on is not None and told.found("error" if fail_on == "error" else "warning") else 0


_EMBEDDED_TOKENS = 1024
"""What `kotae.tuning.samples` learns of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What the options ask for."""

    rows: Sequence[Row]
    test: Sequence[Row] | None
    pages: dict[int, tuple[str, ...]]
    manual: str
    index: str
    checks: Collection[Check]
    language: Language


async def _given(settings: Settings, wanted: _Wanted, line: ProgressLine) -> Given:
    """What there is to check by, which takes a manual to find out."""
    from kotae.tuning.lint.lint import Given, wants

    given = Given(test=wanted.test, pages=wanted.pages)
    asked = any(wants(wanted.checks, check) for check in ("accuracy", "sources", "complexity"))
    if not (wanted.manual or wanted.index) or not asked or not wanted.rows:
        return given
    from backends.retrieval.library import IndexedManual
    from kotae.cli.compose import load_services
    from kotae.cli.terminal import report
    from kotae.tuning.lint.accuracy import nearest_pages

    services = load_services(settings, report)
    try:
        manual = services.manual(wanted.manual, wanted.index)
        assert isinstance(manual, IndexedManual)
        await manual.prepare(line)
        documents = await manual.documents()
        homeless = [row for row in wanted.rows if row.line not in wanted.pages]
        pages = wanted.pages | await nearest_pages(homeless, manual, line)
        held: list[Finding] | None = None
        if wants(wanted.checks, "accuracy") and services.plugins.judges():
            held = await _held(services, settings, wanted, manual, line)
        return replace(
            given,
            pages=pages,
            manual_pages=documents,
            accuracy=held,
            no_accuracy="no-flaggers",
        )
    finally:
        line.clear()
        await services.aclose()


async def _held(
    services: Any, settings: Settings, wanted: _Wanted, manual: Any, line: ProgressLine
) -> list[Finding]:
    """What the flaggers find. Raises KotaeError where they could not judge, of which the user has been told why."""
    from kotae.tuning.lint.accuracy import accuracy

    for flagger in services.flaggers.values():
        await flagger.prepare(line)
    found = await accuracy(
        wanted.rows,
        services.plugins,
        manual,
        limit=settings.flags.limit,
        lang=wanted.language,
        progress=line,
    )
    if services.plugins.unjudged:
        raise KotaeError(
            f"{services.plugins.unjudged} answers could not be judged; the reason is given above.",
            "Mend that, or leave accuracy out by --checks.",
        )
    return found


def _print(told: Report, mended: Repaired | None, lang: Language, *, as_json: bool) -> None:
    if as_json:
        from kotae.cli.jsonl import write_row

        write_row(to_dict(told, mended, lang))
        return
    from rich.console import Console

    from kotae.tuning.lint.tables import tables
    from tui.transcript.wrap import wrap

    console = Console(markup=False, highlight=False, emoji=False)
    for table in tables(told, lang, wrap):
        console.print(table)


def to_dict(told: Report, mended: Repaired | None, lang: Language) -> dict[str, Any]:
    """The report as JSON has it, in words, and what came of the repair."""
    import msgspec

    from kotae.tuning.lint import texts

    plain: dict[str, Any] = msgspec.to_builtins(told)
    for row, finding in zip(plain["findings"], told.findings, strict=True):
        row |= {"said": texts.said(finding, lang), "advice": texts.advice(finding, lang)}
        del row["values"], row["lines"]
    plain["skipped"] = {check: texts.skipped(why, lang) for check, why in told.skipped.items()}
    if mended is not None:
        plain["repaired"] = {
            "rows": mended.rows,
            "left_out": mended.left_out,
            "set_aside": mended.set_aside,
            "masked": mended.masked,
            "still": mended.still,
        }
    return {**plain, "grade": told.grade}
