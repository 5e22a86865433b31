"""`kotae transcript`: the conversations, for people and for scripts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kotae.cli import replay

if TYPE_CHECKING:
    from kotae.conversation import Conversation, Turn
    from kotae.export import Export
    from kotae.transcripts.library import Entry, Library

F = TypeVar("F", bound=Callable[..., Any])


def _record(function: F) -> F:
    return click.option(
        "--record",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the transcripts, as `kotae chat` takes it.",
    )(function)


def _json(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print a line of JSON each.")(function)


@click.group("transcript")
def command() -> None:
    """List, search, show, export and replay conversations.

    A conversation is named by its id, the beginning of one, its file, or `last`.
    """


@command.command("list")
@_record
@click.option("--limit", type=click.IntRange(1), help="How many at most.")
@click.option("--bin", "in_bin", is_flag=True, help="Those that were deleted.")
@_json
@click.pass_context
def list_(ctx: click.Context, record: Path | None, limit: int | None, in_bin: bool, as_json: bool) -> int:
    """List conversations: pinned ones first, then the newest."""
    from kotae.cli.terminal import report

    folder = _folder(ctx, record)
    entries = (_bin(folder) if in_bin else _library(folder)).entries(limit)
    for entry in entries:
        _print_entry(entry, as_json=as_json)
    if not entries and not as_json:
        report("The bin is empty." if in_bin else f"There is no conversation in {folder} yet.")
    return 0


@command.command("search")
@click.argument("words")
@_record
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many at most.")
@_json
@click.pass_context
def search(ctx: click.Context, words: str, record: Path | None, limit: int, as_json: bool) -> int:
    """Find conversations by any part of their questions, answers and titles.

    All of WORDS have to be there, in any order. What is found is marked.
    """
    from kotae.cli.jsonl import write_row
    from kotae.cli.terminal import report
    from kotae.plain import escaped_line

    found = _library(_folder(ctx, record)).search(words, limit)
    for hit in found:
        excerpt = hit.excerpt
        if as_json:
            row = {"turn": hit.turn or None, "where": hit.where, "excerpt": excerpt.text if excerpt else ""}
            write_row({**_row(hit.entry), **row, "marks": excerpt.marks if excerpt else ()})
            continue
        _print_entry(hit.entry)
        if excerpt is not None:
            click.echo(f"    {_highlighted(excerpt.text, excerpt.marks)}")
    if not found and not as_json:
        report(f"No conversation holds {escaped_line(words)!r}.")
    return 0


@command.command("show")
@click.argument("name")
@_record
@click.option(
    "--json", "as_json", is_flag=True, help="Print the conversation as `export --format json` does."
)
@click.pass_context
def show(ctx: click.Context, name: str, record: Path | None, as_json: bool) -> int:
    """Print a conversation: the branch on view, with all answers to each question."""
    from kotae import tree
    from kotae.transcripts.read import find, read

    conversation = read(find(_folder(ctx, record), name))
    if as_json:
        _write(None, _formats(ctx)["json"], [conversation])
        return 0
    before: Turn | None = None
    for turn in tree.shown(conversation):
        _print_turn(
            turn,
            again=before is not None and (before.parent, before.question) == (turn.parent, turn.question),
        )
        before = turn
    return 0


@command.command("export")
@click.argument("names", nargs=-1)
@click.option("--format", "format_", metavar="NAME", help="See `--formats`.")
@click.option("--formats", is_flag=True, help="List the formats, those of plugins too.")
@click.option("--all", "everything", is_flag=True, help="All conversations, the oldest first.")
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Instead of stdout."
)
@_record
@click.pass_context
def export(
    ctx: click.Context,
    names: Sequence[str],
    format_: str | None,
    formats: bool,
    everything: bool,
    out: Path | None,
    record: Path | None,
) -> int:
    """Write conversations in another format."""
    from kotae.errors import TranscriptError
    from kotae.plain import escaped_line
    from kotae.transcripts.read import find, latest_first

    known = _formats(ctx)
    if formats:
        for name, one in sorted(known.items()):
            click.echo(escaped_line(f"{name:<12} {one.about}"))
        return 0
    if bool(names) == everything:
        raise click.UsageError("Name conversations, or give --all.")
    if format_ is None:
        format_ = next(
            (name for name, one in known.items() if out is not None and one.suffix == out.suffix), ""
        )
        if not format_ or out is None or out.suffix == ".jsonl":  # two formats have this one
            raise click.UsageError(f"Give --format; one of: {', '.join(sorted(known))}.")
    if format_ not in known:
        raise TranscriptError(
            f"There is no format {format_!r}.", f"Choose one of: {', '.join(sorted(known))}."
        )
    folder = _folder(ctx, record)
    paths = latest_first(folder)[::-1] if everything else [find(folder, name) for name in names]
    _write(out, known[format_], _conversations(paths, passing_over=everything))
    return 0


@command.command("restore")
@click.argument("name")
@_record
@click.pass_context
def restore(ctx: click.Context, name: str, record: Path | None) -> int:
    """Take a deleted conversation back; `list --bin` lists them."""
    from kotae.cli.terminal import report
    from kotae.transcripts import changes
    from kotae.transcripts.read import find

    path = changes.restore(find(changes.bin_of(_folder(ctx, record)), name))
    report(f"Taken back: {path}")
    return 0


command.add_command(replay.command)


def _folder(ctx: click.Context, record: Path | None) -> Path:
    from kotae.cli.group import settings_of
    from kotae.cli.options import transcripts_folder

    return record.expanduser() if record is not None else transcripts_folder(settings_of(ctx))


def _library(folder: Path) -> Library:
    """The conversations, brought up to date."""
    from kotae.cli.terminal import ProgressLine
    from kotae.events import Progress
    from kotae.transcripts.library import Library

    library, line = Library(folder), ProgressLine()

    def told(done: int, total: int) -> None:
        if done:  # a moment's work is not worth a line
            line(Progress("Reading the transcripts", done, total))

    library.update(told)
    line.clear()
    return library


def _bin(folder: Path) -> Library:
    from kotae.transcripts.changes import bin_of

    return _library(bin_of(folder))


def _formats(ctx: click.Context) -> dict[str, Export]:
    from kotae.cli.compose import load_plugins
    from kotae.cli.group import settings_of
    from kotae.cli.terminal import report

    return load_plugins(settings_of(ctx), report).register_exports()


def _conversations(paths: Sequence[Path], *, passing_over: bool) -> Iterator[Conversation]:
    """The conversations; of all that lie in a folder, what is no transcript is passed over."""
    from kotae.cli.terminal import report
    from kotae.errors import TranscriptError
    from kotae.transcripts.read import read

    for path in paths:
        try:
            yield read(path)
        except TranscriptError as error:
            if not passing_over:
                raise
            report(f"Passed over: {error.message}")


def _write(out: Path | None, format_: Export, conversations: Any) -> None:
    from kotae.errors import KotaeError

    def pieces() -> Iterator[bytes]:
        try:
            for piece in format_.write(conversations):
                yield piece.encode("utf-8", "replace")
        except KotaeError:
            raise
        except Exception as error:  # whoever wrote the format
            raise KotaeError(
                f"The format {format_.name} failed: {type(error).__name__}: {error}.",
                "Choose another, or mend its plugin.",
            ) from error

    if out is None:
        for piece in pieces():
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    import os

    out = out.expanduser()
    partial = out.with_name(f".{out.name}.partial")
    try:
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.writelines(pieces())
            partial.replace(out)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise KotaeError(f"{out} can't be written: {error.strerror or error}.", "Check the path.") from None


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "file": str(entry.path),
        "title": entry.title,
        "question": entry.question,
        "created": entry.created,
        "updated": entry.updated,
        "pinned": entry.pinned,
        "backends": entry.backends,
        "turns": entry.turns,
    }


def _print_entry(entry: Entry, *, as_json: bool = False) -> None:
    from kotae.cli.jsonl import write_row
    from kotae.plain import escape_controls

    if as_json:
        write_row(_row(entry))
        return
    heading = " ".join(entry.heading.split())
    heading = heading if len(heading) <= 80 else f"{heading[:79]}…"
    pin = "★" if entry.pinned else " "
    turns = f"{entry.turns} turn{'s' if entry.turns != 1 else ''}"
    click.echo(escape_controls(f"{pin} {entry.id}  {heading}  ({turns}: {', '.join(entry.backends)})"))


def _print_turn(turn: Turn, *, again: bool) -> None:
    from kotae.plain import escape_controls, escaped_line

    if not again:
        click.echo(f"\n❯ {escape_controls(turn.question)}")
    click.echo(f"\n● {escaped_line(turn.backend)}")
    if turn.answer:
        click.echo(escape_controls(turn.answer))
    if turn.error:
        click.echo(escaped_line(f"✗ {turn.error} {turn.hint}".rstrip()))


def _highlighted(text: str, marks: Sequence[tuple[int, int]]) -> str:
    """An excerpt on one line; what was found is bold, which a pipe does not see."""
    from kotae.plain import escaped_line

    parts, at = [], 0
    for start, end in marks:
        parts += [escaped_line(text[at:start]), click.style(escaped_line(text[start:end]), bold=True)]
        at = end
    return " ".join("".join([*parts, escaped_line(text[at:])]).split())
