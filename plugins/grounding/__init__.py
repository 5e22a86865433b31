"""The bundled flagger: marks what neither the passages, nor the manual, nor the user says.

It cuts the answer into claims, measures each against the nearest evidence (words and runs of words, numbers, names, roles,
negation), lets trees that were trained on other people's answers say how likely it is unsupported, and turns that into flags with a
reason in words. It needs no language model and no network, and reads English and Japanese.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kotae import hookimpl
from kotae.claims import claims, questions
from kotae.conversation import Flag, Message, Passage
from kotae.errors import KotaeError
from plugins.grounding.judging import Setting, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.backend import Manual

__all__ = ["flag_answer"]

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
    one within the other; every claim that is in the least suspect has one, with a score that says how much.
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
