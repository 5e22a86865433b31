"""Writing for people: progress on stderr, and text from elsewhere made harmless."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from kotae.events import Progress
from kotae.plain import escape_controls

if TYPE_CHECKING:
    from kotae.conversation import Rewrite
    from kotae.settings import Settings


def report(line: str) -> None:
    """A line on stderr, whose text may be anyone's."""
    click.echo(escape_controls(line), err=True)


def report_query(rewrite: Rewrite, question: str, settings: Settings) -> None:
    """What is searched for where that is not the question, and why it was worded otherwise than intended."""
    if rewrite.query != question:
        report(f"Searching for: {rewrite.query}  ({rewrite.method})")
    if rewrite.note and settings.retrieval.rewrite:
        report(rewrite.note)


class ProgressLine:
    """One line on stderr that follows `Progress`: redrawn in a terminal, a line a stage elsewhere."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._live = sys.stderr.isatty()
        self._quiet = quiet
        self._stage = ""
        self._began = self._drawn = 0.0

    def __call__(self, progress: Progress) -> None:
        if self._quiet:
            return
        at = time.monotonic()
        fresh = progress.stage != self._stage
        if fresh:
            self._stage, self._began = progress.stage, at
        if self._live and (fresh or at - self._drawn >= 0.1 or progress.done == progress.total):
            self._drawn = at
            click.echo("\r\x1b[2K" + self._text(progress, at), err=True, nl=False)
        elif not self._live and fresh:
            report(progress.stage)

    def clear(self) -> None:
        """Takes the line away, before other output."""
        if self._live and self._stage and not self._quiet:
            click.echo("\r\x1b[2K", err=True, nl=False)
        self._stage = ""

    def _text(self, progress: Progress, at: float) -> str:
        text = escape_controls(progress.stage)
        if not progress.total:
            return f"{text} …"
        share = progress.done / progress.total
        filled = round(share * 24)
        text = f"{text} {'█' * filled}{'░' * (24 - filled)} {share:4.0%}"
        elapsed = at - self._began
        if elapsed > 2 and 0 < progress.done < progress.total:
            text += f"  {elapsed / progress.done * (progress.total - progress.done):.0f} s left"
        return text
