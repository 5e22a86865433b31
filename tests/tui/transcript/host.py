"""A program that shows a transcript and nothing else."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui.transcript.view import TranscriptView


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield TranscriptView()
