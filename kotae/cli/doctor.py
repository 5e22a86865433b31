"""`kotae doctor`: what works here, and what to do about what does not."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from kotae.backend import Backend
    from kotae.engine import Engine
    from kotae.settings import BackendSettings, Settings

State = Literal["ok", "note", "fault"]
_GLYPHS = {"ok": "✓", "note": "–", "fault": "✗"}
_ROOM = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    said: str
    hint: str = ""


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Start no model, search nothing, ask no server.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON a finding.")
@click.pass_context
def command(ctx: click.Context, quick: bool, as_json: bool) -> int:
    """Look at everything that Kotae needs. Exits with 1 when something is at fault."""

    return asyncio.run(_report(ctx, quick=quick, as_json=as_json))


async def _report(ctx: click.Context, *, quick: bool, as_json: bool) -> int:
    from kotae.plain import escape_controls

    faults = 0
    async for finding in _look(ctx, quick=quick):
        faults += finding.state == "fault"
        if as_json:
            from kotae.cli.jsonl import write_row

            write_row(asdict(finding))
            continue
        click.echo(escape_controls(f"{_GLYPHS[finding.state]} {finding.name}: {finding.said}"))
        if finding.hint:
            click.echo(escape_controls(f"    {finding.hint}"))
    return 1 if faults else 0


async def _look(ctx: click.Context, *, quick: bool) -> AsyncIterator[Finding]:
    from kotae import __version__

    yield Finding(
        "Kotae", "ok", f"{__version__}, Python {sys.version.split()[0]} on {sys.platform}, {sys.prefix}"
    )
    yield _terminal()
    for finding in _folders():
        yield finding
    settings, finding = _settings(ctx)
    yield finding
    for finding in _models():
        yield finding
    if settings is None:
        return
    engine, findings = _engine(settings)
    for finding in findings:
        yield finding
    if engine is None:
        return
    try:
        if not quick:
            yield await _manual(engine)
        for name in engine.backends:
            yield await _backend(engine, name, quick=quick)
    finally:
        await engine.aclose()


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    said = f"{os.environ.get('TERM', 'no TERM')}, {size.columns}x{size.lines}, {sys.stdout.encoding}"
    if not sys.stdout.isatty():
        return Finding("Terminal", "note", "none: the output goes elsewhere")
    if (sys.stdout.encoding or "").casefold().replace("-", "") != "utf8":
        return Finding("Terminal", "fault", said, "Set a UTF-8 locale, such as LANG=C.UTF-8.")
    if size.columns < 60 or size.lines < 16:
        return Finding("Terminal", "note", said, "The screen wants 80x24 or more.")
    if os.environ.get("COLORTERM", "") not in ("truecolor", "24bit"):
        return Finding(
            "Terminal", "note", said, "Colours are approximate; if the terminal can, set COLORTERM=truecolor."
        )
    return Finding("Terminal", "ok", said)


def _folders() -> Iterator[Finding]:
    from kotae import paths

    for name, folder in (
        ("Transcripts", paths.transcripts_dir()),
        ("Indexes", paths.indexes_dir()),
        ("Log", paths.log_file("kotae").parent),
    ):
        existing = folder
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        free = shutil.disk_usage(existing).free
        said = f"{folder} ({free / 1e9:.1f} GB free)"
        if not os.access(existing, os.W_OK):
            yield Finding(name, "fault", said, f"{existing} can't be written: correct its permissions.")
        elif free < _ROOM:
            yield Finding(name, "fault", said, "Make room: models and indexes want half a gigabyte.")
        else:
            yield Finding(name, "ok", said)


def _settings(ctx: click.Context) -> tuple[Settings | None, Finding]:
    from kotae import paths
    from kotae.cli.group import named_settings, settings_of

    path = named_settings(ctx) or Path(os.environ.get("KOTAE_SETTINGS") or paths.settings_file())
    try:
        settings = settings_of(ctx)
        if settings.keys:  # most have none, and looking at them loads the screen's library
            from tui.keymap import keymap

            keymap(settings.keys)
    except KotaeError as error:
        return None, Finding("Settings", "fault", error.message, error.hint)
    return settings, Finding(
        "Settings", "ok", str(path) if path.exists() else f"defaults; {path} is not there"
    )


def _models() -> Iterator[Finding]:
    from backends.embedded.weights import BUNDLES, find

    for bundle in BUNDLES:
        folder = find(bundle)
        if folder is None:
            yield Finding(
                bundle.label,
                "note",
                "not here yet",
                "It is fetched when it is needed, or by `kotae models fetch`.",
            )
        else:
            yield Finding(bundle.label, "ok", f"{folder}, verified")


def _engine(settings: Settings) -> tuple[Engine | None, list[Finding]]:
    from kotae.cli.compose import load_engine

    said: list[str] = []
    try:
        engine = load_engine(settings, said.append)
    except KotaeError as error:
        return None, [Finding("Plugins", "fault", error.message, error.hint)]
    findings = [Finding("Plugins", "fault", line, "Update it, or disable it in [plugins].") for line in said]
    return engine, findings or [Finding("Plugins", "ok", "all on; `kotae plugins` lists them")]


async def _manual(engine: Engine) -> Finding:
    if engine.manual is None:
        return Finding("Manual", "note", "none")
    with _progress() as report:
        try:
            found = await engine.manual.search("manual", 1, report)
        except KotaeError as error:
            return Finding("Manual", "fault", error.message, error.hint)
    if not found:
        return Finding("Manual", "note", "nothing found in it", "Check [retrieval] manual.")
    return Finding("Manual", "ok", f"indexed and searched; {found[0].document} answers")


async def _backend(engine: Engine, name: str, *, quick: bool) -> Finding:
    from kotae.settings import EMBEDDED, QUOTE, server_of

    label = f"Backend {name}"
    table = engine.settings.backends.get(name)
    if table is None:
        return Finding(label, "ok", f"a plugin's, of kind {engine.backends[name].kind}")
    if table.kind == QUOTE:
        return await _quotes(label, engine.backends[name], quick=quick)
    server = server_of(table)
    if quick:
        return Finding(label, "ok", f"{table.kind}, {server}")
    if server != EMBEDDED:
        return await _server(label, name, table, server)
    from kotae.backend import AnswerRequest
    from kotae.events import Delta, Finished, Progress

    with _progress() as report:
        try:
            async for event in engine.backends[name].answer(AnswerRequest(question="Hello?")):
                if isinstance(event, Progress):
                    report(event)
                if isinstance(event, Delta):
                    return Finding(label, "ok", f"{table.kind}, the embedded model answers")
                if isinstance(event, Finished):
                    break
        except KotaeError as error:
            return Finding(label, "fault", error.message, error.hint)
    return Finding(label, "fault", "the embedded model said nothing", "See the log.")


async def _quotes(label: str, backend: Backend, *, quick: bool) -> Finding:
    from kotae.backend import AnswerRequest
    from kotae.events import Progress, Retrieved

    if quick:
        return Finding(label, "ok", "quote, asks no model")
    with _progress() as report:
        try:
            async for event in backend.answer(AnswerRequest(question="manual")):
                if isinstance(event, Progress):
                    report(event)
                if isinstance(event, Retrieved) and not event.passages:
                    return Finding(label, "note", "quote, asks no model; nothing was found to quote")
        except KotaeError as error:
            return Finding(label, "fault", error.message, error.hint)
    return Finding(label, "ok", "quote, asks no model; the manual answers")


async def _server(label: str, name: str, table: BackendSettings, server: str) -> Finding:
    from backends.openai_chat import ChatClient, endpoint_of

    try:
        client = ChatClient(table, endpoint_of(name, table, server))
        try:
            models = await client.models()
        finally:
            await client.aclose()
    except KotaeError as error:
        return Finding(label, "fault", error.message, error.hint)
    if models and table.model not in models:
        return Finding(
            label,
            "note",
            f"{server} answers but does not list {table.model}",
            f"It lists: {', '.join(models[:8])}.",
        )
    return Finding(label, "ok", f"{table.kind}, {table.model} on {server}")


class _progress:  # noqa: N801 - used as a context manager, like a function
    """A progress line that is gone when the work is done."""

    def __enter__(self) -> Callable[..., None]:
        from kotae.cli.terminal import ProgressLine

        self._line = ProgressLine(quiet=not sys.stderr.isatty())
        return self._line

    def __exit__(self, *_: object) -> None:
        self._line.clear()
