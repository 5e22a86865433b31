"""Holding the claims of an answer against passages, manual and user; each claim is judged once."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from kotae.claims import MOST_CLAIMS
from plugins.grounding import languages
from plugins.grounding.asking import asks_how
from plugins.grounding.case import Case, Finding
from plugins.grounding.text import normalise
from plugins.grounding.vocabulary import Absent, absent

if TYPE_CHECKING:
    from kotae.backend import Manual
    from kotae.claims import Claim
    from kotae.conversation import Flag, Message, Passage

Ask = Callable[[Case], Awaitable[Finding]]

_AT_ONCE = 4
_TOP = 5
_REMEMBERED = 8
"""Settings: as many answers as stream side by side, and those before them."""
_LONGEST_NUMBER = 16
_SHORT = 5
"""Words of a claim that says nothing without its question."""
_QUERY, _ASKED = 500, 250
"""Characters that are searched for, and how many of them may be the question's."""
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
        before = [(message.role, message.content) for message in self.history]
        text = json.dumps([self.said, before, read])
        return hashlib.blake2b(text.encode(), digest_size=16).digest(), id(self.manual)


@dataclass
class _Found:
    """What was found in one setting. The manual is kept so that its id can't come to mean another one."""

    manual: Manual | None
    flags: dict[tuple[str, bool], tuple[Flag, ...] | None] = field(default_factory=dict)
    """By claim, and whether it is a question; None: it can't be judged."""
    about: tuple[Passage, ...] | None = None
    """What the manual has about the question; None: it wasn't asked."""
    asked: Absent | None = None
    """The question's words that no page of the manual has; None: it wasn't asked."""
    scripts: set[languages.Script] | None = None
    """What the manual is written in; None: it wasn't asked."""


class Judging:
    """Judges claims by `ask`, and remembers what it found in the last `_REMEMBERED` settings."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._found_in: OrderedDict[tuple[bytes, int], _Found] = OrderedDict()

    async def judge(
        self, claims: Sequence[Claim], questions: Sequence[Claim], setting: Setting
    ) -> list[Flag] | None:
        """The flags of all claims and questions, in order, with offsets in the answer. What was already judged in the same
        setting costs nothing. None: they are in another language than all that they could be held against.

        Raises:
            KotaeError: the manual can't be searched, or the process that judges has died.
        """
        if setting.manual is None and not setting.passages:
            return []
        gate = asyncio.Semaphore(_AT_ONCE)
        found_before = self._found(setting)

        async def one(claim: Claim, *, asks: bool) -> list[Flag] | None:
            key = (claim.text, asks)
            if key not in found_before.flags:
                async with gate:
                    await asyncio.sleep(0)  # when one claim fails, the others are not begun
                    found_before.flags[key] = await self._flags(claim, setting, found_before, asks=asks)
            flags = found_before.flags[key]
            if flags is None:
                return None
            return [
                replace(flag, start=flag.start + claim.start, end=flag.end + claim.start) for flag in flags
            ]

        tasks = [asyncio.create_task(one(claim, asks=False)) for claim in claims[:MOST_CLAIMS]]
        tasks += [asyncio.create_task(one(claim, asks=True)) for claim in questions[:MOST_CLAIMS]]
        try:
            groups = await asyncio.gather(*tasks)
            if groups and all(group is None for group in groups):
                return None
            found = [flag for group in groups for flag in group or ()]
            return sorted(found, key=lambda flag: (flag.start, -flag.end))
        finally:
            for task in tasks:  # when one fails, the others would go on searching for nobody
                task.cancel()

    def _found(self, setting: Setting) -> _Found:
        digest = setting.digest()
        found = self._found_in.setdefault(digest, _Found(setting.manual))
        self._found_in.move_to_end(digest)
        while len(self._found_in) > _REMEMBERED:
            self._found_in.popitem(last=False)
        return found

    async def _flags(
        self, claim: Claim, setting: Setting, found: _Found, *, asks: bool
    ) -> tuple[Flag, ...] | None:
        """None: it is in another language than all that it could be held against."""
        case = Case(claim.text, claim.plain, asks, setting.said, setting.passages)
        if setting.manual is not None and not asks:
            case = await _manual_wide(case, setting, setting.manual, found)
        script = languages.of_claim(claim.plain)
        known = script is None or script in languages.written(passage.text for passage in setting.passages)
        if setting.passages and (known or setting.manual is None):
            if not known:
                return None
            flags = _with_evidence(await self._ask(case), case)
            if setting.manual is None or all(flag.score < SEARCHED for flag in flags):
                return flags
        assert setting.manual is not None
        passages = {passage.id: passage for passage in setting.passages}
        # By itself `The date may be a week old` finds whatever has dates.
        asked = " ".join(setting.question.split())[:_ASKED]
        query = f"{asked} {' '.join(claim.plain.split())}"[:_QUERY].strip()
        more = await setting.manual.search(query, top=_TOP, history=setting.history)
        if not setting.passages and len(claim.plain.split()) <= _SHORT:
            # What the question is about after all that was said before.
            more = [*more, *await _about(setting, setting.manual, found)]
        for passage in more:
            passages.setdefault(passage.id, passage)
        if not (known or script in languages.written(passage.text for passage in more)):
            if found.scripts is None:
                found.scripts = await languages.of_manual(setting.manual)
            if script not in found.scripts:
                return None
        case = msgspec.structs.replace(case, passages=tuple(passages.values()), whole_manual=True)
        finding = await self._ask(case)
        if finding.names or finding.numbers:
            unknown = await _unknown(finding, setting.manual)
            finding = await self._ask(msgspec.structs.replace(case, unknown=unknown))
        return _with_evidence(finding, case)


async def _manual_wide(case: Case, setting: Setting, manual: Manual, found: _Found) -> Case:
    """The case with what the whole manual says of its words and of the question's."""
    own = await absent(manual, case.plain[:_QUERY])
    if own is None:
        return case
    case = msgspec.structs.replace(case, absent=own.words, reach=own.reach)
    question = setting.question[:_QUERY]
    if not asks_how(normalise(question).text):
        return case
    if found.asked is None:
        found.asked = await absent(manual, question, typed=True)
        assert found.asked is not None
    about = setting.passages or await _about(setting, manual, found)
    return msgspec.structs.replace(case, about=about, asked_absent=found.asked.words)


async def _about(setting: Setting, manual: Manual, found: _Found) -> tuple[Passage, ...]:
    """What the manual has about the question."""
    if found.about is None:
        question = setting.question.strip()[:_QUERY]
        about = await manual.search(question, top=_TOP, history=setting.history) if question else ()
        found.about = tuple(about)
    return found.about


def _with_evidence(finding: Finding, case: Case) -> tuple[Flag, ...]:
    return tuple(
        replace(flag, evidence=None if place is None else (*case.passages, *case.about)[place])
        for flag, place in zip(finding.flags, finding.evidence, strict=True)
    )


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
