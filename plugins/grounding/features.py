"""What can be measured about a claim and its evidence. Pure functions; no judgement."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backends.retrieval.text import STOP_WORDS
from plugins.grounding import clauses, conflicts, number_faults, polarity
from plugins.grounding.evidence import Evidence, Sentence, Window, nearest, with_rarest
from plugins.grounding.mismatches import mismatches
from plugins.grounding.names import Name, names, written
from plugins.grounding.numbers import Quantity, equivalents, quantities
from plugins.grounding.overlap import likeness, overlap
from plugins.grounding.quotes import is_quote, standing
from plugins.grounding.rarity import rarity
from plugins.grounding.reader import VERBATIM, Read, Reading, excerpt
from plugins.grounding.records import Mention, mentions, wrong_hours
from plugins.grounding.slots import Mismatch
from plugins.grounding.text import LONGEST, Token, katakana, tokens
from plugins.grounding.weighing import Weighed, in_run, weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAR = 120
"""A claim is compared by so many of its words at most."""
_ORDERED = 25
_COVERS = 3
_KANJI = re.compile(r"[\u3400-\u9fff\u30a0-\u30ff]")
_NOUN_JA = r"\u3400-\u9fff\u30a0-\u30ff々ー"
_PARTICLE = re.compile(rf"(?<![{_NOUN_JA}])([{_NOUN_JA}]+)(が|を|に|は|で|の|へ|と|から|より|まで|も)")
_CAPITAL = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][a-z]+")
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Said:
    """What the user said; nobody invented that."""

    text: str
    """Normalised, small letters."""
    keys: frozenset[str]
    values: frozenset[str]
    asked: tuple[Token, ...] = ()
    """The content words of the question."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A claim against its evidence."""

    words: tuple[Weighed, ...]
    window: Window | None
    """The part of the evidence that has most of the claim's content."""
    clauses: tuple[clauses.Clause, ...]
    wrong_numbers: tuple[Quantity, ...]
    """Numbers found neither near by, nor in the question, nor (for those with a unit) anywhere with that unit."""
    rival_numbers: tuple[str, ...]
    """For each of `wrong_numbers`, the number with the same unit that the window has instead, or nothing."""
    absent_numbers: frozenset[str]
    """The values among them that no evidence has anywhere."""
    unknown_names: tuple[Name, ...]
    """Names that neither the evidence nor the user mentions."""
    conflict: conflicts.Conflict | None
    mismatches: tuple[Mismatch, ...]
    """Slots in whose place the evidence has something else."""
    mentions: tuple[Mention, ...]
    """Where it speaks of the fields of a record."""
    repeats: bool
    """Whether it has words of the user's, whatever the evidence says."""
    reading: Reading
    values: dict[str, float]
    """The features by name."""

    @property
    def missing(self) -> list[Token]:
        """Content words that neither the evidence nor the user has."""
        return [
            word.token
            for word in self.words
            if word.known < 0.7 and word.near < 0.7 and not word.said and word.token.weight > 0.5
        ]


def said(texts: Sequence[str]) -> Said:
    """What the user's messages (normalised) hold, the question first."""
    return Said(
        "\n".join(text.lower() for text in texts),
        frozenset(word.key for text in texts for word in tokens(text)),
        frozenset(quantity.value for text in texts for quantity in quantities(text)),
        tokens(texts[0]) if texts else (),
    )


