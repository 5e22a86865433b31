"""The bundled flagger: marks what neither the passages, nor the manual, nor the user says.

It cuts the answer into claims, measures each against the nearest evidence (words and runs of words, numbers, names, roles,
negation), has a small cross-encoder read it, lets trees that were trained on other people's answers say how likely it is
unsupported, and turns that into flags with a reason in words. It asks no server, and reads English and Japanese. The work is done
in a child process.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from kotae import hookimpl
from kotae.claims import claims_and_questions
from kotae.conversation import Flag, Message, Passage
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.backend import Manual
    from plugins.grounding.client import GroundingClient
    from plugins.grounding.judging import Judging

__all__ = ["flag_answer", "session_ended"]

_log = logging.getLogger(__name__)
_running: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[GroundingClient, Judging]] = WeakKeyDictionary()
"""A process belongs to one event loop."""


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
    nothing can be judged: None; nor while a manual that is needed can't be searched, nor an answer in another
    language than passages and manual. Flags either lie apart or one within the other; every claim that is in the
    least suspect has one, with a score that says how much.
    """
    if manual is None and not passages:
        return None
    from plugins.grounding.judging import Setting

    try:
        return await _judging().judge(
            *claims_and_questions(answer, arriving=not final),
            Setting(question, tuple(history), tuple(passages), manual),
        )
    except KotaeError as error:  # the manual's fault, and it may be mended by the next answer
        _log.warning("the answer can't be judged: %s", error)
        return None


@hookimpl
async def session_ended() -> None:
    """Ends the process."""
    running = _running.pop(asyncio.get_running_loop(), None)
    if running is not None:
        await running[0].aclose()


def _judging() -> Judging:
    loop = asyncio.get_running_loop()
    if loop not in _running:
        from plugins.grounding.client import GroundingClient
        from plugins.grounding.judging import Judging

        client = GroundingClient()
        _running[loop] = client, Judging(client.judge)
    return _running[loop][1]
