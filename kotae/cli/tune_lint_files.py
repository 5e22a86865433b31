"""The files that `kotae tune lint` writes: where they may be, what is in them, and what is said of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import click

from kotae.cli.tune_file import write_files
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from kotae.language import Language
    from kotae.tuning.lint.finding import Check, Report
    from kotae.tuning.lint.repair import Repaired


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where the files go; None: that one is not asked for."""

    mask: Path | None
    repaired: Path | None
    html: Path | None

    @classmethod
    def of(cls, **places: Path | None) -> Written:
        """Of places as they were typed."""
        return cls(**{name: place and place.expanduser() for name, place in places.items()})

    @property
    def aside(self) -> Path | None:
        """Where the rows go that somebody has to look at."""
        place = self.repaired
        return place and place.with_name(f"{place.name.removesuffix('.jsonl')}.aside.jsonl")

    def check(self, read: Sequence[Path], *, force: bool) -> None:
        """Sees to it that nothing is lost, before anything is done.

        Args:
            read: files that are read.
            force: whether rows that are there may be replaced. A report always may.

        Raises:
            click.UsageError: a file would be written over one that is read, or over another.
            KotaeError: it can't be written there, or there are rows already.
        """
        places = list(self._places())
        for _, place in places:
            if any(_same(place, one) for one in read):
                what = "the file that is checked" if _same(place, read[0]) else "read too"
                raise click.UsageError(f"{place} is {what}: write to another.")
            if any(one.is_dir() and place.resolve().is_relative_to(one.resolve()) for one in read):
                raise click.UsageError(f"{place} is in a folder that is read: write to another.")
        for (_, one), (_, other) in combinations(places, 2):
            if _same(one, other):
                raise click.UsageError(f"{other} would be written twice: name another file.")
        for option, place in places:
            if not place.exists():
                if not place.parent.is_dir():
                    raise KotaeError(
                        f"There is no folder {place.parent}.", f"Make it, or name another {option}."
                    )
                continue
            if not place.is_file():
                raise KotaeError(f"{place} is no file to replace.", f"Name another {option}.")
            if not force and place != self.html:
                looked_at = place == self.aside and place.stat().st_size
                why = ", with rows that somebody may have looked at" if looked_at else ""
                raise KotaeError(
                    f"{place} is there already{why}.", f"Name another {option}, or replace it by --force."
                )

    def write(
        self,
        data: bytes,
        told: Report,
        mended: Repaired | None,
        lang: Language,
        checks: Collection[Check],
        *,
        counted: bool,
    ) -> None:
        """Writes all of them, or none, and says so.

        Args:
            data: the file that was checked.
            checks: those that were asked for; empty: all.
            counted: whether pages were given by the rows' numbers.
        """
        from kotae.cli.terminal import report
        from kotae.tuning.lint.report.words import WORDS

        words = WORDS[lang]
        files: dict[Path, bytes] = {}
        said: list[str] = []
        if self.mask is not None:
            files[self.mask], masked, lines = _masked(data)
            said.append(words["masked-file"].format(masked=masked, lines=lines, place=self.mask))
        if self.repaired is not None and self.aside is not None and mended is not None:
            if mended.rows or mended.aside:
                files[self.repaired] = mended.kept
                said += _of_repaired(mended, self.repaired, self.aside, lang, checks)
                if counted and (mended.left_out or mended.set_aside):
                    said.append(words["counted"].format(place=self.repaired))
            if mended.aside:
                files[self.aside] = mended.aside
        if self.html is not None:
            from kotae.tuning.lint.report.page import page

            files[self.html] = page(told, lang=lang).encode("utf-8", "replace")
            said.append(words["report-file"].format(place=self.html))
        write_files(files)
        if self.aside is not None and self.repaired in files and self.aside not in files:
            with suppress(OSError):  # those of another file, which --force gave up
                self.aside.unlink(missing_ok=True)
        for line in said:
            report(line)

    def _places(self) -> Iterator[tuple[str, Path]]:
        """The files, each with the option that places it."""
        for option, place in (
            ("--mask", self.mask),
            ("--repaired", self.repaired),
            ("--repaired", self.aside),
            ("--html", self.html),
        ):
            if place is not None:
                yield option, place


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are of one file, which need not be there yet."""
    with suppress(OSError):
        if one.samefile(other):
            return True
    return one.resolve() == other.resolve()


def _masked(data: bytes) -> tuple[bytes, int, int]:
    """The file masked, how many of its lines that changed, and how many there are."""
    from codecs import BOM_UTF8

    from kotae.tuning.lint.privacy import masked_line

    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    lines = data.removeprefix(mark).split(b"\n")
    masked = [masked_line(line) for line in lines]
    changed = sum(one != other for one, other in zip(lines, masked, strict=True))
    return mark + b"\n".join(masked), changed, len(lines) - (not lines[-1])


def _of_repaired(
    mended: Repaired, place: Path, aside: Path, lang: Language, checks: Collection[Check]
) -> Iterator[str]:
    from kotae.tuning.lint import texts
    from kotae.tuning.lint.repair import MENDED
    from kotae.tuning.lint.report.words import WORDS

    words, names = WORDS[lang], texts.CHECK_NAMES[lang]

    def counted(counts: Mapping[Check, int]) -> dict[str, object]:
        named = words["and"].join(f"{names[check]} {count:,}" for check, count in counts.items())
        return {"count": f"{sum(counts.values()):,}", "checks": named}

    yield words["kept"].format(rows=f"{mended.rows:,}", place=place)
    if mended.left_out:
        yield words["left-out"].format(**counted(mended.left_out))
    if mended.masked:
        yield words["masked"].format(count=f"{mended.masked:,}")
    if mended.set_aside:
        yield words["set-aside"].format(place=aside, **counted(mended.set_aside))
    if left := [check for check in MENDED if checks and check not in checks]:
        yield words["not-mended"].format(checks=words["and"].join(names[check] for check in left))
    if mended.still:
        yield words["still"].format(place=place, codes=words["and"].join(mended.still))
