"""What writes conversations in another format. The bundled ones and those of plugins are registered alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from kotae.conversation import Conversation


@runtime_checkable
class Export(Protocol):
    """A format. Conversations come one at a time, and what is written may go out before the last has come."""

    name: str
    """As `--format` takes it."""
    suffix: str
    """Of its files, with the dot."""
    about: str
    """A few words for the list of formats."""

    def write(self, conversations: Iterable[Conversation]) -> Iterator[str]:
        """The conversations, in pieces of text."""
