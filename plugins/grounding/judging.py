"""Holding the claims of an answer against passages, manual and user; each claim is judged once."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from plugins.grounding.evidence import Evidence, gather
from plugins.grounding.features import Measured, Said, measure, said
from plugins.grounding.flags import flags
from plugins.grounding.text import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kotae.backend import Manual
    from kotae.claims import Claim
    from kotae.conversation import Flag, Message, Passage
    from plugins.grounding.names import Name

_MOST_CLAIMS = 300
_SEARCHES_AT_ONCE = 4
_TOP = 5
_REMEMBERED = 1024
SEARCHED = 0.3
"""What the passages leave in doubt from this score on is looked for in the manual."""
_JAPANESE = 0.1
_KNOWN = 0.7
"""Share of a question's content, by weight, that evidence or user have, from which on it brings nothing new."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What an answer is judged by, apart from itself."""

    question: str
    history: tuple[Message, ...]
    passages: tuple[Passage, ...]
    manual: Manual | None

    def digest(self) -> tuple[bytes, int]:
        """Two settings with the same digest judge alike. It is small: what it was made of isn't kept."""
        said = [self.question, *(message.content for message in self.history if message.role == "user")]
        read = [part for passage in self.passages for part in (passage.id, passage.title, passage.text)]
        text = json.dumps([said, read])
        return hashlib.blake2b(text.encode(), digest_size=16).digest(), id(self.manual)


_judged: OrderedDict[tuple[object, ...], tuple[Manual | None, list[Flag]]] = OrderedDict()
"""Flags by claim and setting, least recently used first. The manual is kept so that its id can't come to mean
another one."""


async def judge(claims: Sequence[Claim], questions: Sequence[Claim], setting: Setting) -> list[Flag]:
    """The flags of all claims and questions, in order, with offsets in the answer. What was already judged in the same setting
    costs nothing.

    Raises:
        KotaeError: the manual can't be searched.
    """
    if setting.manual is None and not setting.passages:
        return []
    gate = asyncio.Semaphore(_SEARCHES_AT_ONCE)
    digest = setting.digest()

    async def one(claim: Claim, *, asks: bool) -> list[Flag]:
        key = (claim.text, asks, digest)
        if key not in _judged:
            async with gate:
                found = await _judge(claim, setting, asks=asks)
            _judged[key] = (setting.manual, found)
            while len(_judged) > _REMEMBERED:
                _judged.popitem(last=False)
        _judged.move_to_end(key)
        return [
            replace(flag, start=flag.start + claim.start, end=flag.end + claim.start)
            for flag in _judged[key][1]
        ]

    tasks = [asyncio.create_task(one(claim, asks=False)) for claim in claims[:_MOST_CLAIMS]]
    tasks += [asyncio.create_task(one(claim, asks=True)) for claim in questions[:_MOST_CLAIMS]]
    try:
        found = [flag for group in await asyncio.gather(*tasks) for flag in group]
        return sorted(found, key=lambda flag: (flag.start, -flag.end))
    finally:
        for task in tasks:  # when one fails, the others would go on searching for nobody
            task.cancel()


async def _judge(claim: Claim, setting: Setting, *, asks: bool) -> list[Flag]:
    await asyncio.sleep(0)  # a long answer lets the screen breathe between two claims
    plain = normalise(claim.plain)
    text = normalise(claim.text).text
    if len(text) != len(plain.text):
        text = plain.text  # blanking parted a letter from its accent: what was bold no longer matters
    user = _said(
        (setting.question, *(message.content for message in setting.history if message.role == "user"))
    )
    evidence = _gathered(setting.passages)
    length, japanese = len(claim.text), is_japanese(plain.text)

    def judged(measured: Measured, evidence: Evidence, *, whole_manual: bool) -> list[Flag]:
        if asks and not worth_asking(measured.values):
            return []
        return flags(measured, plain, length, evidence, japanese=japanese, whole_manual=whole_manual)

    found: list[Flag] = []
    if setting.passages:
        measured = measure(text, plain.text, evidence, user)
        found = judged(measured, evidence, whole_manual=False)
        if setting.manual is None or all(flag.score < SEARCHED for flag in found):
            return found
    if setting.manual is None:
        return found
    more = await setting.manual.search(" ".join(claim.plain.split())[:500], top=_TOP)
    given = {passage.id for passage in setting.passages}
    evidence = _gathered((*setting.passages, *(passage for passage in more if passage.id not in given)))
    measured = measure(text, plain.text, evidence, user)
    if measured.unknown_names:
        unknown = await _unknown(measured.unknown_names, setting.manual)
        values = {**measured.values, "names_unknown": len(unknown)}
        measured = replace(measured, unknown_names=unknown, values=values)
    return judged(measured, evidence, whole_manual=True)


def is_japanese(text: str) -> bool:
    """Whether a claim is judged as Japanese: a tenth of its letters is kana, or it has no other letters than kanji."""
    letters = [character for character in text if character.isalpha()]
    wide = sum(character > "\u3040" for character in letters)
    return wide > _JAPANESE * len(letters)


def worth_asking(values: Mapping[str, float]) -> bool:
    """Whether a question speaks of something that neither the evidence nor the user does: `Did you enable the HR module?`.

    Other questions state nothing that could be wrong.
    """
    return values["known_or_said"] < _KNOWN


async def _unknown(names: Sequence[Name], manual: Manual) -> tuple[Name, ...]:
    """Those names that occur nowhere in the manual, neither whole nor (codes aside) word by word."""
    words = {name: name.text.replace("・", " ").split() if name.shape != "code" else [] for name in names}
    known = await manual.known(
        sorted({name.text for name in names} | {word for group in words.values() for word in group})
    )
    return tuple(
        name
        for name in names
        if name.text not in known and not (words[name] and all(word in known for word in words[name]))
    )


@lru_cache(maxsize=64)
def _gathered(passages: tuple[Passage, ...]) -> Evidence:
    return gather(passages)


@lru_cache(maxsize=64)
def _said(texts: tuple[str, ...]) -> Said:
    return said([normalise(text).text for text in texts])
