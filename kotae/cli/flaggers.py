"""The flaggers that the settings give a model, made ready to be registered as plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kotae.events import Progress
from kotae.settings import MODEL_FLAGGERS, Settings


class ModelFlagger(Protocol):
    """A flagger with a model of its own, and the hook `flag_answer`."""

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None:
        """Loads the model, so that the first answer need not wait for it.

        Raises:
            KotaeError: it can't be loaded.
        """

    async def aclose(self) -> None:
        """Ends what the flagger holds."""


def made(settings: Settings) -> dict[str, ModelFlagger]:
    """The flaggers that have a model and are to run, by name. Nothing is loaded yet."""
    wanted = [name for name in MODEL_FLAGGERS if _wanted(name, settings)]
    flaggers: dict[str, ModelFlagger] = {}
    if "judge" in wanted:
        from backends.flagging.judge import Judge

        flaggers["judge"] = Judge(settings)
    if "nli" in wanted or "lettucedetect" in wanted:
        from backends.flagging.client import FlaggingClient
        from backends.flagging.lettucedetect import LettuceDetect
        from backends.flagging.nli import Nli

        client = FlaggingClient()  # one process for both
        if "nli" in wanted:
            flaggers["nli"] = Nli(settings, client)
        if "lettucedetect" in wanted:
            flaggers["lettucedetect"] = LettuceDetect(settings, client)
    return flaggers


def _wanted(name: str, settings: Settings) -> bool:
    flags = settings.flags
    chosen = not flags.flaggers or name in flags.flaggers
    return flags.enabled and bool(getattr(flags, name)) and chosen and name not in settings.plugins.disabled
