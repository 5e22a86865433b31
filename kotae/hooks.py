"""The marker that plugins put on their hooks, and the hooks as the engine sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pluggy

from kotae.backend import Manual
from kotae.conversation import Flag, Message, Passage, Rewrite, Turn

PROJECT = "kotae"

hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as the implementation of the hook of the same name."""


class Hooks(Protocol):
    """What the engine calls; `plugins.manager` stands behind it. None of these raises because of a plugin."""

    async def rewrite_query(self, history: tuple[Message, ...], question: str) -> Rewrite | None: ...

    async def flag_answer(
        self,
        *,
        question: str,
        answer: str,
        passages: Sequence[Passage],
        manual: Manual | None,
        history: tuple[Message, ...],
        final: bool,
    ) -> list[Flag] | None:
        """What all flaggers say, in the order of the text; None when none of them could judge."""

    def judges(self) -> bool:
        """Whether any flagger is there."""

    async def turn_started(self, turn: Turn) -> None: ...

    async def turn_finished(self, turn: Turn) -> None: ...
