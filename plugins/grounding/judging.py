"""Holding the claims of an answer against passages, manual and user; each claim is judged once."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from plugins.grounding.case import Case, Finding

if TYPE_CHECKING:
    from kotae.backend import Manual
    from kotae.claims import Claim
    from kotae.conversation import Flag, Message, Passage

Ask = Callable[[Case], Awaitable[Finding]]

_Key = tuple[object, ...]
_Value = TypeVar("_Value")

_MOST_CLAIMS = 300
_AT_ONCE = 4
_TOP = 5
_REMEMBERED = 1024
_LONGEST_NUMBER = 16
_SHORT = 5
"""Words of a claim that says nothing without its question."""
_QUERY = 500
"""Characters of a claim that are searched for."""
SEARCHED = 0.3
"""What the passages leave in doubt from this score on is looked for in the manual."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What an answer is judged by, apart from itself."""

    question: str
    history: tuple[Message, ...]
    passages: tuple[Passage, ...]
    manual: Manual | None

    @property
    def said(self) -> tuple[str, ...]:
        """What the user said, the question first."""
        return (self.question, *(message.content for message in self.history if message.role == "user"))

    def digest(self) -> tuple[bytes, int]:
        """Two settings with the same digest judge alike. It is small: what it was made of isn't kept."""
        read = [part for passage in self.passages for part in (passage.id, passage.title, passage.text)]
        text = json.dumps([self.said, read])
        return hashlib.blake2b(text.encode(), digest_size=16).digest(), id(self.manual)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found before. The manual is kept so that its id can't come to mean another one."""

    manual: Manual | None
    flags: tuple[Flag, ...]


class Judging:
    """Judges claims by `ask`, and remembers what it found, the least recently used first to go."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._judged: OrderedDict[_Key, _Known] = OrderedDict()
        self._about: OrderedDict[_Key, tuple[Passage, ...]] = OrderedDict()

    async def judge(
        self, claims: Sequence[Claim], questions: Sequence[Claim], setting: Setting
    ) -> list[Flag]:
        """The flags of all claims and questions, in order, with offsets in the answer. What was already judged in the same
        setting costs nothing.

        Raises:
            KotaeError: the manual can't be searched, or the process that judges has died.
        """
        if setting.manual is None and not setting.passages:
            return []
        gate = asyncio.Semaphore(_AT_ONCE)
        digest = setting.digest()

        async def one(claim: Claim, *, asks: bool) -> list[Flag]:
            key = (claim.text, asks, digest)
            if key not in self._judged:
                async with gate:
                    await asyncio.sleep(0)  # when one claim fails, the others are not begun
                    found = await self._found(claim, setting, digest, asks=asks)
                _put(self._judged, key, _Known(setting.manual, found))
            self._judged.move_to_end(key)
            return [
                replace(flag, start=flag.start + claim.start, end=flag.end + claim.start)
                for flag in self._judged[key].flags
            ]

        tasks = [asyncio.create_task(one(claim, asks=False)) for claim in claims[:_MOST_CLAIMS]]
        tasks += [asyncio.create_task(one(claim, asks=True)) for claim in questions[:_MOST_CLAIMS]]
        try:
            found = [flag for group in await asyncio.gather(*tasks) for flag in group]
            return sorted(found, key=lambda flag: (flag.start, -flag.end))
        finally:
            for task in tasks:  # when one fails, the others would go on searching for nobody
                task.cancel()

    async def _found(
        self, claim: Claim, setting: Setting, digest: tuple[bytes, int], *, asks: bool
    ) -> tuple[Flag, ...]:
        case = Case(claim.text, claim.plain, asks, setting.said, setting.passages)
        if setting.passages:
            found = (await self._ask(case)).flags
            if setting.manual is None or all(flag.score < SEARCHED for flag in found):
                return found
        assert setting.manual is not None
        passages = {passage.id: passage for passage in setting.passages}
        more = await setting.manual.search(" ".join(claim.plain.split())[:_QUERY], top=_TOP)
        if not setting.passages and len(claim.plain.split()) <= _SHORT:
            # `The Controller only.` says nothing by itself: what the question is about belongs to the evidence.
            more = [*more, *await self._about_question(setting, setting.manual, digest)]
        for passage in more:
            passages.setdefault(passage.id, passage)
        case = Case(claim.text, claim.plain, asks, setting.said, tuple(passages.values()), whole_manual=True)
        finding = await self._ask(case)
        if finding.names or finding.numbers:
            unknown = await _unknown(finding, setting.manual)
            finding = await self._ask(
                Case(
                    case.text, case.plain, asks, case.said, case.passages, whole_manual=True, unknown=unknown
                )
            )
        return finding.flags

    async def _about_question(
        self, setting: Setting, manual: Manual, digest: tuple[bytes, int]
    ) -> tuple[Passage, ...]:
        if not setting.question.strip():
            return ()
        if digest not in self._about:
            found = await manual.search(setting.question[:_QUERY], top=_TOP, history=setting.history)
            _put(self._about, digest, tuple(found))
        return self._about[digest]


def _put(cache: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    cache[key] = value
    while len(cache) > _REMEMBERED:
        cache.popitem(last=False)


async def _unknown(finding: Finding, manual: Manual) -> tuple[str, ...]:
    """The names that occur nowhere in the manual, neither whole nor (codes aside) word by word, and the numbers that don't."""
    words = {name.text: [] if name.whole else name.text.replace("・", " ").split() for name in finding.names}
    written = {number: _written(number) for number in finding.numbers}
    asked = {*words, *(part for parts in (*words.values(), *written.values()) for part in parts)}
    known = await manual.known(sorted(asked))
    names = (
        name
        for name, group in words.items()
        if name not in known and not (group and all(word in known for word in group))
    )
    numbers = (number for number, forms in written.items() if known.isdisjoint(forms))
    return (*names, *numbers)


def _written(value: str) -> list[str]:
    """How a manual may write a number: `200000`, `200,000`, `20万`."""
    forms = [value]
    if value.isdigit() and len(value) < _LONGEST_NUMBER:
        forms.append(f"{int(value):,}")
        units = ((10_000, "万"), (1000, "千"))
        forms += [
            f"{int(value) // unit}{sign}" for unit, sign in units if int(value) % unit == 0 < int(value)
        ]
    return forms
