"""Who alone may do something: `Only a Controller can change a limit`, 承認できるのは経理担当だけです。

A claim that has somebody else do it is wrong, however much its words are the manual's. So is a claim that one alone may do what the
manual lets others do as well. Where a section says who can do what, it names all who can.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backends.retrieval.text import stem
from plugins.grounding.clauses import cut
from plugins.grounding.conditions import LIMIT
from plugins.grounding.languages import is_japanese
from plugins.grounding.overlap import likeness, share
from plugins.grounding.polarity import denials
from plugins.grounding.senses import FILLERS, plainly
from plugins.grounding.slots import Mismatch, Slot, alike, parties, people
from plugins.grounding.text import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from plugins.grounding.evidence import Evidence, Sentence
    from plugins.grounding.text import Token

_ONLY = re.compile(
    r"(?<![\w-])(?<!not )(?:(?P<back>(?:only|exclusively|solely)\s+(?:be\s+[a-z]+ed\s+)?by\s+"
    r"|(?:reserved for|restricted to|limited to)\s+)"
    r"|(?:only|exclusively|solely|nobody but|no one (?:but|except))\s+)(?:(?:an?|the)\s+)?",
    re.IGNORECASE,
)
"""In `back` where what is done stands before."""
_STOP = re.compile(r"[.;:|]")
_ALONE = re.compile(
    r"\s+(?:only|alone)\b(?! or\b)|(?:の(?:ロール|役割|権限))?(?:(?:だけ|のみ)(?!で(?:な|は)|な)|しか|に限(?:[らりるっ]|定))"
)
_WHO = re.compile(
    r"^\W*(?:who (?:can|may|is allowed to)|(?:required )?(?:permissions?|roles?)|access rights?)\b.{0,30}$"
    r"|^\W*(?:.{0,8}できる人|.{0,8}権限)\W*$",
    re.IGNORECASE,
)
"""Headings under which all are named who can do a thing."""
_HEADING = re.compile(r"^\s*(?:#+ .*|\*\*[^*]+\*\*)\s*$")
_ALL = re.compile(r"\b(?:everything|anything|all (?:rights|that))\b|すべて|全て", re.IGNORECASE)
_SECTION = 12
"""Sentences that are looked back for a heading."""
_PARTS = re.compile(r"[,、・;；]|\b(?:and|or)\b|と|や")
_POINTS = re.compile(r"\b(?:it|them|this|that|these|those)\b|これ|それ", re.IGNORECASE)
_ACTS = re.compile(
    r"\s+(?:also\s+|then\s+|alone\s+)?(?:can|may|could|must|should|will|(?:is|are) (?:allowed|able)|ha(?:s|ve) to"
    r"|[a-z]{3,}s(?!\s+of\b))\b|(?:だけ)?(?:も|は|が|でも|なら|であれば)|(?:だ|です|である)。?$"
)
_VERB = re.compile(
    r"\s+(?!(?:and|or|who|with|without|of|in|for|from|to|by|as|at|on|if|when|while|after|before|within|during)\b)[a-z]{3,}\b"
)
_ACTED = re.compile(
    r"\bby (?:an?|the|any|another|every)?\s*$|(?:の|する|できる|行う)[のも]は[、]?$", re.IGNORECASE
)
_SAYS_NOTHING = (
    FILLERS
    | {"may", "allow", "alone", "choos", "select", "click", "press"}
    | frozenset(map(stem, ("only", "exclusively", "solely", "reserved", "restricted", "行")))
)
_ANYBODY = frozenset({"user", "member", "team", "staff", "employee", "ユーザー", "利用者", "メンバー"})
"""Whoever may do it is one of these as well."""
_DONE, _DONE_PART, _ABOUT, _LISTED = 0.6, 0.8, 0.5, 0.75
"""Share of what one alone may do that the claim has, the same of one thing among several, of the claim that this sentence, the one
before and the title have, and of the claim that a list of people has."""
_LEAST = 0.9
"""Weight of what one alone may do; twice as much where others are only listed."""
_MOST = 200


def not_alone(plain: str, words: Sequence[Token], evidence: Evidence) -> Mismatch | None:
    """Who of a claim (normalised) may not do it, since others alone may; or who may, but not alone. None: nobody."""
    named = people(plain)
    if not named or denials(plainly(plain)):
        return None
    about = [word for word in words if not _inside(word, named) and word.key not in _SAYS_NOTHING]
    places = sorted({place for word in about for place in evidence.index.get(word.key, ())[:_MOST]})
    alone = next(_exclusive(plain, named), None)
    listed = None
    for place in places[:_MOST]:
        sentence = evidence.sentences[place]
        there = people(sentence.text)
        if not there or sentence.passage in evidence.recorded:
            continue
        names_all = _names_all(evidence, place)
        for others, done in _exclusive(sentence.text, there, names_all=names_all):
            agent = _other_agent(plain, named, others)
            agreed = alone is not None and agent is None and not _has_more(others, alone[0])
            if agreed and _share(about, _around(evidence, place, before=False)) >= _LISTED:
                return None  # it says so, too, of whatever amount
            meant = _meant(done, about)
            if meant and _is_about(meant, about, plain, _around(evidence, place)):
                if agent is None and alone is not None and _has_more(others, alone[0]):
                    continue
                if agent is None:
                    return None
                if (
                    LIMIT.search(sentence.text)
                    or denials(plainly(sentence.text))
                    or _may_too(agent, meant, evidence, place)
                ):
                    continue
                return _mismatch(agent, others, sentence)
        conditions = LIMIT.search(sentence.text) or LIMIT.search(plain)
        if alone is not None and listed is None and not conditions and not denials(plainly(sentence.text)):
            mine, _ = alone
            more = next((group for group in parties(sentence.text) if _has_more(group, mine)), None)
            enough = sum(word.weight for word in about) >= 2 * _LEAST
            if more and enough and _share(about, _around(evidence, place, before=False)) >= _LISTED:
                listed = _mismatch(mine[0], more, sentence)
    return listed


def _mismatch(slot: Slot, others: Sequence[Slot], sentence: Sentence) -> Mismatch:
    rival = sentence.text[others[0].start : others[-1].end]
    return Mismatch(slot, rival, sentence, 1.0, 1.0)


def _inside(word: Token, named: Sequence[Slot]) -> bool:
    return any(slot.start <= word.start < slot.end for slot in named)


def _names_all(evidence: Evidence, place: int) -> bool:
    """Whether a sentence stands where all are named who can do a thing."""
    own = evidence.sentences[place]
    for sentence in evidence.sentences[max(0, place - _SECTION) : place][::-1]:
        if sentence.passage != own.passage:
            break
        if _HEADING.match(sentence.text):
            return _WHO.search(sentence.text) is not None
    title = evidence.passages[own.passage].title
    return _WHO.search(title.rpartition("›")[2].strip()) is not None


def _exclusive(
    text: str, named: Sequence[Slot], *, names_all: bool = False
) -> Iterator[tuple[Sequence[Slot], list[list[Token]]]]:
    """Who alone does something in a text, and for each thing the words that say what.

    Args:
        names_all: all are named who can do it, so that nobody has to be said to be alone.
    """
    for group in parties(text):
        first, last = group[0].start, group[-1].end
        before = next((match for match in _ONLY.finditer(text) if match.end() == first), None)
        acts = _acts(text, last) or text.startswith((":", " |"), last)
        if before is None and not _ALONE.match(text, last) and not (names_all and acts):
            continue
        start, end = 0, len(text)
        if before is None and is_japanese(text):
            pass  # what is done stands on both sides
        elif text.startswith(" |", last):
            end = first
        elif (before is not None and before["back"]) or (before is None and _ALONE.match(text, last)):
            end = first if before is None else before.end("back")
            start = max((stop.end() for stop in _STOP.finditer(text, 0, end)), default=0)
        else:
            start = last + text.startswith(":", last)
            stop = _STOP.search(text, start)
            end = stop.start() if stop else end
        rest = [slot for slot in named if start <= slot.start < end]
        told = text[start:end]
        for slot in rest:
            told = told[: slot.start - start] + " " * (slot.end - slot.start) + told[slot.end - start :]
        parts = [told, *_PARTS.split(told)]
        yield group, [[word for word in tokens(part) if word.key not in _SAYS_NOTHING] for part in parts]


def _acts(text: str, at: int) -> bool:
    """Whether whoever is named up to there does something."""
    several = text[at - 1 : at] == "s" and _VERB.match(text, at) is not None
    return several or _ACTS.match(text, at) is not None


def _other_agent(plain: str, named: Sequence[Slot], others: Sequence[Slot]) -> Slot | None:
    """Who does it in the claim, if all who do are other people."""
    agents = [
        slot
        for slot in named
        if slot.value not in _ANYBODY and (_acts(plain, slot.end) or _ACTED.search(plain, 0, slot.start))
    ]
    if not agents or any(alike(slot, other) for slot in named for other in others):
        return None
    return agents[0]


def _meant(done: Sequence[Sequence[Token]], about: Sequence[Token]) -> Sequence[Token]:
    """Of the things that are done the one that a claim is about; the first is all of them."""
    keys = frozenset(word.key for word in about)
    return max(
        (
            words
            for at, words in enumerate(done)
            if sum(word.weight for word in words) >= _LEAST
            and _share(words, keys) >= (_DONE_PART if at else _DONE)
        ),
        key=lambda words: _share(words, keys),
        default=(),
    )


def _is_about(meant: Sequence[Token], about: Sequence[Token], plain: str, around: frozenset[str]) -> bool:
    """Whether a place speaks of what the clauses of a claim do that have what is done; the others may speak of other things, and so
    may what comes after a condition (`… after moving its bookings`)."""
    keys = frozenset(word.key for word in meant)
    words: list[Token] = []
    for start, end in cut(plain):
        clause = [word for word in about if start <= word.start < end]
        limit = next((m.start() for m in LIMIT.finditer(plain, start, end) if m[0].isascii()), end)
        main = [word for word in clause if word.start < limit]
        if share_of := _share(clause, keys):
            words += main if _share(main, keys) >= share_of else clause
    what = [word for word in words if not likeness(word.key, keys)]
    return _share(words, around) >= _ABOUT and (not what or _share(what, around) > 0)


def _may_too(agent: Slot, meant: Sequence[Token], evidence: Evidence, place: int) -> bool:
    """Whether another sentence of the passage has the agent do that, or everything."""
    own = evidence.sentences[place]
    return any(
        sentence.passage == own.passage
        and any(alike(agent, slot) for slot in people(sentence.text))
        and (_share(meant, sentence.keys) >= _DONE or _ALL.search(sentence.text))
        for sentence in evidence.sentences[max(0, place - _SECTION) : place + _SECTION]
        if sentence is not own
    )


def _has_more(group: Sequence[Slot], mine: Sequence[Slot]) -> bool:
    """Whether a group has all of these people, and somebody else."""
    return all(any(alike(one, other) for other in group) for one in mine) and any(
        not any(alike(other, one) for one in mine) and other.value not in _ANYBODY for other in group
    )


def _around(evidence: Evidence, place: int, *, before: bool = True) -> frozenset[str]:
    """The words of a sentence and of what it leans on: its passage's title, and the sentence before where it points to that."""
    own = evidence.sentences[place]
    keys = (
        own.keys | own.leans_on | frozenset(word.key for word in tokens(evidence.passages[own.passage].title))
    )
    if before and place and _POINTS.search(own.text) and evidence.sentences[place - 1].passage == own.passage:
        keys |= evidence.sentences[place - 1].keys
    return keys


def _share(words: Sequence[Token], keys: frozenset[str]) -> float:
    return share({word.key: word.weight for word in words}, keys)
