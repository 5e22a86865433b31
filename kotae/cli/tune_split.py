"""`kotae tune split`: rows to train on, and rows to test with."""

from __future__ import annotations

from pathlib import Path

import click

from kotae.cli.tune_file import pages_in, usable_rows, write_files
from kotae.cli.tune_options import FOLDER, PATH, force_option, json_option, seed_option
from kotae.errors import KotaeError

TRAIN, TEST = "train.jsonl", "test.jsonl"


@click.command("split")
@click.argument("file", type=PATH)
@click.option(
    "--out",
    metavar="DIR",
    required=True,
    type=FOLDER,
    help=f"Where {TRAIN} and {TEST} are written.",
)
@click.option(
    "--test",
    "share",
    metavar="SHARE",
    type=click.FloatRange(0, 0.5, min_open=True),
    default=0.1,
    show_default=True,
    help="About how many of the rows to test with.",
)
@seed_option("Another number, another division.", default=0, show_default=True)
@click.option(
    "--pages",
    metavar="FILE",
    type=PATH,
    help='The rows\' pages: {"row", "page"} a line, rows counted from 0. Default: `page` or `pages` in their metadata.',
)
@force_option("Replace the two files if they are there.")
@json_option("Print what was done as one line of JSON.")
def command(
    file: Path, out: Path, share: float, seed: int, pages: Path | None, force: bool, as_json: bool
) -> int:
    """Divide FILE so that no question of the test set is nearly one that is trained on.

    Rows from one page stay together, and so do rows whose questions are nearly the same. Lines are written as they are.
    """
    from kotae.cli.jsonl import write_row
    from kotae.cli.terminal import report
    from kotae.tuning.lint.form import lines_of
    from kotae.tuning.split import split

    file, out = file.expanduser(), out.expanduser()
    places = out / TRAIN, out / TEST
    for place in places:
        if place.exists():
            if place.samefile(file):
                raise KotaeError(f"{place} is the file to divide.", "Name another --out.")
            if not place.is_file():
                raise KotaeError(f"{place} is no file to replace.", "Name another --out.")
            if not force:
                raise KotaeError(
                    f"{place} is there already.", "Name another --out, or replace it by --force."
                )
    data, rows = usable_rows(file)
    placed = pages_in(rows, pages.expanduser() if pages is not None else None)
    done = split(rows, placed, share=share, seed=seed)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KotaeError(f"{out} can't be made: {error.strerror or error}.", "Name another --out.") from None
    lines = lines_of(data)
    write_files(
        {
            place: b"".join(lines[number - 1] + b"\n" for number in chosen)
            for place, chosen in zip(places, (done.train, done.test), strict=True)
        }
    )
    if as_json:
        write_row(
            {
                "train": len(done.train),
                "test": len(done.test),
                "pages": len({page for found in placed.values() for page in found}),
                "test_pages": done.pages,
                "groups": done.groups,
                "joined_apart": done.joined_apart,
            }
        )
        return 0
    report(
        f"{len(done.train)} rows to train on are in {places[0]}, {len(done.test)} to test with in {places[1]}."
    )
    if placed:
        report(f"{done.pages} pages are asked about by the test set alone.")
    else:
        report("The rows name no pages, so they were divided by wording alone; --pages FILE can name them.")
    if done.joined_apart:
        report(
            f"{done.joined_apart} rows join several pages, which would tie almost everything together: "
            "each was put with its first page."
        )
    return 0
