"""`kotae eval`: from questions and transcripts to figures."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

import click

from kotae.errors import KotaeError

_COMMANDS = {
    "run": "Ask a question set of several backends.",
    "score": "Score a run, or transcripts recorded by hand.",
    "diff": "Say what changed between two runs.",
    "report": "Put figures and answers into one HTML file.",
    "export": "Write questions or answers as other tools read them.",
    "import": "Make a question set of what other tools wrote.",
}


class _Group(click.Group):
    """Imports a sub-command when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"kotae.cli.eval_{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


_NEEDED = (
    "evalica",
    "jinja2",
    "jsonschema",
    "matplotlib",
    "regex",
    "rouge_score_rs",
    "sacrebleu",
    "scipy",
    "sklearn",
    "yaml",
)
"""Modules of the extra `eval`."""


@click.group("eval", cls=_Group)
def command() -> None:
    """Find out which way of answering is better, with figures that can be defended."""
    if absent := [name for name in _NEEDED if find_spec(name) is None]:
        raise KotaeError(
            f"Evaluation needs packages that are not installed: {', '.join(absent)}.",
            "Install Kotae with the extra `eval`: pipx install 'kotae[eval]'.",
        )
