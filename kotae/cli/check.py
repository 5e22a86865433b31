"""`kotae check`: answers held against their context."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec

from kotae.cli.jsonl import read_rows, write_row


class Row(msgspec.Struct):
    """One answer to check. `context` is what it may lean on."""

    answer: str
    context: str | list[str]
    id: str | int | None = None
    question: str | None = None


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Leave out flags with a lower score; default the settings'.",
)
@click.pass_context
def command(ctx: click.Context, file: Path, threshold: float | None) -> int:
    """Hold every answer in FILE (JSONL; `-` for stdin) against its context.

    In: {"id", "question", "answer", "context"} a line, `context` a string or a list. Out: {"id", "groundedness", "flags"} a line,
    offsets in code points of the answer. A line is written as soon as it is checked.
    """
    from kotae.cli.group import settings_of

    limit = settings_of(ctx).flags.threshold if threshold is None else threshold
    asyncio.run(_check(file, limit))
    return 0


async def _check(file: Path, threshold: float) -> None:
    from plugins.grounding import check

    for row in read_rows(file, Row):
        context = [row.context] if isinstance(row.context, str) else row.context
        flags, judged = await check(row.question or "", row.answer, context, threshold=threshold)
        write_row(
            {
                "id": row.id,
                # Where nothing could be judged, nothing is unsupported.
                "groundedness": 1.0 if judged is None else round(judged, 4),
                "flags": [
                    {
                        "start": flag.start,
                        "end": flag.end,
                        "kind": flag.kind,
                        "score": round(flag.score, 4),
                        "reason": flag.reason,
                    }
                    for flag in flags
                ],
            }
        )
