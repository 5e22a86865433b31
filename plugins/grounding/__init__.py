"""The bundled flagger: marks what neither the passages, nor the manual, nor the user says.

It cuts the answer into claims, measures each against the nearest evidence (words, numbers, names, negation),
and turns that into flags with a score and a reason in words. It needs no model and no network, and reads
English and Japanese.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kotae import hookimpl
from kotae.claims import claims, groundedness, questions
from kotae.conversation import Flag, Message, Passage
from kotae.errors import KotaeError
from plugins.grounding.judging import Setting, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.backend import Manual

__all__ = ["check", "flag_answer"]

_log = logging.getLogger(__name__)


@hookimpl
async def flag_answer(
    question: str,
    answer: str,
    passages: Sequence[Passage],
    manual: Manual | None,
    history: tuple[Message, ...],
    final: bool,
) -> list[Flag] | None:
    """Flags for the claims of `answer`; while it streams, for those whose end is certain.

    What the passages don't bear out is looked for in the manual, claim by claim. Without passages and manual
    nothing can be judged: None; nor while a manual that is needed can't be searched. Flags either lie apart or
    one within the other; scores go down to `flags.LOWEST`.
    """
    if manual is None and not passages:
        return None
    arriving = not final
    try:
        return await judge(
            claims(answer, arriving=arriving),
            questions(answer, arriving=arriving),
            Setting(question, tuple(history), tuple(passages), manual),
        )
    except KotaeError as error:  # the manual's fault, and it may be mended by the next answer
        _log.warning("the manual can't be searched: %s", error)
        return None


async def check(
    question: str,
    answer: str,
    context: Sequence[str],
    history: Sequence[Message] = (),
    threshold: float = 0.5,
    counted: float = 0.0,
) -> tuple[list[Flag], float | None]:
    """Judge an answer by `context` alone.

    Returns:
        The flags with at least `threshold`, and the share of claims that none of them touches; None when
        there is nothing to judge (no claims, or no context).
    """
    passages = tuple(
        Passage(id=str(number), document="", title="", text=text)
        for number, text in enumerate(context, 1)
        if text.strip()
    )
    if not passages:
        return [], None
    found = claims(answer)
    flags = await judge(found, questions(answer), Setting(question, tuple(history), passages, None))
    return [flag for flag in flags if flag.score >= threshold], groundedness(
        found, [flag for flag in flags if flag.score >= max(threshold, counted)]
    )
