"""Writing for people: progress on stderr, and text from elsewhere made harmless."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import click

from kotae.events import Progress
from kotae.pace import Estimate, Pace, rounded
from kotae.plain import escape_controls, escaped_line
from kotae.queries import typed

if TYPE_CHECKING:
    from kotae.conversation import Rewrite
    from kotae.settings import Settings


_MARGIN = 3
"""Columns that stay free beside a line that is drawn again."""


def report(line: str) -> None:
    """A line on stderr, whose text may be anyone's."""
    click.echo(escaped_line(line), err=True)


def report_query(rewrite: Rewrite, question: str, settings: Settings) -> None:
    """What is searched for where that is not the question, and why it was worded otherwise than intended."""
    if rewrite.query != typed(question):
        report(f"Searching for: {rewrite.query}  ({rewrite.method})")
    if rewrite.note and settings.retrieval.rewrite:
        report(rewrite.note)


class ProgressLine:
    """One line on stderr that follows `Progress`: redrawn in a terminal, a line a stage elsewhere."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._live = sys.stderr.isatty()
        self._quiet = quiet
        self._stage = ""
        self._drawn = 0.0
        self._pace = Pace()

    def __call__(self, progress: Progress, more: str = "", left: float | None = None) -> None:
        """Shows how far it has come; `more` is what else there is to say, `left` the seconds to go where these are known better."""
        if self._quiet:
            return
        at = time.monotonic()
        fresh, self._stage = progress.stage != self._stage, progress.stage
        estimate = self._pace.told(progress, at)
        if self._live and (fresh or at - self._drawn >= 0.1 or progress.done == progress.total):
            self._drawn = at
            estimate = estimate if left is None else Estimate(estimate.rate, left)
            text = progress_text(progress, estimate) + (f"  {escape_controls(more)}" if more else "")
            click.echo("\r\x1b[2K" + _fitting(text), err=True, nl=False)
        elif not self._live and fresh:
            report(progress.stage)

    def clear(self) -> None:
        """Takes the line away, before other output."""
        if self._live and self._stage and not self._quiet:
            click.echo("\r\x1b[2K", err=True, nl=False)
        self._stage = ""


def _fitting(text: str) -> str:
    """As much of a line as can be taken away again: not so much that the ^C behind it begins another."""
    from rich.cells import cell_len, set_cell_size

    width = max(1, shutil.get_terminal_size().columns - _MARGIN)
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"


def progress_text(progress: Progress, estimate: Estimate) -> str:
    """How far something has come, on a line."""
    text = escape_controls(progress.stage)
    left = f"  {_time(estimate.left)} left" if estimate.left is not None else ""
    if not progress.total:
        return f"{text} …{left}"
    share = progress.done / progress.total
    filled = round(share * 24)
    text = f"{text} {'█' * filled}{'░' * (24 - filled)} {share:4.0%}"
    if estimate.rate is not None and progress.unit:
        text += f"  {estimate.rate:.{0 if estimate.rate >= 10 else 1}f} {progress.unit}/s"
    return text + left


def _time(seconds: float) -> str:
    hours, minutes, rest = rounded(seconds)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"
