"""The part of `kotae tune build` that asks a model: the manual's pages, the model, the flaggers, and what it costs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from kotae.errors import BackendError, KotaeError
from kotae.plain import encodable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from backends.reply_cache import ReplyCache
    from backends.row_writer import RowWriter
    from kotae.backend import Manual
    from kotae.cli.compose import Services
    from kotae.cli.terminal import ProgressLine
    from kotae.cli.tune_build import Wanted
    from kotae.settings import BackendSettings, Settings
    from kotae.tuning.build.budget import Reckoned
    from kotae.tuning.build.build import Rows
    from kotae.tuning.build.drafts import Draft
    from kotae.tuning.build.grounding import Doubt
    from kotae.tuning.build.requests import Request
    from kotae.tuning.build.sections import ManualPage
    from kotae.tuning.tokens import Tokenizer


async def make_rows(settings: Settings, wanted: Wanted, rows: Rows, work: ReplyCache) -> Reckoned:
    """Says what it will cost, and makes rows from the manual unless that is all that is wanted.

    Raises:
        KotaeError: the manual can't be read, the model can't be asked or is too small, or there is no price to keep to a budget by.
    """
    from backends.row_writer import RowWriter
    from kotae.cli.compose import load_services
    from kotae.cli.terminal import ProgressLine, report
    from kotae.tuning.build.budget import reckon

    assert wanted.llm is not None
    table = _table(settings, wanted.llm, wanted)
    services = load_services(settings, report)
    line = ProgressLine()
    writer: RowWriter | None = None
    try:
        pages, requests = _plan(services, wanted)
        tokenizer = _tokenizer(table)
        writer = RowWriter(wanted.llm, table, cache=work, tokenizer=tokenizer)
        there = writer
        reckoned = reckon(requests, lambda request: there.kept(request) is not None, tokenizer, table)
        report(_said(reckoned, wanted.llm))
        if not wanted.dry_run:
            await _ask(services, settings, wanted, rows, work, writer, tokenizer, pages, requests, line)
        return reckoned
    finally:
        line.clear()
        if writer is not None:
            await writer.aclose()
        await services.aclose()


async def _ask(
    services: Services,
    settings: Settings,
    wanted: Wanted,
    rows: Rows,
    work: ReplyCache,
    writer: RowWriter,
    tokenizer: Tokenizer,
    pages: Sequence[ManualPage],
    requests: Sequence[Request],
    line: ProgressLine,
) -> None:
    import asyncio

    from kotae.cli.terminal import report
    from kotae.tuning.build.budget import Budget
    from kotae.tuning.build.build import Means, build
    from kotae.tuning.build.replies import ManualText

    assert wanted.llm is not None
    table = settings.backends[wanted.llm]
    if any(writer.kept(request) is None for request in requests):
        await writer.prepare(line)
    manual = services.manual(wanted.manual or "")
    means = Means(
        writer=writer,
        manual=ManualText(pages),
        budget=Budget(wanted.budget, table, work.used()),
        tokenizer=tokenizer,
        doubt=await _doubts(services, settings, manual, pages, work, line),
    )
    try:
        await build(requests, rows, means, line)
    except (asyncio.CancelledError, BackendError):
        line.clear()
        report("Replies so far are kept; the same command goes on from here.")
        raise


def _table(settings: Settings, llm: str, wanted: Wanted) -> BackendSettings:
    from kotae.settings import EMBEDDED, QUOTE, server_of

    table = settings.backends.get(llm)
    if table is None or table.kind == QUOTE:
        asked = [name for name, one in settings.backends.items() if one.kind != QUOTE]
        raise KotaeError(
            f"There is no backend {llm!r} to write rows by.", f"Choose from: {', '.join(asked)}."
        )
    if server_of(table) == EMBEDDED and not wanted.any_model:
        raise KotaeError(
            f"[backends.{llm}] is the embedded model, which is too small to write rows: "
            "of 11 that it wrote about the sample manual one was found borne out, and that was wrong.",
            "Name a backend with a larger model, or see how it goes with --any-model.",
        )
    if wanted.budget is not None and (table.price_input is None or table.price_output is None):
        raise KotaeError(
            f"[backends.{llm}] has no prices, so that no budget can be kept to.",
            f"Set price_input and price_output in [backends.{llm}], or leave --budget out.",
        )
    return table


def _plan(services: Services, wanted: Wanted) -> tuple[list[ManualPage], list[Request]]:
    """The manual's pages, and what is to be asked about them. What can't be read is told."""
    from backends.retrieval.links import targets_in
    from backends.retrieval.manual import pages
    from backends.retrieval.page import Skipped
    from kotae.cli.terminal import report
    from kotae.tuning.build.requests import plan
    from kotae.tuning.build.sections import ManualPage, sections

    skipped: list[Skipped] = []
    found = [
        ManualPage(
            id=encodable(page.id),  # which rows name: a file's name need not be text
            title=encodable(page.title),
            text=page.text,
            links={name: encodable(target) for name, target in page.links.items()},
        )
        for page in pages(
            Path(wanted.manual or "").expanduser(), skipped, services.plugins.register_readers()
        )
    ]
    for one in skipped:
        report(f"Skipped {one.path}: {one.reason}")
    cut = sections(found, targets_in)
    if not cut:
        raise KotaeError(
            f"There is nothing to ask about in {wanted.manual}.", "Name a manual with text in it."
        )
    return found, plan(found, cut, kinds=wanted.kinds, wordings=wanted.wordings, limit=wanted.limit)


def _tokenizer(table: BackendSettings) -> Tokenizer:
    from kotae.cli.tune_file import model_tokenizer
    from kotae.settings import EMBEDDED, server_of
    from kotae.tuning.tokens import estimate

    return estimate() if server_of(table) == EMBEDDED else model_tokenizer(table.model)


def _said(reckoned: Reckoned, llm: str) -> str:
    kept = f" ({reckoned.kept:,} answered already)" if reckoned.kept else ""
    cost = (
        f"[backends.{llm}] has no prices"
        if reckoned.price is None
        else f"≈ {reckoned.price:.4g}, at most {reckoned.most:.4g}"
    )
    what = "request" if reckoned.requests == 1 else "requests"
    return f"{reckoned.requests:,} {what}{kept}: ≈ {reckoned.prompt:,} tokens in, ≈ {reckoned.reply:,} out; {cost}."


async def _doubts(
    services: Services,
    settings: Settings,
    manual: Manual,
    pages: Sequence[ManualPage],
    work: ReplyCache,
    line: ProgressLine,
) -> Callable[[Draft], Awaitable[Doubt | None]] | None:
    """What holds drafts against the manual; None where there is no flagger."""
    import msgspec

    from kotae import __version__
    from kotae.cli.terminal import report
    from kotae.tuning.build.grounding import Grounding

    if not services.plugins.judges():
        report("There is no flagger, so that the answers are not held against the manual.")
        return None
    await manual.prepare(line)
    for flagger in services.flaggers.values():
        await flagger.prepare(line)
    told = [__version__, settings.flags, [(page.id, page.text) for page in pages]]
    version = hashlib.sha256(msgspec.json.encode(told)).hexdigest()
    return Grounding(
        services.plugins,
        manual,
        settings.flags.limit,
        work,
        version,
        unjudged=lambda: services.plugins.unjudged,
    ).doubt
