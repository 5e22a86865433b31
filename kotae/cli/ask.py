"""`kotae ask`: one question, the answer as it streams."""

from __future__ import annotations

import asyncio
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kotae.cli.options import backend_options, question_from, settings_with
from kotae.errors import KotaeError
from kotae.plain import encodable, escape_controls

if TYPE_CHECKING:
    from kotae.conversation import Message, Turn
    from kotae.language import Language
    from kotae.settings import Settings


@click.command("ask")
@click.argument("question", required=False)
@backend_options
@click.option(
    "--history",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON list of {role, content}: what was said before.",
)
@click.option("--query", metavar="TEXT", help="Search for this in place of the question.")
@click.option(
    "--record",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep a transcript in this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the closed turn as one line of JSON.")
@click.option("--quiet", is_flag=True, help="Nothing but the answer, and errors.")
@click.pass_context
def command(
    ctx: click.Context,
    question: str | None,
    backend: str | None,
    model: str | None,
    base_url: str | None,
    manual: str | None,
    index: str | None,
    history: Path | None,
    query: str | None,
    record: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Ask QUESTION (or what stands on stdin) and print the answer.

    The answer goes to stdout as it comes; progress, flags and errors go to stderr.
    """

    question = question_from(question)
    query = encodable(query) if query else None
    settings = settings_with(ctx, backend=backend, model=model, base_url=base_url, manual=manual, index=index)
    said = read_history(history) if history is not None else ()
    turn = asyncio.run(_ask(settings, question, said, query, record, as_json=as_json, quiet=quiet))
    if as_json:
        from kotae.cli.jsonl import write_row

        write_row(turn.to_dict())
    if turn.status == "error":
        raise KotaeError(turn.error, turn.hint)
    return 0 if turn.status in ("stop", "length") else 1


async def _ask(
    settings: Settings,
    question: str,
    history: tuple[Message, ...],
    query: str | None,
    record: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> Turn:
    from kotae.backend import AnswerRequest
    from kotae.cli.compose import load_engine
    from kotae.cli.terminal import ProgressLine, report, report_query
    from kotae.events import Attached, Closed, Delta, Finished, Flagged, Notice, Progress, Rewritten
    from kotae.language import screen_language
    from kotae.transcripts.record import Recorder, new_conversation_id

    engine = load_engine(settings, report)
    recorder = Recorder(record, new_conversation_id()) if record is not None else None
    progress = ProgressLine(quiet=quiet)
    request = AnswerRequest(question=question, history=history, query=query)
    run = engine.ask(settings.chat.backend, request, recorder=recorder)
    _stop_on_interrupt(run.stop)
    wrote = False
    try:
        async for event in run:
            if isinstance(event, Progress):
                progress(event)
            elif isinstance(event, Notice):
                if not quiet:
                    progress.clear()
                    report(event.said_in(screen_language(settings.chat.lang)))
            elif isinstance(event, Attached) and not quiet:
                progress.clear()
                for page in event.pages:
                    report(f"With the page: {page.title}  ({page.document})")
            elif isinstance(event, Rewritten) and not quiet:
                progress.clear()
                report_query(event.rewrite, question, settings)
            elif isinstance(event, Delta) and not as_json:
                progress.clear()
                click.echo(escape_controls(event.text), nl=False)
                wrote = True
            elif isinstance(event, Finished) and wrote:
                click.echo()  # judging may have something to say
            elif isinstance(event, Flagged) and event.note and not quiet:
                progress.clear()
                report(event.note)
            elif isinstance(event, Closed) and not as_json:
                progress.clear()
                if not quiet:
                    _say_what_was_flagged(event.turn, screen_language(settings.chat.lang))
        progress.clear()
        if query is not None and run.turn.rewrite is None and run.turn.status != "error" and not quiet:
            report(f"The backend {run.turn.backend} searches for nothing: --query made no difference.")
        return run.turn
    finally:
        if recorder is not None:
            recorder.close()
        await engine.aclose()


def _stop_on_interrupt(stop: Any) -> None:
    import signal

    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGINT, stop)
    except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt instead
        return


def _say_what_was_flagged(turn: Turn, lang: Language) -> None:
    from kotae.cli.terminal import report

    for flag in turn.flags:
        span = " ".join(turn.answer[flag.start : flag.end].split())
        flagger = f", {flag.flagger}" if flag.flagger else ""
        report(f"⚑ {flag.kind} ({flag.score:.2f}{flagger}): {span} — {flag.said_in(lang)}")
    for place, passage in enumerate(turn.passages, 1):
        where = f"{passage.document}:{passage.line}" if passage.line else passage.document
        report(f"[{place}] {passage.title} ({where})")


def read_history(file: Path) -> tuple[Message, ...]:
    """The messages in a JSON file.

    Raises:
        KotaeError: it can't be read, or is no list of {"role", "content"}.
    """
    import msgspec

    from kotae.conversation import Message

    try:
        data = file.read_bytes().removeprefix(BOM_UTF8)
        return tuple(msgspec.json.decode(data, type=list[Message]))
    except OSError as error:
        raise KotaeError(f"{file} can't be read: {error.strerror}.", "Check --history.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise KotaeError(
            f"{file} is no history: {error}.", 'It has to be a JSON list of {"role": "user", "content": "…"}.'
        ) from None
