"""Take the tours of `docs/tours.md`: `python -m docs.run_tours` runs every command on the page, in order, in a home of its own.

Nothing but the page says what is run. With `--write` the output that the page shows is replaced by what came.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kotae import paths

PAGE = Path(__file__).with_name("tours.md")
ROOT = PAGE.parent.parent
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
WIDTH = 110
"""Columns of the terminal that the output is for."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the page."""

    line: int
    """Where it stands, from 1."""
    tour: str
    """The heading that it stands under."""
    text: str
    """As a shell takes it; it may have several lines."""
    shown: str
    """The output that the page shows."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a command."""

    command: Command
    code: int
    output: str
    seconds: float


def commands(page: str) -> Iterator[Command]:
    """The commands of a page's console blocks: lines after `$ `, to the end of a line that no backslash continues."""
    headings = [(found.start(), found[1]) for found in _HEADING.finditer(page)]
    for block in _BLOCK.finditer(page):
        tour = next((name for at, name in reversed(headings) if at < block.start()), "")
        line = page.count("\n", 0, block.start(1)) + 1
        text: list[str] = []
        shown: list[str] = []
        begun = line
        for number, part in enumerate(block[1].splitlines(), line):
            if part.startswith("$ "):
                if text:
                    yield Command(begun, tour, "\n".join(text), "\n".join(shown))
                begun, text, shown = number, [part[2:]], []
            elif text and not shown and text[-1].endswith("\\"):
                text.append(part)
            else:
                shown.append(part)
        if text:
            yield Command(begun, tour, "\n".join(text), "\n".join(shown))


def take(found: Sequence[Command], home: Path) -> Iterator[Taken]:
    """Runs commands in one shell in the checkout, until one fails. Both streams of each come as one text."""
    shell = subprocess.Popen(
        ["/bin/sh"],
        cwd=ROOT,
        env=_environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert shell.stdin is not None
    assert shell.stdout is not None
    output = home / "output"
    with shell:
        for command in found:
            began = time.monotonic()
            shell.stdin.write(
                f"{{ {command.text}\n}} > {shlex.quote(str(output))} 2>&1 < /dev/null\necho $?\n"
            )
            shell.stdin.flush()
            code = shell.stdout.readline().strip()
            came = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
            came = came.replace("\r", "\n").replace(str(home), "$HOME")
            yield Taken(command, int(code or -1), came, time.monotonic() - began)
            if code != "0":
                return


def _environment(home: Path) -> dict[str, str]:
    """No settings, keys or transcripts but those that the tours make; the models are those that are there."""
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    return {
        **kept,
        **folders,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "COLUMNS": str(WIDTH),
        "KOTAE_MODELS": str(paths.models_dir()),
    }


def written(page: str, taken: Sequence[Taken]) -> str:
    """The page with the output that came in place of what it shows."""
    lines = page.splitlines()
    for one in reversed(taken):
        first = one.command.line + one.command.text.count("\n")
        shown = one.command.shown.count("\n") + 1 if one.command.shown else 0
        lines[first : first + shown] = _tidy(one.output)
    return "\n".join(lines) + "\n"


def _tidy(output: str) -> list[str]:
    lines = [line.rstrip() for line in output.splitlines()]
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        del lines[-1]
    return lines


def main() -> int:
    """Exit code 1 where a command failed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="put what came into the page")
    options.add_argument("--tour", help="only the one whose heading begins so")
    chosen = options.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    found = [command for command in commands(page) if command.tour.startswith(chosen.tour or "")]
    taken: list[Taken] = []
    with tempfile.TemporaryDirectory(prefix="kotae-tours-") as home:
        for one in take(found, Path(home)):
            taken.append(one)
            print(f"$ {one.command.text}\n{one.output}[{one.seconds:.0f} s]\n", flush=True)
    if taken[-1].code:
        print(f"{PAGE.name}, line {taken[-1].command.line}: exit code {taken[-1].code}", file=sys.stderr)
        return 1
    if chosen.write:
        PAGE.write_text(written(page, taken), encoding="utf-8")
    for tour in dict.fromkeys(one.command.tour for one in taken):
        seconds = sum(one.seconds for one in taken if one.command.tour == tour)
        print(f"{tour}: {seconds / 60:.1f} min")
    return 0


if __name__ == "__main__":
    sys.exit(main())
