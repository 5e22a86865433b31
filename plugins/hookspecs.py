"""The hooks. A plugin implements any of them, with any part of their arguments, marked `@kotae.hookimpl`."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

import click
import pluggy

from kotae.backend import Backend, Manual, Services
from kotae.commands import Command
from kotae.conversation import Flag, Message, Passage, Rewrite, Turn
from kotae.evaluation.metrics import Metric
from kotae.export import Export
from kotae.hooks import PROJECT
from kotae.reading import Reader
from kotae.settings import Settings

hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec
def register_backends(settings: Settings, services: Services) -> Sequence[Backend]:  # type: ignore[empty-body]
    """Answer backends. Called once, after the first frame."""


@hookspec(firstresult=True)
def rewrite_query(history: tuple[Message, ...], question: str) -> Rewrite | Awaitable[Rewrite | None] | None:
    """The query to search for, given what was said before; None leaves it to the next plugin."""


@hookspec
def flag_answer(
    question: str,
    answer: str,
    passages: Sequence[Passage],
    manual: Manual | None,
    history: tuple[Message, ...],
    final: bool,
) -> Sequence[Flag] | Awaitable[Sequence[Flag] | None] | None:
    """Suspected spans of an answer; None where it can't be judged.

    Called with what has come so far, as it streams, and with the whole answer and `final` at the end. A `KotaeError` says that this
    answer could not be judged, and why: the user is told, and the next answer is judged again.
    """


@hookspec
def turn_started(turn: Turn) -> Awaitable[None] | None:
    """A question is about to be sent."""


@hookspec
def turn_finished(turn: Turn) -> Awaitable[None] | None:
    """A turn was closed, whatever its end."""


@hookspec
def session_ended() -> Awaitable[None] | None:
    """The program ends: close what the plugin holds, such as a process or a connection."""


@hookspec
def register_retrievers(settings: Settings) -> dict[str, Manual]:  # type: ignore[empty-body]
    """Other indexes by name, for a table's `retriever = "name"`."""


@hookspec
def register_readers() -> Sequence[Reader]:  # type: ignore[empty-body]
    """Readers of other manual formats. Called in the retrieval process, before a manual is read."""


@hookspec
def register_commands() -> Sequence[Command]:  # type: ignore[empty-body]
    """Commands of the chat, by slash and in the palette. Called once, after the first frame."""


@hookspec
def register_metrics(settings: Settings) -> Sequence[Metric]:  # type: ignore[empty-body]
    """Scores for answers, for `kotae eval score`; `kotae.evaluation.metrics.per_answer` makes one of a function."""


@hookspec
def register_exports() -> Sequence[Export]:  # type: ignore[empty-body]
    """Formats that `kotae transcript export` writes."""


@hookspec
def register_cli(group: click.Group) -> None:
    """Sub-commands of `kotae`."""