def measure(text: str, plain: str, evidence: Evidence, user: Said, read: Read) -> Measured:
    """Hold a claim (normalised; `plain` with its markup blanked) against the evidence; `read` reads it beside an excerpt."""
    text, plain = text[:LONGEST], plain[:LONGEST]
    # A number that is known may be written with another unit or in other words: `10 percent`, `ten %`.
    numbers = [q for q in quantities(plain) if not equivalents(q.value, q.unit).isdisjoint(evidence.values)]
    own = [word for word in tokens(plain) if not any(q.start <= word.start < q.end for q in numbers)][:_FAR]
    # What the user said is not invented.
    found = [word for word in own if word.key not in user.keys or word.key in evidence.keys]
    user = replace(user, values=user.values | number_faults.reckoned(plain, user.values))
    sentences, window = nearest(evidence, found)
    words = weigh(found, evidence, window, user.keys)
    parts = clauses.clauses(plain, words, evidence)
    wrong, rivals = number_faults.wrong(plain, sentences, evidence, window, user)
    named = names(text, plain)
    denies = bool(polarity.denials(plain))
    unknown = tuple(
        name
        for name in named
        # Who asks for an HR module has not made it one of the product's; who denies it is right.
        if not known(name, evidence, _NOBODY if name.is_part and not denies else user)
    )
    conflict = conflicts.conflict(plain, found, evidence)
    slots = [
        mismatch
        for mismatch in mismatches(plain, found, evidence, user.asked, user.values)
        # That a clerk may not is no fault where the Controller may.
        if not (
            mismatch.slot.kind == "person"
            and denies
            and not _RULES.search(plain)
            and not polarity.denials(mismatch.sentence.text)
        )
    ]
    spoken = tuple(mention for record in evidence.records for mention in mentions(plain, record))
    wording = overlap(plain, evidence, window)
    if is_quote(wording) and standing(plain, with_rarest(evidence, own)) != "said":
        wording["run"] -= 1 / wording["running"]  # it lacks the word that denied it, or asked for it
    reading = VERBATIM if is_quote(wording) else read(plain, excerpt(found, window, evidence))
    values = {
        **_content(words, sentences, evidence),
        **_arrangement(found, sentences, window, evidence),
        **wording,
        **number_faults.measure(plain, evidence, window, user),
        "numbers_wrong": len(wrong),
        "numbers_rival": sum(map(bool, rivals)),
        "names": len(named),
        "names_unknown": len(unknown),
        "names_far": sum(name.text.lower() not in (window.text.lower() if window else "") for name in named),
        "capitals_unknown": sum(word.lower() not in evidence.text for word in _CAPITAL.findall(plain)),
        "conflict": conflict.agreement if conflict else 0.0,
        **_slots(slots),
        **polarity.features(plain, sentences[0].text if sentences else "", window.text if window else ""),
        **_records(spoken, plain, evidence),
        **_form(plain, sentences, window, evidence),
        **clauses.summary(parts),
        "read": reading.doubt,
        "read_worst": reading.worst(0, len(plain)),
    }
    return Measured(
        tuple(words),
        window,
        tuple(parts),
        wrong,
        rivals,
        number_faults.absent(wrong, evidence),
        unknown,
        conflict,
        tuple(slots),
        spoken,
        any(word.key in user.keys for word in own),
        reading,
        values,
    )


def known(name: Name, evidence: Evidence, user: Said) -> bool:
    """Whether the evidence or the user mentions a name, as a whole or by all of its words."""
    text = " ".join(name.text.lower().replace("’", "'").split())
    if text.isascii():
        whole = written(" ".join(name.text.split()))
        if whole.search(evidence.text) or whole.search(user.text):
            return True
    elif (
        text in evidence.text
        or text in user.text
        or any(text == f"{cell.row}{cell.rows}".lower() for _, cell in evidence.cells)  # 無料 of the プラン
    ):
        return True
    if name.shape in ("code", "compound"):
        return False
    if name.shape == "katakana":
        parts = [katakana(part) for part in text.split("・")]
        return all(part in evidence.text or part in user.text for part in parts)
    words = tokens(name.text)
    return bool(words) and all(
        word.key in evidence.index or word.key in user.keys or in_run(word, evidence) for word in words
    )


