"""`kotae eval`: from questions and transcripts to figures."""

from __future__ import annotations

import click

from kotae.cli.lazy import LazyCommands, require

_COMMANDS = {
    "run": "Ask a question set of several backends.",
    "score": "Score a run, or transcripts recorded by hand.",
    "diff": "Say what changed between two runs.",
    "report": "Put figures and answers into one HTML file.",
    "export": "Write questions or answers as other tools read them.",
    "import": "Make a question set of what other tools wrote.",
}


_NEEDED = (
    "evalica",
    "jinja2",
    "jsonschema_rs",
    "matplotlib",
    "regex",
    "rouge_score_rs",
    "sacrebleu",
    "scipy",
    "sklearn",
    "yaml",
)
"""Modules of the extra `eval`."""


@click.group("eval", cls=LazyCommands, helps=_COMMANDS)
def command() -> None:
    """Find out which way of answering is better, with figures that can be defended."""
    require("Evaluation", _NEEDED, "eval")
