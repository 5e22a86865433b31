"""`kotae tune build`: rows to train on, made from a manual, from transcripts and from support tickets."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kotae.cli.tune_file import read_bytes, write_files
from kotae.cli.tune_options import COUNT, PATH, force_option, json_option, seed_option
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.reply_cache import ReplyCache
    from kotae.conversation import Conversation
    from kotae.settings import Settings
    from kotae.tuning.build.budget import Reckoned
    from kotae.tuning.build.build import Made, Rows
    from kotae.tuning.build.requests import Kind

_WRITTEN = "out"
"""Under this name the work file keeps the digest of what was written last."""


def _kinds(_: click.Context, param: click.Parameter, value: str | None) -> tuple[Kind, ...]:
    """The kinds named, in their order; none named: all."""
    from kotae.tuning.build.requests import KINDS

    named = {name.strip() for name in (value or "").split(",") if name.strip()}
    if unknown := sorted(named - set(KINDS)):
        raise click.BadParameter(
            f"there is no kind {unknown[0]!r}; choose from {', '.join(KINDS)}.", param=param
        )
    return tuple(kind for kind in KINDS if kind in named or not named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the options ask for."""

    manual: str | None
    llm: str | None
    any_model: bool
    transcripts: tuple[Path, ...]
    tickets: Path | None
    question_column: str
    answer_column: str
    kinds: tuple[Kind, ...]
    wordings: int
    limit: int | None
    system: str
    budget: float | None
    dry_run: bool


@click.command("build")
@click.option("--manual", metavar="SOURCE", help="The manual that rows are made from; needs --llm.")
@click.option(
    "--llm",
    metavar="BACKEND",
    help="The backend whose server and model write the rows, as in the settings' tables.",
)
@click.option(
    "--any-model",
    is_flag=True,
    help="Let the embedded model write rows, too: it shows how it goes. They are not worth training on.",
)
@click.option(
    "--transcripts",
    metavar="PATH",
    multiple=True,
    type=PATH,
    help="Take the answers that were found good in this transcript or folder of transcripts. No model is asked.",
)
@click.option(
    "--tickets", metavar="FILE", type=PATH, help="Take support tickets from this CSV. No model is asked."
)
@click.option(
    "--question-column",
    metavar="NAME",
    default="",
    help="The tickets' column of questions. Default: by its name.",
)
@click.option(
    "--answer-column",
    metavar="NAME",
    default="",
    help="The tickets' column of answers. Default: by its name.",
)
@click.option("--out", metavar="FILE", required=True, type=PATH, help="Where the rows are written.")
@click.option(
    "--kinds",
    metavar="A,B",
    callback=_kinds,
    help="What rows to ask for: sections, links, negative, turns. Default: all.",
)
@click.option(
    "--wordings",
    metavar="N",
    type=click.IntRange(1, 8),
    default=2,
    show_default=True,
    help="In how many wordings each question is asked.",
)
@click.option(
    "--limit",
    metavar="N",
    type=COUNT,
    help="Make rows of so many sections, evenly over the manual.",
)
@click.option("--system", metavar="TEXT", default="", help="The instruction that every row begins with.")
@seed_option("Another number, another order of the rows.", default=0, show_default=True)
@click.option(
    "--budget",
    metavar="AMOUNT",
    type=click.FloatRange(0, min_open=True),
    help="Stop before more than this is spent on FILE, in the currency of the backend's prices.",
)
@click.option("--dry-run", is_flag=True, help="Say what it would cost, and ask nothing.")
@force_option("Replace FILE if it is there and was changed since.")
@json_option("Print what was done as one line of JSON.")
@click.pass_context
def command(ctx: click.Context, /, out: Path, seed: int, force: bool, as_json: bool, **options: Any) -> int:
    """Make rows to train on, and write them to FILE.

    What is sent to the model: the manual's text. Replies are kept beside FILE as they come, in FILE's .work.jsonl, so that the same
    command goes on where it was cut short and asks nothing twice. Rows that the manual does not bear out are set aside, with the
    reason, in FILE's .aside.jsonl.
    """
    from backends.reply_cache import ReplyCache
    from kotae.cli.group import settings_of
    from kotae.tuning.build.build import Rows

    wanted = Wanted(**options)
    if bool(wanted.manual) != bool(wanted.llm):
        raise click.UsageError("--manual and --llm need each other: rows are made from a manual by a model.")
    if not (wanted.manual or wanted.transcripts or wanted.tickets):
        raise click.UsageError("Nothing to make rows from: give --manual, --transcripts or --tickets.")
    settings: Settings = settings_of(ctx, {"flags": {"enabled": True}})
    out = out.expanduser()
    work = ReplyCache(_beside(out, "work"), required=True)
    rows = Rows(wanted.system)
    if wanted.dry_run:
        reckoned = asyncio.run(_made(settings, wanted, rows, work))
        if as_json:
            from kotae.cli.jsonl import write_row

            write_row(reckoned)
        return 0
    _has_folder(out)
    with work.held() if wanted.manual else nullcontext():
        _replaceable(out, work if wanted.manual else None, force=force)
        reckoned = asyncio.run(_made(settings, wanted, rows, work))
        _write(out, rows.made, seed, wanted, work)
    _tell(out, rows.made, reckoned, work, settings, wanted, as_json=as_json)
    if rows.made.stopped:
        assert reckoned is not None
        raise KotaeError(
            f"The budget of {wanted.budget:g} is used up: {rows.made.asked} of {reckoned.requests} requests have been answered.",
            "Raise --budget and run the command again; nothing is asked twice.",
        )
    if not rows.made.rows:
        raise KotaeError(
            "No row came of it.", f"See why in {_beside(out, 'aside')}." if rows.made.aside else ""
        )
    return 1 if rows.made.failed else 0


