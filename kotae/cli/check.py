"""`kotae check`: answers held against their context."""

from __future__ import annotations

import asyncio
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from kotae.cli.jsonl import read_rows, write_row
from kotae.errors import KotaeError, SettingsError

if TYPE_CHECKING:
    from types import TracebackType

    from kotae.conversation import Flag
    from kotae.settings import Settings

_FORM = 'a JSON object {"id", "question", "answer", "context"}'


class Row(msgspec.Struct):
    """One answer to check. `context` is what it may lean on."""

    answer: str
    context: str | list[str]
    id: str | int | None = None
    question: str | None = None


class Checked(msgspec.Struct):
    """What came of a row."""

    flags: list[Flag]
    groundedness: float | None
    """The share of its claims that no flag touches, 0..1; None: there is nothing to judge, or nothing to judge by."""
    judged: bool = True
    """False: no flagger could judge what there is."""


def _threshold(_: click.Context, param: click.Parameter, value: str | None) -> str | float | None:
    """A number from 0 to 1, or one of the named positions."""
    from kotae.settings import POSITIONS

    if value is None or value in POSITIONS:
        return value
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        why = f"{value!r} is neither {', '.join(POSITIONS)}, nor a number from 0 to 1."
        raise click.BadParameter(why, param=param)
    return number


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--threshold",
    callback=_threshold,
    metavar="NUMBER|NAME",
    help="Leave out flags with a lower score: 0 to 1, or cautious, balanced, strict; default the settings'.",
)
@click.option(
    "--flagger",
    "flaggers",
    metavar="NAME",
    multiple=True,
    help="Judge by this flagger alone: grounding, judge, nli, lettucedetect, or a plugin's. Can be repeated.",
)
@click.option("--explain", is_flag=True, help="Print the answers for people, with the flags marked in them.")
@click.pass_context
def command(
    ctx: click.Context, file: Path, threshold: str | float | None, flaggers: tuple[str, ...], explain: bool
) -> int:
    """Hold every answer in FILE (JSONL; `-` for stdin) against its context.

    In: {"id", "question", "answer", "context"} a line, `context` a string or a list. Out: {"id", "groundedness", "flags"} a line,
    offsets in code points of the answer. A line is written as soon as it is checked.
    """
    from kotae.cli.group import settings_of

    chosen = {"enabled": True, "threshold": threshold, "flaggers": list(flaggers) or None}
    settings = settings_of(ctx, {"flags": chosen})
    with Checker(settings) as checker:
        for place, row in enumerate(read_rows(file, Row, _FORM), 1):
            checked = checker.check(row, place)
            if explain:
                from kotae.cli.explain import explain_row

                explain_row(row, checked, settings.chat.lang)
            else:
                write_row(_to_dict(row, checked))
        return 1 if checker.incomplete() else 0


class Checker:
    """Judges rows by the flaggers of the settings, whose models stay loaded from one row to the next.

    Between two rows no event loop runs, so that Ctrl-C ends a wait for the next line.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError where a flagger that was chosen is not there."""
        from kotae.cli.compose import load_services, unknown_flaggers
        from kotae.cli.terminal import report
        from kotae.settings import POSITIONS

        self._limit = settings.flags.limit
        # Somebody who asks for the weakest suspicions wants to see scores; a claim isn't unsupported for that.
        self._counted = self._limit if self._limit >= POSITIONS["strict"] else POSITIONS["balanced"]
        self._runner = asyncio.Runner()
        self._services = load_services(settings, report)
        if unknown := unknown_flaggers(settings, self._services.plugins):
            there = ", ".join(self._services.plugins.names("flag_answer")) or "none"
            raise SettingsError(f"There is no flagger {unknown[0]!r}.", f"Choose one of: {there}.")

    def __enter__(self) -> Checker:
        """Loads the flaggers' models. Raises KotaeError where one can't be."""
        try:
            self._runner.run(self._prepare())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._services.aclose())
        self._runner.close()

    def check(self, row: Row, place: int) -> Checked:
        """The flags of a row that reach the threshold, and the share of its claims that none of them touches.

        Below the strict position, only those that reach the balanced one count for the share.

        Raises:
            KotaeError: no flagger could judge it.
        """
        before = self._services.plugins.unjudged
        with redirect_stdout(sys.stderr):  # plugins may print
            checked: Checked = self._runner.run(self._check(row, place))
        nobody = not self._services.plugins.judges()
        if nobody or (checked.groundedness is None and self._services.plugins.unjudged > before):
            raise KotaeError(
                f"{_named(row, place)} could not be judged; the reason is given above.",
                "Mend that, or choose another --flagger.",
            )
        return checked

    def incomplete(self) -> bool:
        """Whether a flagger failed on the way; the user has been told why."""
        return self._services.plugins.unjudged > 0

    async def _prepare(self) -> None:
        from kotae.cli.terminal import ProgressLine

        for flagger in self._services.flaggers.values():
            progress = ProgressLine()
            await flagger.prepare(progress)
            progress.clear()

    async def _check(self, row: Row, place: int) -> Checked:
        from kotae.claims import MOST_CLAIMS, claims, groundedness
        from kotae.conversation import Passage

        context = [row.context] if isinstance(row.context, str) else row.context
        passages = tuple(
            Passage(id=str(number), document="", title="", text=text)
            for number, text in enumerate(context, 1)
            if text.strip()
        )
        found = await self._services.plugins.flag_answer(
            question=row.question or "",
            answer=row.answer,
            passages=passages,
            manual=None,
            history=(),
            final=True,
        )
        if found is None:
            return Checked([], None, judged=not (passages and claims(row.answer)))
        flags = [flag for flag in found if flag.score >= self._limit and flag.fits(row.answer)]
        stated = claims(row.answer)
        if len(stated) > MOST_CLAIMS:
            from kotae.cli.terminal import report

            report(
                f"{_named(row, place)}: only the first {MOST_CLAIMS} of its {len(stated):,} claims were judged."
            )
        share = groundedness(stated[:MOST_CLAIMS], [flag for flag in flags if flag.score >= self._counted])
        return Checked(flags, share)


def _named(row: Row, place: int) -> str:
    return f"Row {place} (id {row.id})" if row.id is not None else f"Row {place}"


def _to_dict(row: Row, checked: Checked) -> dict[str, Any]:
    # Where there is nothing to judge, nothing is unsupported.
    groundedness = 1.0 if checked.groundedness is None else round(checked.groundedness, 4)
    return {
        "id": row.id,
        "groundedness": groundedness if checked.judged else None,
        "flags": [
            {
                "start": flag.start,
                "end": flag.end,
                "kind": flag.kind,
                "score": round(flag.score, 4),
                "reason": flag.reason,
                "flagger": flag.flagger,
            }
            for flag in checked.flags
        ],
    }