def _content(words: Sequence[Weighed], sentences: Sequence[Sentence], evidence: Evidence) -> dict[str, float]:
    """Which content words are where."""
    plain = sum(word.token.weight for word in words) or 1.0
    total = sum(word.weight for word in words) or 1.0
    count = len(evidence.sentences)
    rare = [word.token.weight * (0.3 + _local_rarity(word.token.key, evidence, count)) for word in words]

    def shared(keys: frozenset[str], weights: Sequence[float], of: float) -> float:
        return sum(w * likeness(word.token.key, keys) for w, word in zip(weights, words, strict=True)) / of

    flat = [word.token.weight for word in words]
    weights = [word.weight for word in words]
    together = frozenset().union(*(sentence.keys for sentence in sentences)) if sentences else frozenset()
    best = max((shared(sentence.keys, flat, plain) for sentence in sentences), default=0.0)
    new = [word.weight for word in words if word.known < 0.7 and not word.said]
    far = [word.weight for word in words if word.near < 0.7 and not word.said]
    return {
        "near": sum(w * word.near for w, word in zip(flat, words, strict=True)) / plain,
        "near_rare": sum(w * word.near for w, word in zip(weights, words, strict=True)) / total,
        "near_rare_here": sum(w * word.near for w, word in zip(rare, words, strict=True))
        / (sum(rare) or 1.0),
        "sentence": best,
        "sentence_rare": max((shared(sentence.keys, weights, total) for sentence in sentences), default=0.0),
        "sentences_two": max(
            (shared(sentences[0].keys | sentence.keys, flat, plain) for sentence in sentences[1:]),
            default=best,
        ),
        "sentences_all": shared(together, flat, plain),
        "known": sum(w * word.known for w, word in zip(flat, words, strict=True)) / plain,
        "known_whole": sum(w * (word.known == 1) for w, word in zip(flat, words, strict=True)) / plain,
        "known_rare": sum(w * word.known for w, word in zip(weights, words, strict=True)) / total,
        "known_or_said": sum(w * max(word.known, word.said) for w, word in zip(flat, words, strict=True))
        / plain,
        "said": sum(w * word.said for w, word in zip(flat, words, strict=True)) / plain,
        "new": sum(word.token.weight for word in words if word.known < 0.7 and not word.said),
        "new_rare": sum(new),
        "new_rarest": max(new, default=0.0),
        "far": len(far),
        "far_rare": sum(far),
        "far_rarest": max(far, default=0.0),
        "words": len(words),
    }


def _local_rarity(key: str, evidence: Evidence, count: int) -> float:
    return (
        math.log(1 + count / (0.5 + len(evidence.index.get(key, ())))) / math.log(1 + count / 0.5)
        if count
        else 0.0
    )


def _arrangement(
    words: Sequence[Token], sentences: Sequence[Sentence], window: Window | None, evidence: Evidence
) -> dict[str, float]:
    """Whether what belongs together in the claim does so in the evidence."""
    keys = [word.key for word in words]
    pairs = list(itertools.pairwise(keys))
    places = {key: frozenset(evidence.index.get(key, ())) for key in keys}
    inverted = 0.0
    if window:
        order: dict[str, int] = {}
        for place, key in enumerate(window.sequence):
            order.setdefault(key, place)
        seen = [order[key] for key in dict.fromkeys(keys) if key in order][:_ORDERED]
        if len(seen) > 1:
            inverted = sum(a > b for a, b in itertools.combinations(seen, 2)) / math.comb(len(seen), 2)
    back = 0.0
    if sentences:
        own = frozenset(keys)
        total = sum(word.weight for word in sentences[0].words) or 1.0
        back = sum(word.weight * likeness(word.key, own) for word in sentences[0].words) / total
    values = {
        "pairs": sum(pair in evidence.pairs for pair in pairs) / len(pairs) if pairs else 0.5,
        "together": _together(pairs, places),
        "together_apart": _together(list(zip(keys, keys[2:], strict=False)), places),
        "inverted": inverted,
        "back": back,
    }
    gains = _gains(words, places)
    return values | {f"sentence_adds{n}": gain for n, gain in enumerate(gains, 1)}


def _together(pairs: Sequence[tuple[str, str]], places: dict[str, frozenset[int]]) -> float:
    """The share of pairs of known words that one sentence has; -1 when there are none."""
    there = [(a, b) for a, b in pairs if places[a] and places[b]]
    return sum(not places[a].isdisjoint(places[b]) for a, b in there) / len(there) if there else -1.0


def _gains(words: Sequence[Token], places: dict[str, frozenset[int]]) -> list[float]:
    """How much of the known content the best sentence has, how much the next adds, and the next."""
    left = {word.key: word.weight * rarity(word.key) for word in words if places[word.key]}
    total = sum(left.values()) or 1.0
    gains: list[float] = []
    while left and len(gains) < _COVERS:
        sums: dict[int, float] = {}
        for key, weight in left.items():
            for place in places[key]:
                sums[place] = sums.get(place, 0.0) + weight
        best = max(sums, key=lambda place: (sums[place], -place))
        gains.append(sums[best] / total)
        left = {key: weight for key, weight in left.items() if best not in places[key]}
    return gains + [0.0] * (_COVERS - len(gains))


