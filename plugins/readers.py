"""Readers of plugins, held to what a reader may do: none takes longer with a file than its plugin's budget."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from kotae.reading import PageText, Reader
from plugins import returns


@dataclass(frozen=True, slots=True)
class GuardedReader:
    """A plugin's reader. One bad file is that file's matter; a reader that hangs or gives no page is switched off."""

    reader: Reader
    suffixes: Collection[str]
    within_budget: Callable[[Callable[[], object]], object]
    """Calls, and raises TimeoutError when the call takes longer than the budget."""
    why_off: Callable[[], str]
    """Why the plugin is off; empty while it is on."""
    switch_off: Callable[[BaseException], None]

    def read(self, path: Path) -> PageText:
        """As `Reader.read`.

        Raises:
            ValueError: as that says, or the plugin is switched off.
        """
        if not (reason := self.why_off()):
            try:
                read = self.within_budget(lambda: self.reader.read(path))
            except TimeoutError as error:
                self.switch_off(error)
            else:
                try:
                    return returns.page_text(read)
                except (TypeError, ValueError) as error:
                    self.switch_off(error)
            reason = self.why_off()
        raise ValueError(f"its plugin was switched off: {reason}")
