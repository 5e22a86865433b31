"""The tours can be taken: what stands on the page is run as it stands there."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from docs.run_tours import PAGE, Command, commands, take, written
from kotae.cli.group import cli

FOUND = list(commands(PAGE.read_text(encoding="utf-8")))
TOURS = ("From a manual to a backend", "Balance Shift: form against knowledge")


def words(command: Command) -> list[str]:
    return shlex.split(command.text.replace("\\\n", " "))


def test_both_tours_are_on_the_page_with_what_came() -> None:
    assert tuple(dict.fromkeys(command.tour for command in FOUND)) == TOURS
    assert all(command.shown for command in FOUND if command.text.startswith("kotae "))


@pytest.mark.parametrize(
    "command", [c for c in FOUND if c.text.startswith("kotae ")], ids=lambda c: f"line {c.line}"
)
def test_each_command_has_the_options_that_it_is_given(command: Command) -> None:
    context = click.Context(cli)
    found: click.Command = cli
    rest = words(command)[1:]
    while isinstance(found, click.Group):
        sub = found.get_command(context, rest[0])
        assert sub is not None, rest[0]
        found, rest = sub, rest[1:]
    found.make_context(command.text, rest)


def test_what_takes_no_training_gives_what_the_page_shows(tmp_path: Path) -> None:
    quick = [
        c
        for c in FOUND
        if c.text.startswith(("export", "cp ", "kotae tune lint sample_manual/tuning/balance_shift"))
    ]
    assert len(quick) == 4
    taken = list(take(quick, tmp_path))
    assert [one.code for one in taken] == [0] * 4
    assert taken[-1].output.split() == quick[-1].shown.split()


def test_a_tour_ends_where_a_command_fails(tmp_path: Path) -> None:
    page = "## A\n\n```console\n$ echo one \\\n  two\nold\n$ false\n$ echo never\n```\n"
    taken = list(take(list(commands(page)), tmp_path))
    assert [(one.code, one.output) for one in taken] == [(0, "one two\n"), (1, "")]
    assert written(page, taken) == page.replace("\nold\n", "\none two\n")