def _slots(found: Sequence[Mismatch]) -> dict[str, float]:
    def widest(*kinds: str) -> float:
        return max((mismatch.gap for mismatch in found if mismatch.slot.kind in kinds), default=0.0)

    return {
        "slots_wrong": len(found),
        "slot_number": widest("number"),
        "slot_code": widest("code"),
        "slot_person": widest("person"),
        "slot_proper": widest("proper"),
        "slot_fit": max((mismatch.fit for mismatch in found), default=0.0),
    }


def _records(spoken: Sequence[Mention], plain: str, evidence: Evidence) -> dict[str, float]:
    hours, days = wrong_hours(plain, evidence.records[0]) if evidence.records else (0, 0.0)
    return {
        "record": float(bool(evidence.records)),
        "record_denied": sum(mention.verdict == "denied" for mention in spoken),
        "record_vague": sum(mention.verdict == "denied" and mention.field.elsewhere for mention in spoken),
        "record_affirmed": sum(mention.verdict == "affirmed" for mention in spoken),
        "record_empty": sum(mention.verdict == "empty" for mention in spoken),
        "record_agrees": sum(mention.verdict == "agrees" for mention in spoken),
        "record_hours": hours,
        "record_days": days,
    }


def _form(
    plain: str, sentences: Sequence[Sentence], window: Window | None, evidence: Evidence
) -> dict[str, float]:
    """How the claim is written, and how long it and its evidence are."""
    low = plain.lower()
    nearest_ = sentences[0].text if sentences else ""
    ours, theirs = set(_KANJI.findall(plain)), set(_KANJI.findall(nearest_))
    anywhere = set(_KANJI.findall(evidence.text))
    roles, window_roles = _roles(plain), _roles(window.text) if window else {}
    both = [(mine, window_roles[word]) for word, mine in roles.items() if word in window_roles]
    english = set(_WORD.findall(low))
    said_near = set(_WORD.findall(window.text.lower())) if window else set()
    return {
        "characters": len(plain.strip()),
        "sentence_characters": len(nearest_),
        "length_ratio": len(plain.strip()) / (1 + len(nearest_)),
        "window_words": len(window.sequence) if window else 0,
        "evidence": math.log1p(len(evidence.text)),
        "evidence_sentences": math.log1p(len(evidence.sentences)),
        "kanji_near": len(ours & theirs) / len(ours) if ours else -1.0,
        "kanji_back": len(ours & theirs) / len(theirs) if theirs else -1.0,
        "kanji_known": len(ours & anywhere) / len(ours) if ours else -1.0,
        "roles_same": sum(bool(mine & theirs_) for mine, theirs_ in both),
        "roles_other": sum(not mine & theirs_ for mine, theirs_ in both),
        "small_words_new": sum(word in STOP_WORDS and word not in said_near for word in english)
        / max(1, len(english)),
        "first_person": len(_FIRST_PERSON.findall(low)),
        "opinion": len(_OPINION.findall(low)),
        "summing_up": float(bool(_SUMMING_UP.match(low))),
        "exclaims": plain.count("!") + plain.count("！"),
        "asks": float(plain.rstrip().endswith(("?", "？"))),
        "leads_on": float(plain.rstrip().endswith((":", "："))),
    }


def _roles(text: str) -> dict[str, set[str]]:
    """Japanese words with the particles that follow them, which say what part they play."""
    roles: dict[str, set[str]] = {}
    for match in _PARTICLE.finditer(text):
        roles.setdefault(match[1], set()).add(match[2])
    return roles


_NOBODY = Said("", frozenset(), frozenset())
_RULES = re.compile(r"\b(?:unless|without|until)\b|なければ|なしに|まで", re.IGNORECASE)
"""`Not without the approval of the Controller` says who approves."""
_FIRST_PERSON = re.compile(r"\b(?:i|i['’]m|i['’]ve|my|me|we|our)\b|私|僕|思います")
_OPINION = re.compile(
    r"\b(?:think|believe|feel|love|like|hope|guess|wonder|great|amazing|popular|favou?rite|best|enjoy|interesting|cool|fun|nice"
    r"|good|bad|probably|perhaps|maybe|might|may|likely|seems?|appears?|suggests?|important|essential|ideal|perfect|delicious)\b"
    r"|でしょう|かもしれ|重要|一般的"
)
_SUMMING_UP = re.compile(
    r"\s*(?:overall|in conclusion|in summary|to summari[sz]e|therefore|thus|additionally|however|it is (?:important|worth)|please"
    r"|remember|note|これにより|このように|したがって|また|そのため|以上)"
)
