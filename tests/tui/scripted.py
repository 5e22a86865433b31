"""A real engine whose backends say what a test tells them to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kotae.conversation import Flag, Message, Passage, Rewrite, TokenUsage, Turn
from kotae.engine import Engine
from kotae.errors import BackendError
from kotae.events import BackendEvent, Delta, Finished, Prompted, Retrieved, Rewritten, Used
from kotae.settings import Settings
from plugins.manager import PluginManager

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from kotae.backend import AnswerRequest, Backend, Manual

Step = BackendEvent | BackendError | asyncio.Event
"""What a backend does next: yield, raise, or wait."""

PASSAGES = (
    Passage(
        id="p1",
        document="closing/reopening-periods.md",
        title="Reopening a period › Who may do it",
        text="Only a user with the role Controller can reopen a closed period.",
        score=0.83,
    ),
    Passage(
        id="p2",
        document="admin/roles.md",
        title="Roles and permissions",
        text="Six roles come with the product. A role can't be deleted.",
        score=0.41,
    ),
)


@dataclass
class Scripted:
    """A backend that goes through `steps` for every question, and keeps what it was asked."""

    name: str
    kind: str = "base"
    steps: Sequence[Step] = (Delta("An answer."), Finished("stop"))
    requests: list[AnswerRequest] = field(default_factory=list)
    closed: bool = False

    async def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
        self.requests.append(request)
        for step in self.steps:
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif isinstance(step, BackendError):
                raise step
            else:
                yield step

    async def aclose(self) -> None:
        self.closed = True


def rag_steps(question: str, answer: str) -> tuple[Step, ...]:
    """What a backend with retrieval yields."""
    return (
        Rewritten(
            Rewrite(query=f"{question} closed period", method="heuristic", note="a reference was resolved")
        ),
        Retrieved(PASSAGES),
        Prompted((Message("system", "Use the passages."), Message("user", question))),
        Delta(answer),
        Used(TokenUsage(prompt_tokens=812, completion_tokens=96, model="SmolLM2-135M-Instruct")),
        Finished("stop"),
    )


@dataclass
class WordFlagger:
    """Hooks that flag every occurrence of the given words."""

    words: tuple[str, ...] = ()

    async def rewrite_query(self, history: tuple[Message, ...], question: str) -> Rewrite | None:
        return None

    def judges(self) -> bool:
        return True

    async def flag_answer(
        self,
        *,
        question: str,
        answer: str,
        passages: Sequence[Passage],
        manual: Manual | None,
        history: tuple[Message, ...],
        final: bool,
    ) -> list[Flag]:
        found = []
        for word in self.words:
            if (start := answer.find(word)) >= 0:
                reason = f"The manual does not say {word}."
                flag = Flag(
                    start=start,
                    end=start + len(word),
                    kind="number",
                    score=0.9,
                    reason=reason,
                    evidence=PASSAGES[0],
                )
                found.append(flag)
        return found

    async def turn_started(self, turn: Turn) -> None: ...

    async def turn_finished(self, turn: Turn) -> None: ...


def plain_hooks() -> PluginManager:
    """The plugin manager, with no plugin."""
    manager = PluginManager()
    manager.load([])
    return manager


def engine_of(*backends: Backend, flag: tuple[str, ...] = (), settings: Settings | None = None) -> Engine:
    """An engine of these backends; `flag` names words that are flagged."""
    return Engine(
        settings=settings or Settings(),
        hooks=WordFlagger(flag) if flag else plain_hooks(),
        backends={backend.name: backend for backend in backends},
    )


def loads(engine: Engine) -> Callable[[Callable[[str], None]], Engine]:
    """A `load_engine` that gives `engine`."""
    return lambda report: engine
