"""`kotae eval import`: question sets that other tools wrote."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from kotae.errors import KotaeError


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format", "name", metavar="FORMAT", required=True, help="jsonl, csv, promptfoo, inspect or ragas."
)
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Default: stdout."
)
def command(file: Path, name: str, out: Path | None) -> int:
    """Make a question set for `kotae eval run` of FILE."""
    from kotae.cli.terminal import report
    from kotae.evaluation.form import check_forms
    from kotae.evaluation.formats import by_name
    from kotae.evaluation.formats.rows import plain
    from kotae.evaluation.manifest import write_whole
    from kotae.evaluation.questions import EvaluationError, checked

    form = by_name(name)
    assert form.read is not None
    try:
        rows = form.read(file.expanduser().read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise KotaeError(f"{file} can't be read: {error.strerror or error}.", "Check the path.") from None
    except (ValueError, RecursionError) as error:  # msgspec's errors and what is not UTF-8 are of this kind
        raise EvaluationError(f"{file} is not in the format {name}: {error}.", "Check --format.") from None
    questions = checked(rows, file.name)
    check_forms(questions, file.name)
    data = b"".join(msgspec.json.encode(plain(question)) + b"\n" for question in questions)
    if out is None:
        sys.stdout.buffer.write(data)
        return 0
    try:
        write_whole(out.expanduser(), data)
    except OSError as error:
        raise KotaeError(f"{out} can't be written: {error.strerror or error}.", "Check --out.") from None
    report(f"{len(questions)} questions in {out}.")
    return 0