async def _made(settings: Settings, wanted: Wanted, rows: Rows, work: ReplyCache) -> Reckoned | None:
    """Makes the rows; gives what those from the manual were reckoned to cost."""
    from kotae.cli.tune_build_manual import make_rows

    if not wanted.dry_run:
        from kotae.tuning.build.transcripts import confirmed

        await rows.take(confirmed(_conversations(wanted.transcripts)))
        if wanted.tickets is not None:
            from kotae.tuning.build.tickets import tickets

            file = wanted.tickets.expanduser()
            await rows.take(
                tickets(read_bytes(file), file.name, wanted.question_column, wanted.answer_column)
            )
    return await make_rows(settings, wanted, rows, work) if wanted.manual else None


def _conversations(places: Sequence[Path]) -> Iterator[Conversation]:
    """The conversations in files and folders; of a folder, what is no transcript is passed over."""
    from kotae.cli.terminal import report
    from kotae.errors import TranscriptError
    from kotae.transcripts.contents import transcripts_in
    from kotae.transcripts.read import read

    for place in (place.expanduser() for place in places):
        if not place.is_dir():
            yield read(place)
            continue
        for name in sorted(transcripts_in(place)):
            try:
                yield read(place / name)
            except TranscriptError as error:
                report(f"Passed over: {error.message}")


def _beside(out: Path, what: str) -> Path:
    return out.with_name(f"{out.stem}.{what}.jsonl")


def _has_folder(out: Path) -> None:
    if not out.parent.is_dir():
        raise KotaeError(f"There is no folder {out.parent}.", "Make it, or name another --out.")


def _replaceable(out: Path, work: ReplyCache | None, *, force: bool) -> None:
    """Raises KotaeError where there is something at `out` that this command did not leave there."""
    if not out.exists():
        return
    if not out.is_file():
        raise KotaeError(f"{out} is no file to replace.", "Name another --out.")
    if not force and (work is None or work.get(_WRITTEN) != _digest(read_bytes(out))):
        raise KotaeError(f"{out} is there already.", "Name another --out, or replace it by --force.")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(out: Path, made: Made, seed: int, wanted: Wanted, work: ReplyCache) -> None:
    import msgspec

    from kotae.tuning.build.drafts import plain

    data = b"".join(msgspec.json.encode(plain(row)) + b"\n" for row in made.shuffled(seed))
    aside = b"".join(
        msgspec.json.encode(line) + b"\n" for one in made.aside for line in one.lines(wanted.system)
    )
    files = {out: data, **({_beside(out, "aside"): aside} if aside else {})}
    if wanted.manual:
        work.put(_WRITTEN, _digest(data))
    write_files(files)
    if not aside:
        with suppress(OSError):
            _beside(out, "aside").unlink(missing_ok=True)


def _tell(
    out: Path,
    made: Made,
    reckoned: Reckoned | None,
    work: ReplyCache,
    settings: Settings,
    wanted: Wanted,
    *,
    as_json: bool,
) -> None:
    from kotae.cli.terminal import report
    from kotae.tuning.build.budget import price

    spent = None
    if wanted.llm is not None:
        table = settings.backends[wanted.llm]
        prices = [price(usage, table) for usage in work.used()]
        spent = sum(one or 0.0 for one in prices) if table.price_input is not None else None
    report(f"{_count(len(made.rows), 'row')} in {out}{_listed(made.kinds)}.")
    if made.aside:
        report(f"{len(made.aside)} set aside in {_beside(out, 'aside')}{_listed(made.reasons)}.")
    if made.duplicates:
        report(f"{_count(made.duplicates, 'duplicate')} dropped.")
    if made.failed:
        report(f"{_count(made.failed, 'request')} failed; the same command asks again.")
    if spent:
        report(f"Spent on this file so far: {spent:.4g}.")
    if as_json:
        from kotae.cli.jsonl import write_row

        write_row(
            {
                "rows": len(made.rows),
                "kinds": dict(made.kinds),
                "aside": dict(made.reasons),
                "duplicates": made.duplicates,
                "requests": reckoned.requests if reckoned is not None else 0,
                "answered": made.asked,
                "failed": made.failed,
                "stopped": made.stopped,
                "spent": spent,
            }
        )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _listed(counted: dict[str, int]) -> str:
    listed = ", ".join(f"{number:,} {name}" for name, number in counted.items())
    return f": {listed}" if listed else ""
