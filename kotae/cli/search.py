"""`kotae search`: what the rag backend would find."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from kotae.cli.options import question_from
from kotae.conversation import Message
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from kotae.conversation import Passage, Rewrite
    from kotae.settings import Settings


class Query(msgspec.Struct):
    """One question, with the history that it follows."""

    question: str
    id: str | int | None = None
    history: list[Message] = []


@click.command("search")
@click.argument("question", required=False)
@click.option(
    "--index",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="An index made with `kotae index`.",
)
@click.option(
    "--queries",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="JSONL of {id, history, question}.",
)
@click.option(
    "--history",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="JSON list of {role, content}, for QUESTION.",
)
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many passages.")
@click.option("--no-rewrite", is_flag=True, help="Search for the question as it stands.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON a query.")
@click.pass_context
def command(
    ctx: click.Context,
    question: str | None,
    index: Path,
    queries: Path | None,
    history: Path | None,
    top: int,
    no_rewrite: bool,
    as_json: bool,
) -> int:
    """Search an index for QUESTION (or what stands on stdin), or for every row of a file.

    The query is worded as the rag backend does it: carried over from the history, or by the model that the settings name. What was
    searched for, and why it was worded otherwise than intended, are part of the output.
    """
    from kotae.cli.group import settings_of

    if question and queries:
        raise click.UsageError("Give a question or --queries, not both.")
    if history and queries:
        raise click.UsageError("Give --history or --queries, not both: each row has a history of its own.")
    if queries is None:
        question = question_from(question)
    settings = settings_of(ctx, {"retrieval": {"rewrite": False if no_rewrite else None}})
    rows = _queries(question, queries, history)
    asyncio.run(_search(settings, index.expanduser(), rows, top, as_json=as_json, listed=queries is not None))
    return 0


def _queries(question: str | None, file: Path | None, history: Path | None) -> Any:
    if file is not None:
        from kotae.cli.jsonl import read_rows

        return read_rows(file, Query)
    from kotae.cli.ask import read_history

    assert question is not None
    return [Query(question, history=list(read_history(history)) if history is not None else [])]


async def _search(
    settings: Settings, index: Path, queries: Any, top: int, *, as_json: bool, listed: bool
) -> None:
    from kotae.cli.compose import load_services
    from kotae.cli.retrieval import retrieval_client
    from kotae.cli.terminal import report, report_query

    services = load_services(settings, report)
    client = retrieval_client(settings)
    try:
        for query in queries:
            rewrite = await services.rewrite(tuple(query.history), query.question)
            try:
                passages = await client.search(
                    index, rewrite.query, top, settings.retrieval.encoder, history=query.history
                )
            except KotaeError as error:
                where = f" (query {query.id})" if query.id is not None else ""
                raise type(error)(f"{error.message}{where}", error.hint) from None
            if as_json:
                _print_json(query, rewrite, passages)
            else:
                if listed:
                    _print_heading(query)
                report_query(rewrite, query.question, settings)
                _print(passages)
    finally:
        await client.aclose()
        await services.aclose()


def _print_json(query: Query, rewrite: Rewrite, passages: list[Passage]) -> None:
    from kotae.cli.jsonl import write_row

    write_row(
        {
            "id": query.id,
            "query": rewrite.query,
            "method": rewrite.method,
            "note": rewrite.note,
            "passages": [{"id": p.id, "document": p.document, "score": p.score} for p in passages],
        }
    )


def _print_heading(query: Query) -> None:
    """What the passages that follow were found for."""
    from kotae.plain import escaped_line

    click.echo(escaped_line(query.question if query.id is None else f"{query.id}: {query.question}"))


def _print(passages: list[Passage]) -> None:
    from kotae.cli.terminal import report
    from kotae.plain import escaped_line

    if not passages:
        report("Nothing in the manual has anything in common with this.")
    for place, passage in enumerate(passages, 1):
        where = f"{passage.document}:{passage.line}" if passage.line else passage.document
        click.echo(escaped_line(f"{place:2}. {passage.score:.3f}  {passage.title}  ({where})"))
        text = " ".join(passage.text.split())
        click.echo(escaped_line(f"    {text[:160]}{'…' if len(text) > 160 else ''}"))
