"""Does the manual bear out what is to be learnt? The flaggers judge, as they judge answers in the chat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kotae.conversation import Flag, Message
from kotae.events import Progress
from kotae.tuning.lint.finding import Finding, Offender, about
from kotae.tuning.lint.masks import without_masks
from kotae.tuning.lint.privacy import find
from kotae.tuning.rows import Row, text

if TYPE_CHECKING:
    from kotae.backend import Manual
    from kotae.hooks import Hooks
    from kotae.language import Language

CODES = {
    "contradicted": "contradicted",
    "number": "wrong-number",
    "name": "unknown-name",
    "unsupported": "unsupported",
}
"""The code of a finding by the kind of flag, the gravest first."""
UNJUDGED = "unjudged"
_QUERY = 500
"""Characters of a row that are searched for."""


async def accuracy(
    rows: Sequence[Row],
    hooks: Hooks,
    manual: Manual,
    *,
    limit: float,
    lang: Language = "en",
    progress: Callable[[Progress], None] = lambda _: None,
) -> list[Finding]:
    """Rows whose answers have a flag of at least `limit`, each once, by the gravest."""
    at: dict[str, list[Offender]] = defaultdict(list)
    for done, row in enumerate(rows):
        progress(Progress("Holding the answers against the manual", done, len(rows), "rows"))
        flags = await doubts(row, hooks, manual, limit)
        if flags is None:
            at[UNJUDGED].append(Offender(line=row.line, sample=row.answer))
        elif flags:
            worst = flags[0]
            if find(
                row.answer
            ):  # a span may hold a part of what is masked as a whole, and the reason repeat it
                at[CODES[worst.kind]].append(Offender(line=row.line, sample=row.answer))
                continue
            at[CODES[worst.kind]].append(
                Offender(line=row.line, sample=row.answer[worst.start : worst.end], why=worst.said_in(lang))
            )
    return [about(code, at[code]) for code in (*CODES.values(), UNJUDGED) if at[code]]


async def doubts(row: Row, hooks: Hooks, manual: Manual, limit: float) -> list[Flag] | None:
    """The flags of a row's answer with a score of at least `limit`, the gravest first. None: no flagger could judge it.

    Masks are blanked: no manual has them, and nothing is made up by them.
    """
    found = await hooks.flag_answer(
        question=without_masks(row.question, " "),
        answer=without_masks(row.answer, " "),
        passages=(),
        manual=manual,
        history=tuple(Message(m["role"], without_masks(text(m), " ")) for m in row.history),
        final=True,
    )
    if found is None:
        return None
    flags = [flag for flag in found if flag.score >= limit and flag.fits(row.answer)]
    return sorted(flags, key=_gravity)


def _gravity(flag: Flag) -> tuple[int, float]:
    return list(CODES).index(flag.kind), -flag.score


async def nearest_pages(
    rows: Sequence[Row], manual: Manual, progress: Callable[[Progress], None] = lambda _: None
) -> dict[int, tuple[str, ...]]:
    """For each row the page of the manual that is nearest to it, by its line; a row that nothing is near has none."""
    pages: dict[int, tuple[str, ...]] = {}
    for done, row in enumerate(rows):
        progress(Progress("Looking for the rows' pages", done, len(rows), "rows"))
        found = await manual.search(without_masks(f"{row.question} {row.answer}", " ")[:_QUERY], top=1)
        if found:
            pages[row.line] = (found[0].document,)
    return pages
