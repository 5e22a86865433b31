"""One running Kotae without a screen: settings, backends, plugins, and the asking of questions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import structs

from kotae.backend import Adjustable, AnswerRequest, Backend, Manual
from kotae.commands import Command
from kotae.errors import SettingsError
from kotae.events import Notice
from kotae.hooks import Hooks
from kotae.settings import BackendSettings, Settings
from kotae.transcripts.record import Recorder
from kotae.turn import TurnContext, TurnRun
from kotae.verdicts import Verdicts

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Engine:
    """Made by the composition root; used by the screen and by the commands."""

    settings: Settings
    hooks: Hooks
    backends: Mapping[str, Backend]
    """By name, in the order of the tabs."""
    manual: Manual | None = None
    """What answers are held against when their backend searched nothing."""
    commands: Sequence[Command] = ()
    """Those that plugins add to the chat."""
    make: Callable[[Settings], Sequence[Backend]] | None = None
    """Makes the backends of settings; None: there are never more than these."""
    closers: Sequence[Callable[[], Awaitable[None]]] = field(default_factory=tuple)
    noticed: set[Notice] = field(default_factory=set)
    """What backends have said beside their answers; it is said once."""

    def backend(self, name: str) -> Backend:
        """The backend of that name.

        Raises:
            SettingsError: there is none.
        """
        if name not in self.backends:
            raise SettingsError(
                f"There is no backend {name!r}.", f"Choose one of: {', '.join(self.backends)}."
            )
        return self.backends[name]

    def ask(
        self,
        backend: str,
        request: AnswerRequest,
        *,
        parent: str | None = None,
        recorder: Recorder | None = None,
        verdicts: Verdicts | None = None,
    ) -> TurnRun:
        """One turn, ready to be iterated over. `verdicts`: what the reader said of the same flags before."""
        context = TurnContext(
            hooks=self.hooks,
            recorder=recorder,
            manual=self.manual,
            flags=self.settings.flags,
            table=self.settings.backends.get(backend, BackendSettings()),
            noticed=self.noticed,
            verdicts=verdicts,
        )
        return TurnRun(self.backend(backend), request, context, parent=parent)

    def adopt(self, settings: Settings) -> None:
        """Answers the next questions by other settings: models, prompts, sampling, prices, flags. The rest needs a restart."""
        self.settings = settings
        for name, backend in self.backends.items():
            table = settings.backends.get(name)
            if table is not None and isinstance(backend, Adjustable):
                backend.adjust(table)

    def add(self, settings: Settings) -> list[str]:
        """Makes the backends of tables that are new in `settings`, beside those there are, which go on undisturbed; their names.

        May take a while: call it in a thread.
        """
        fresh = {name: table for name, table in settings.backends.items() if name not in self.backends}
        if not fresh or self.make is None:
            return []
        made = self.make(structs.replace(settings, backends=fresh))
        added = {backend.name: backend for backend in made if backend.name in fresh}
        self.backends = {**self.backends, **added}
        return list(added)

    async def aclose(self) -> None:
        """Ends child processes and connections. Never raises."""
        closing = [backend.aclose() for backend in self.backends.values()] + [
            close() for close in self.closers
        ]
        for outcome in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                _log.warning("closing: %r", outcome)
