"""Does the manual bear out the answers of a draft? The flaggers judge, as they judge answers in the chat."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from kotae.backend import Manual
from kotae.conversation import Flag
from kotae.errors import KotaeError
from kotae.hooks import Hooks
from kotae.sentences import sentences
from kotae.tuning.build.drafts import Draft
from kotae.tuning.lint.accuracy import CODES, doubts
from kotae.tuning.rows import Row


class Memory(Protocol):
    """What is kept from one run to the next."""

    def get(self, key: str) -> str | None:
        """What is kept under a key; None: nothing."""

    def put(self, key: str, reply: str) -> None:
        """Keeps it."""


class Doubt(msgspec.Struct, frozen=True):
    """Why an answer is not to be learnt."""

    code: str
    """Of a finding of `kotae tune lint`: `contradicted`, `wrong-number`, `unknown-name`, `unsupported`."""
    span: str
    """The words that are doubted."""
    why: str


class Grounding:
    """Holds answers against the manual, each once.

    Args:
        limit: flags with a lower score are passed over.
        memory: where verdicts are kept: flaggers may ask a model that is paid for.
        version: what verdicts depend on beside the answer: the flaggers' settings and the manual.
        unjudged: how many answers could not be judged so far.
    """

    def __init__(
        self,
        hooks: Hooks,
        manual: Manual,
        limit: float,
        memory: Memory,
        version: str,
        unjudged: Callable[[], int] = lambda: 0,
    ) -> None:
        self._hooks = hooks
        self._manual = manual
        self._limit = limit
        self._memory = memory
        self._version = version
        self._unjudged = unjudged

    async def doubt(self, draft: Draft) -> Doubt | None:
        """The gravest doubt about one of the draft's answers; None: there is none.

        Raises:
            KotaeError: an answer could not be judged, of which the user has been told why.
        """
        for row in draft.answers():
            if (found := await self._judged(row, draft.missing)) is not None:
                return found
        return None

    async def _judged(self, row: Row, missing: str) -> Doubt | None:
        told = [self._version, self._limit, list(row.messages), missing]
        key = f"held:{hashlib.sha256(msgspec.json.encode(told)).hexdigest()}"
        kept = self._memory.get(key)
        if kept is None:
            flags = await doubts(row, self._hooks, self._manual, self._limit)
            if flags is None or self._unjudged():
                raise KotaeError(
                    "An answer could not be judged; the reason is given above."
                    if flags is not None
                    else "No flagger could judge an answer; it may be in another language than the manual.",
                    "Mend that, or choose other flaggers by [flags] flaggers.",
                )
            found = next(
                (_doubt(flag, row.answer) for flag in flags if not _expected(flag, row, missing)), None
            )
            self._memory.put(key, msgspec.json.encode(found).decode())
            return found
        return msgspec.json.decode(kept, type=Doubt | None)


def _doubt(flag: Flag, answer: str) -> Doubt:
    return Doubt(CODES[flag.kind], answer[flag.start : flag.end], flag.reason)


def _expected(flag: Flag, row: Row, missing: str) -> bool:
    """Whether a flag says of a sentence that the manual lacks what the sentence itself says is lacking: that was looked up."""
    if not missing or flag.kind not in ("name", "unsupported"):
        return False
    return any(start < flag.end and flag.start < end for start, end in _speaking_of(missing, row.answer))


def _speaking_of(name: str, answer: str) -> Iterator[tuple[int, int]]:
    at = 0
    for sentence in sentences(answer):
        start = answer.find(sentence, at)
        if start < 0:
            continue
        at = start + len(sentence)
        if name.casefold() in sentence.casefold():
            yield start, at
