"""The parent's side of the process that holds the models which judge answers."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backends.worker_client import OnProgress, WorkerClient

Pair = tuple[str, str]
"""A premise and a hypothesis."""


class Inference(msgspec.Struct, frozen=True):
    """What an NLI model makes of one pair; shares of 1."""

    entailment: float
    contradiction: float
    """0 where the model tells entailment from its absence alone."""


class Token(msgspec.Struct, frozen=True, array_like=True):
    """What a token classifier makes of one token of an answer."""

    start: int
    """Offset in code points of the text that was judged."""
    end: int
    suspicion: float
    """0..1."""


class FlaggingClient(WorkerClient):
    """One process for all models, which are loaded when they are first asked for; see `WorkerClient`.

    All methods raise `SettingsError` where a model is missing or is none of its kind.
    """

    def __init__(self) -> None:
        super().__init__(("-m", "backends.flagging.worker"), "flagging")

    async def load(self, kind: str, model: str, progress: OnProgress | None = None) -> None:
        """Load the model of `kind`, `nli` or `lettucedetect`. One that is no folder is fetched from the Hugging Face hub, once."""
        await self._ask({"do": kind, "model": model, "load": True}, progress)

    async def infer(self, model: str, pairs: Sequence[Pair]) -> list[Inference]:
        """What an NLI model makes of premises and hypotheses, in their order."""
        return msgspec.convert(
            await self._ask({"do": "nli", "model": model, "pairs": list(pairs)}), list[Inference]
        )

    async def tokens(self, model: str, question: str, passages: Sequence[str], answer: str) -> list[Token]:
        """What a token classifier makes of the tokens of an answer, in their order; those it has no room for are left out."""
        message = {"do": "lettucedetect", "model": model, "question": question, "passages": list(passages)}
        return msgspec.convert(await self._ask({**message, "answer": answer}), list[Token])
