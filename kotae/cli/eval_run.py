"""`kotae eval run`: a question set put to several backends."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kotae.cli.options import settings_with
from kotae.errors import SettingsError

if TYPE_CHECKING:
    from kotae.cli.compose import Services
    from kotae.engine import Engine
    from kotae.evaluation.folder import RunFolder
    from kotae.evaluation.questions import Question
    from kotae.evaluation.run import Asked
    from kotae.settings import Settings


@click.command("run")
@click.option(
    "--questions",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="JSONL of {id, question, type, history, reference, pages, …}.",
)
@click.option(
    "--backends", metavar="A,B", help="Which backends to ask, as in the settings' tables. Default: all."
)
@click.option(
    "--out",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The run's folder; a run that is there is gone on with.",
)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="The first N questions of each type.")
@click.option(
    "--type", "only", metavar="TYPE", multiple=True, help="Questions of this type; can be repeated."
)
@click.option(
    "--concurrency",
    metavar="N",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Answers at once from one server.",
)
@click.option("--seed", metavar="N", type=int, help="Makes answers repeatable, where the server can.")
@click.option("--temperature", metavar="T", type=click.FloatRange(0, 2), help="For all backends.")
@click.option("--model", metavar="NAME", help="The model's name on the server.")
@click.option("--base-url", metavar="URL", help="An OpenAI-compatible server.")
@click.option("--manual", metavar="SOURCE", help="The manual: a folder, a page or a JSONL corpus.")
@click.option("--index", metavar="DIR", help="An index made with `kotae index`.")
@click.option("--json", "as_json", is_flag=True, help="Print each closed turn as a line of JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    questions: Path,
    backends: str | None,
    out: Path,
    limit: int | None,
    only: tuple[str, ...],
    concurrency: int,
    seed: int | None,
    temperature: float | None,
    model: str | None,
    base_url: str | None,
    manual: str | None,
    index: str | None,
    as_json: bool,
) -> int:
    """Ask every question of every backend, through the pipeline of the chat, and keep each answer as a transcript.

    A run that was interrupted goes on with the same command, and asks nothing twice. Answers that failed are asked again.
    """
    from kotae.cli.jsonl import read_rows
    from kotae.evaluation.form import check_forms
    from kotae.evaluation.questions import Question, checked

    name = "stdin" if str(questions) == "-" else questions.name
    rows = checked(
        read_rows(questions, Question, 'a JSON object {"id", "question", "type", "reference", …}'), name
    )
    check_forms(rows, name)
    rows = _chosen(rows, only, limit)
    settings = settings_with(ctx, backend=None, model=model, base_url=base_url, manual=manual, index=index)
    names = _names(backends, settings)
    sampling = {"seed": seed, "temperature": temperature}
    settings = settings_with(
        ctx,
        backend=None,
        model=model,
        base_url=base_url,
        manual=manual,
        index=index,
        more={"backends": {backend: _sampled(settings, backend, sampling) for backend in names}},
    )
    return asyncio.run(_run(settings, name, rows, names, out.expanduser(), concurrency, as_json=as_json))


def _sampled(settings: Settings, backend: str, sampling: dict[str, Any]) -> dict[str, Any]:
    table = settings.backends[backend]
    return {"base_url": table.base_url, "model": table.model, **sampling}


def _names(named: str | None, settings: Settings) -> list[str]:
    names = [name.strip() for name in (named or "").split(",") if name.strip()] or list(settings.backends)
    for name in names:
        if name not in settings.backends:
            raise SettingsError(
                f"There is no backend {name!r}.", f"Choose from: {', '.join(settings.backends)}."
            )
    return list(dict.fromkeys(names))


def _chosen(rows: list[Question], only: tuple[str, ...], limit: int | None) -> list[Question]:
    from collections import Counter

    from kotae.evaluation.questions import EvaluationError, types

    for kind in only:
        if kind not in set(types(rows)):
            known = ", ".join(kind or "(none)" for kind in types(rows))
            raise EvaluationError(f"There is no question of type {kind!r}.", f"The types are: {known}.")
    taken: Counter[str] = Counter()
    chosen = []
    for row in rows:
        taken[row.type] += 1
        if (not only or row.type in only) and (limit is None or taken[row.type] <= limit):
            chosen.append(row)
    return chosen


async def _run(
    settings: Settings,
    name: str,
    rows: list[Question],
    backends: list[str],
    out: Path,
    concurrency: int,
    *,
    as_json: bool,
) -> int:
    from kotae.cli.compose import load_engine, load_services
    from kotae.cli.terminal import ProgressLine, report
    from kotae.evaluation.folder import begin, missing
    from kotae.evaluation.manifest import manifest_of

    services, line = load_services(settings, report), ProgressLine()
    engine = load_engine(settings, report, services)
    try:
        for backend in backends:
            engine.backend(backend)
        manifest = manifest_of(
            name,
            rows,
            backends,
            settings,
            plugins=_plugins(engine),
            digests=await _digests(services, settings, backends, line),
            concurrency=concurrency,
        )
        folder = begin(out, manifest, rows)
        to_ask = len(missing(folder))
        done = len(rows) * len(backends) - to_ask
        if done:
            report(f"{done} answers are there already; {to_ask} to go.")
        failed = await _ask_all(engine, folder, line, done, as_json=as_json)
    finally:
        line.clear()
        await engine.aclose()
    total = len(rows) * len(backends)
    report(f"{total - failed} of {total} answers in {out}. `kotae eval score {out}` scores them.")
    return 1 if failed else 0


async def _ask_all(engine: Engine, folder: RunFolder, line: Any, done: int, *, as_json: bool) -> int:
    """How many answers failed."""
    from kotae.cli.eval_pace import RunPace
    from kotae.cli.jsonl import write_row
    from kotae.cli.terminal import report
    from kotae.evaluation.run import run
    from kotae.events import Progress

    total = len(folder.questions) * len(folder.manifest.backends)
    failures, pace, first = _Failures(), RunPace(folder), done
    try:
        async with aclosing(run(engine, folder)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, Progress):
                    if done == first:  # before the first answer; later on the count says more
                        line(event)
                    continue
                done += 1
                pace.take(event.turn.backend, event.turn.cost)
                if event.turn.status == "error" and (news := failures.take(event)):
                    line.clear()
                    report(news)
                if as_json:
                    write_row({"question": event.question.id, **event.turn.to_dict()})
                line(Progress("Asking", done, total, "answers"), pace.cost(), pace.seconds_left())
    except asyncio.CancelledError:
        line.clear()
        report("Stopped. The same command goes on from here.")
        raise
    line.clear()
    for more in failures.rest():
        report(more)
    for backend, names in folder.models().items():
        if len(names) > 1:
            report(f"{backend}: several models answered, as the server names them: {', '.join(names)}.")
    return failures.count


class _Failures:
    """Answers that failed. What a backend fails of is said once, and counted."""

    def __init__(self) -> None:
        self.count = 0
        self._alike: dict[tuple[str, str], int] = {}

    def take(self, asked: Asked) -> str:
        """What there is to say of it; empty when that was said."""
        turn = asked.turn
        key = turn.backend, turn.error or ""
        self.count += 1
        self._alike[key] = self._alike.get(key, 0) + 1
        return (
            f"{asked.question.id}, {turn.backend}: {turn.error} {turn.hint}" if self._alike[key] == 1 else ""
        )

    def rest(self) -> list[str]:
        """How many more there were of each."""
        return [
            f"{backend}: {count - 1} more answers failed of the same: {error}"
            for (backend, error), count in self._alike.items()
            if count > 1
        ]


def _plugins(engine: Engine) -> dict[str, str]:
    infos = getattr(engine.hooks, "infos", {})
    return {name: info.version for name, info in infos.items() if info.state == "on"}


async def _digests(services: Services, settings: Settings, backends: list[str], line: Any) -> dict[str, str]:
    """What answers depend on beside the settings; indexes are built for it where they are searched and not there."""
    from kotae.cli.digests import adapter_digest, weights_digest
    from kotae.evaluation.manifest import adapter_of
    from kotae.settings import EMBEDDED, QUOTE, server_of

    found: dict[str, str] = {}
    tables = {name: settings.backends[name] for name in backends}
    searching = {name: table for name, table in tables.items() if table.kind not in ("base", "finetuned")}
    manuals = {"manual": services.manual()} if settings.flags.enabled else {}
    for name, table in searching.items():
        own = table.manual or table.index or table.retriever
        manuals[f"manual of {name}" if own else "manual"] = services.manual(
            table.manual, table.index, table.retriever
        )
    for name, manual in manuals.items():
        if hasattr(manual, "digest"):  # a plugin's retriever may have none
            await manual.prepare(line)
            line.clear()
            found[name] = manual.digest()
    for name, table in tables.items():
        if table.kind == QUOTE or server_of(table) != EMBEDDED:
            continue
        found["weights"] = weights_digest()
        if table.kind == "finetuned" or table.adapter:
            found[adapter_of(name)] = adapter_digest(table)
    return found
