"""Passages and claims of them, composed of roles, acts and states: `claims(AMOUNT, NEARBY)`.

Nobody has marked many claims that say who may do what in other words, so these are made: a passage has some facts, each said in one
of several ways (`en.toml`, `ja.toml`), and the claim says one of them in another way, or with one thing of another fact in its
place, or the opposite. What is alike and what differs in words then tells nothing; who does what to whom does.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.changed import Changed

_FLAT = ("who", "may", "only", "must", "order", "gives", "value", "least")
_WEIGHTS = {
    "who": 3, "may": 3, "only": 3, "must": 1, "order": 2, "gives": 1.5, "value": 1, "least": 1, "pairs": 3, "states": 4,
    "table": 1.5,
}  # fmt: skip
_DENIABLE = frozenset({"who", "may", "least", "states"})
"""Of these all ways to say the opposite mean the same, so that a passage may say it too."""
_TRUE, _SAME_WAY, _DENIED, _MISSING, _BESIDE, _LISTED = 0.55, 0.08, 0.35, 0.12, 0.35, 0.2
_SEEN, _SEEN_JA = 300, 120
"""Characters of a passage that are surely read."""
_EXCHANGED = {"order": ("a", "b"), "gives": ("ra", "rb")}


@dataclass(frozen=True, slots=True)
class _Fact:
    family: str
    slots: dict[str, str]
    ways: tuple[Sequence[str], Sequence[str]]
    """To say it, and to say the opposite."""
    alike: str
    """Facts that are alike can lend each other a slot."""

    def said(self, way: str) -> str:
        text = way.format(**self.slots)
        return text[0].upper() + text[1:]


@dataclass
class _Language:
    """The material of one language."""

    material: dict[str, Any]
    japanese: bool
    random: random.Random
    nearby: Sequence[str] = field(default_factory=list)
    """Sentences of other texts, put beside the facts now and then."""

    @cached_property
    def roles(self) -> list[str]:
        return _listed(self.material["roles"])

    @cached_property
    def acts(self) -> list[tuple[str, str, list[str]]]:
        """Base, participle, objects."""
        found = []
        for line in self.material["acts"].strip().splitlines():
            verb, objects = line.split(":")
            base, *participle = verb.split()
            found.append((base, participle[0] if participle else base, _listed(objects)))
        return found

    @cached_property
    def measures(self) -> list[tuple[list[str], list[str]]]:
        """Units, and what has a value in them."""
        lines = (line.split(":") for line in self.material["values"].strip().splitlines())
        return [(_listed(units), _listed(things)) for units, things in lines]

    def facts(self, family: str, amount: int) -> list[_Fact]:
        """So many facts of a family, no slot twice."""
        if family in {"pairs", "states"}:
            kind = self.random.choice(self.material[family])
            if family == "states":
                subjects = self.random.sample(_listed(kind["of"]), amount)
                return [_Fact(family, {"s": s}, (kind["yes"], kind["no"]), "") for s in subjects]
            pairs = zip(
                *(self.random.sample(_listed(kind[side]), amount) for side in ("left", "right")), strict=True
            )
            return [_Fact(family, {"a": a, "b": b}, (kind["say"], ()), "a b") for a, b in pairs]
        ways = (self.material[family]["say"], self.material[family].get("deny", ()))
        roles, acts = self.random.sample(self.roles, 2 * amount), self.random.sample(self.acts, 2 * amount)
        if family in {"value", "least"}:
            units, things = self.random.choice([one for one in self.measures if len(one[1]) >= amount])
            numbers = self.random.sample(
                (*range(2, 30), *range(30, 100, 5), 120, 150, 200, 250, 300, 500, 800), amount
            )
            return [
                _Fact(family, {"t": t, "n": str(n), "u": self.random.choice(units)}, ways, "n")
                for t, n in zip(self.random.sample(things, amount), numbers, strict=True)
            ]
        made = []
        for at in range(amount):
            one, other = self._act(*acts[2 * at]), self._act(*acts[2 * at + 1])
            if family == "order":
                slots = {f"{name}a": text for name, text in one.items()} | {
                    f"{name}b": text for name, text in other.items()
                }
                made.append(_Fact(family, slots, ways, ""))
            elif family == "gives":
                made.append(
                    _Fact(family, one | {"ra": roles[2 * at], "rb": roles[2 * at + 1]}, ways, "ra rb o")
                )
            else:
                made.append(_Fact(family, one | {"r": roles[at]}, ways, "r"))
        return made

    def _act(self, base: str, participle: str, objects: Sequence[str]) -> dict[str, str]:
        found = {"o": self.random.choice(objects), "v": base, "ved": participle}
        if self.japanese:
            return found
        third = f"{base}es" if base.endswith(("s", "sh", "ch", "x")) else f"{base}s"
        return found | {"vs": third, "ving": f"{base.removesuffix('e')}ing"}

    def table(self) -> tuple[str, list[tuple[_Fact, bool]]]:
        """Who may do what as a table, and what it says: facts, and whether each is denied."""
        roles = self.random.sample(self.roles, self.random.randint(2, 4))
        acts = [self._act(*act) for act in self.random.sample(self.acts, self.random.randint(2, 3))]
        may, own = self.material["may"], self.material["table"]
        heads = [f"{act['o']}の{act['v']}" if self.japanese else f"{act['v']} {act['o']}" for act in acts]
        lines = [" | ".join([own["head"], *heads]), " | ".join(["---"] * (len(acts) + 1))]
        facts = []
        for role in roles:
            denied = [self.random.random() < 0.5 for _ in acts]
            lines.append(" | ".join([role.capitalize(), *(own["may"][no] for no in denied)]))
            facts += [
                (_Fact("table", act | {"r": role}, (may["say"], may["deny"]), ""), no)
                for act, no in zip(acts, denied, strict=True)
            ]
        return "\n".join(f"| {line} |" for line in lines), facts

    def composed(self) -> Changed:
        """A passage and a claim."""
        family = self.random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if family == "table":
            first, facts = self.table()
            said = [first]
        else:
            alike = self.facts(family, self.random.randint(1, 3))
            denied = [family in _DENIABLE and self.random.random() < _DENIED for _ in alike]
            facts = list(zip(alike, denied, strict=True))
            said = [fact.said(self.random.choice(fact.ways[no])) for fact, no in facts]
        fact, no = self.random.choice(facts)
        own = said[facts.index((fact, no))] if family != "table" else said[0]
        for other in self.random.choices(_FLAT, k=self.random.randint(0, 3)):
            if other != family:
                said += [one.said(self.random.choice(one.ways[0])) for one in self.facts(other, 1)]
        if self.nearby and self.random.random() < _BESIDE:
            said += self.random.sample(self.nearby, self.random.randint(1, 2))
        self.random.shuffle(said)
        if sum(map(len, said[: said.index(own) + 1])) > (_SEEN_JA if self.japanese else _SEEN):
            said = [own, *(one for one in said if one != own)]  # or it would not be read any more
        beside = self._passage(said)
        clean = self._another(fact, fact.ways[no], own)
        if self.random.random() < _TRUE:
            return Changed(clean, beside, 0, None)
        return self._wrong(fact, facts, clean, beside, denied=no)

    def _passage(self, said: Sequence[str]) -> str:
        if self.random.random() < _LISTED:
            return "\n".join(one if one.startswith("|") else f"- {one}" for one in said)
        return "".join(
            f"\n\n{one}\n\n" if one.startswith("|") else one + ("" if self.japanese else " ") for one in said
        ).strip()

    def _another(self, fact: _Fact, ways: Sequence[str], own: str) -> str:
        """A fact in other words than its own, mostly."""
        said = [fact.said(way) for way in ways]
        others = [one for one in said if one != own]
        return self.random.choice(others if others and self.random.random() > _SAME_WAY else said)

    def _wrong(
        self, fact: _Fact, facts: Sequence[tuple[_Fact, bool]], clean: str, beside: str, *, denied: bool
    ) -> Changed:
        """A claim that isn't borne out."""
        way = next(way for way in fact.ways[denied] if fact.said(way) == clean)
        changes: list[Callable[[], _Fact]] = []
        others = [other for other, no in facts if other is not fact and no == denied]
        for slot in fact.alike.split():
            lent = [other.slots[slot] for other in others if other.slots[slot] != fact.slots[slot]]
            lent += self._foreign(fact, slot, beside)
            if fact.family == "least":  # what is at least 6 is at least 3, too
                lent = [n for n in lent if (int(n) < int(fact.slots["n"])) is denied]
            if lent:
                changes.append(lambda slot=slot, lent=lent: _with(fact, {slot: self.random.choice(lent)}))  # type: ignore[misc]
        if fact.family in _EXCHANGED:
            changes += [lambda: _exchanged(fact, *_EXCHANGED[fact.family])] * 2
        turned = fact.ways[not denied]
        if self.random.random() < _MISSING and fact.family != "table":
            far = self.facts(fact.family, 1)[0]
            if not all(value.lower() in beside.lower() for value in far.slots.values()):
                return Changed(far.said(self.random.choice(far.ways[0])), beside, 1, None)
        if turned and (not changes or self.random.random() < 0.6):
            return Changed(fact.said(self.random.choice(turned)), beside, 1, clean)
        if not changes:
            return Changed(clean, beside, 0, None)
        return Changed(self.random.choice(changes)().said(way), beside, 1, clean)

    def _foreign(self, fact: _Fact, slot: str, beside: str) -> list[str]:
        """What no fact has, but could stand there: numbers and roles."""
        if slot == "n":
            n = int(fact.slots["n"])
            found = [str(other) for other in (n + 1, n + 5, n * 2, n * 10, n // 2)]
        elif slot in {"r", "ra", "rb"}:
            found = self.random.sample(self.roles, 1)
        elif fact.family == "pairs":
            side = {"a": "left", "b": "right"}[slot]
            kind = next(kind for kind in self.material["pairs"] if fact.slots[slot] in _listed(kind[side]))
            found = self.random.sample(_listed(kind[side]), 2)
        else:
            found = []
        return [one for one in found if one.lower() not in beside.lower()]


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\n", " ").split(",") if one.strip()]


def _with(fact: _Fact, slots: dict[str, str]) -> _Fact:
    return _Fact(fact.family, fact.slots | slots, fact.ways, fact.alike)


def _exchanged(fact: _Fact, one: str, two: str) -> _Fact:
    """Two sides in each other's place: slots of that name, or all that end so."""
    exchanged = {}
    for name in fact.slots:
        for here, there in ((one, two), (two, one)):
            other = name.removesuffix(here) + there
            if name.endswith(here) and other in fact.slots:
                exchanged[name] = fact.slots[other]
    return _with(fact, exchanged)


def claims(amount: int, nearby: Mapping[str, Sequence[str]], seed: int = 5) -> list[Changed]:
    """So many claims, half of them Japanese; `nearby` has sentences of other texts for `en` and `ja`."""
    chance = random.Random(seed)  # noqa: S311
    languages = []
    for name in ("en", "ja"):
        material = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
        languages.append(_Language(material, name == "ja", chance, nearby[name]))
    return [languages[at % 2].composed() for at in range(amount)]
