"""True sentences with one thing changed, for the reader to learn from: `sentences(CORPORA)`.

People have marked some ten thousand answers, in which few faults are a single wrong word. So the reader first learns from passages
of public retrieval sets: a sentence, now and then with its clauses exchanged or a bracket left out, is borne out by the passage it
is from; the same with another number, a denial, an opposite, another name, two names exchanged, a foreign word or the end of
another sentence is not. What agents say of service manuals in Doc2Dial is borne out in other words.
"""

from __future__ import annotations

import difflib
import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backends.retrieval.text import STOP_WORDS
from benchmarks.wordnet import Lexicon
from plugins.grounding.polarity import OPPOSITES


@dataclass(frozen=True, slots=True)
class Changed:
    """A claim that was made."""

    claim: str
    beside: str
    """The passage."""
    label: int
    """1: not borne out."""
    true: str | None
    """What the claim was before something was changed; None: nothing was, or it is all from elsewhere."""


def _pairs(text: str, between: str | None = None) -> list[tuple[str, str]]:
    found = (pair.split(":") for pair in text.strip().split(between))
    return [(one, two) for one, two in found]


_AMOUNTS = (("doc2dial", False, 6000), ("mhop_en", False, 5000), ("jsquad", True, 6000))
"""Corpus, whether it is Japanese, and how many sentences are taken."""
_TRUE, _ELSEWHERE, _SPLICED = 0.45, 0.55, 0.62
"""Of a hundred sentences so many stay true, and the others up to there come from elsewhere or get another's end."""
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"])|\n+")
_ENDS_JA = re.compile(r"(?<=[。！？])|\n+")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])|(?<=\D)\d+(?=\D)")
_NAME = re.compile(
    r"\b(?!(?:The|An?|If|In|It|You|He|She|This|That|These|When|For|We|They|On|At|After|As|But|And|To|By|Your|His|Her|Their)\b)"
    r"[A-Z][\w'-]+(?:\s+(?:of\s+|the\s+)?[A-Z][\w'-]+)*"
)
_NAME_JA = re.compile(r"[ァ-ヴー]{3,}|[一-龥々]{2,}")
_WORD = re.compile(r"[A-Za-z][a-z]{3,}")
_JOINED = re.compile(r"\b(?:and|or|nor)\b")
"""What stands on both sides of these can be exchanged, and nothing is wrong."""
_NOUN = re.compile(r"(?<=\b[Tt]he )[a-z]{4,}\b(?= [a-z]{2,5}\b|[.,;])")
_DENIED = re.compile(
    r"\b(cannot|can not|can't|won't|isn't|aren't|doesn't|don't|didn't"
    r"|(?:is|are|will|must|may|do|does|was|were) not|not|never|no)\b"
)
_AFFIRMED = {
    "cannot": "can", "can not": "can", "can't": "can", "won't": "will", "isn't": "is", "aren't": "are", "doesn't": "does",
    "don't": "do", "didn't": "did", "never": "always", "no": "a", "not": "",
}  # fmt: skip
_VERB = re.compile(r"\b(can|will|may|must|should|is|are|was|were|does|do|did|has|have|had|could|would)\b")
_DENYING = {
    "can": ("cannot", "can't"), "will": ("will not", "won't"), "must": ("must not", "need not", "do not have to"),
    "is": ("is not", "isn't"), "are": ("are not", "aren't"), "do": ("do not", "don't"), "should": ("should not", "need not"),
}  # fmt: skip
_TURNED_JA = _pairs(
    """
    できます:できません できる:できない できません:できます できない:できる ました:ませんでした ます:ません ません:ます
    である。:ではない。 です。:ではありません。 した。:しなかった。 する。:しない。 された。:されなかった。
    される。:されない。 いる。:いない。 いた。:いなかった。 ある。:ない。 あった。:なかった。 れる。:れない。
    なった。:ならなかった。 なる。:ならない。 可能:不可能 必要:不要 しなければならない:しなくてよい だけ:だけでなく
    れた。:れなかった。
    """
)
_POLITE_JA = _pairs(
    """
    である。:です。 する。:します。 した。:しました。 される。:されます。 された。:されました。 いる。:います。
    いた。:いました。 ある。:あります。 だ。:です。 なった。:なりました。
    """
)
_PAIRS = _pairs(
    """
    at least:at most|up to:at least|more than:less than|until:after|everyone:nobody|all:none|with:without|within:after|
    during:before|many:few|high:low|early:late|big:small|won:lost|north:south|west:east|male:female|father:mother|son:daughter|brother:sister|
    husband:wife|older:younger|largest:smallest|oldest:newest|only:also|
    東:西|南:北|父:母|増:減|内:外|上:下|初:末|勝:敗|男:女|春:秋|夏:冬|息子:娘|兄:弟|姉:妹|大き:小さ|多:少な|長:短|新し:古
    """.replace("\n    ", ""),
    "|",
)
_OTHER: dict[str, list[str]] = {word: sorted(others) for word, others in OPPOSITES.items() if len(word) > 1}
for _one, _two in _PAIRS:
    _OTHER.setdefault(_one, []).append(_two)
    _OTHER.setdefault(_two, []).append(_one)
_LONGEST_FIRST = sorted(_OTHER, key=len, reverse=True)
_OPPOSITE = re.compile(r"\b(?:" + "|".join(w for w in _LONGEST_FIRST if w.isascii()) + r")\b", re.IGNORECASE)
_OPPOSITE_JA = re.compile("|".join(w for w in _LONGEST_FIRST if not w.isascii()))
_CUT, _CUT_JA = (
    re.compile(r",\s|\s(?=(?:because|when|if|which|that|who|for|to|in|by|with|and|until|from)\b)"),
    re.compile("、"),
)
_SAID_BEFORE = ("Yes, ", "No problem: ", "According to the passage, ", "In short, ", "Note that ")
_SAME = (
    ("do not", "don't"), ("cannot", "can't"), ("is not", "isn't"), ("you must ", "you have to "), ("You must ", "You need to "),
    ("you can ", "you may "), ("You can ", "It is possible to "), ("in order to", "to"), ("such as", "like"), ("because", "since"),
    ("about", "approximately"), ("begin", "start"), ("purchase", "buy"), ("obtain", "get"), ("assist", "help"), ("require", "need"),
)  # fmt: skip
_LIKE_A_YEAR = range(1000, 2101)
_LIKE_A_DAY = 31


@dataclass
class Maker:
    """Changes sentences of one language."""

    japanese: bool
    random: random.Random
    lexicon: Lexicon
    foreign: list[str] = field(default_factory=list)
    """Words of other passages."""

    def change(self, sentence: str, passage: str) -> str | None:
        """The sentence with one thing changed, if anything there can be."""
        ways: list[Callable[[str, str], str | None]] = [
            self._number, self._denial, self._opposite, self._name, self._exchanged, self._part,
        ]  # fmt: skip
        if self.foreign:
            ways.append(self._word)
        self.random.shuffle(ways)
        found = (way(sentence, passage) for way in ways)
        return next((changed for changed in found if changed and changed != sentence), None)

    def _number(self, sentence: str, passage: str) -> str | None:
        numbers = [found for found in _NUMBER.finditer(sentence) if len(found[0]) < 9]
        if not numbers:
            return None
        chosen = self.random.choice(numbers)
        others = [found[0] for found in _NUMBER.finditer(passage) if found[0] not in sentence]
        if others and self.random.random() < 0.5:
            return _put(sentence, chosen, self.random.choice(others))
        plain = chosen[0].replace(",", "")
        if not plain.isdecimal():
            return _put(sentence, chosen, plain[:-1] + str((int(plain[-1]) + self.random.randint(1, 8)) % 10))
        number = int(plain)
        if number in _LIKE_A_YEAR:
            other = number + self.random.choice((-30, -10, -5, -3, -2, -1, 1, 2, 3, 4, 6, 10, 20))
        elif number <= _LIKE_A_DAY:
            other = max(1, number + self.random.choice((-5, -3, -2, -1, 1, 2, 3, 4, 5, 7, 10)))
        else:
            more = self.random.randint(1, max(2, number // 3))
            other = self.random.choice(
                (number * 2, number * 10, number // 2, number + more, number + 10, number + 5)
            )
        return _put(sentence, chosen, str(other))

    def _denial(self, sentence: str, passage: str) -> str | None:
        del passage
        if self.japanese:
            turns = [turn for turn in _TURNED_JA if turn[0] in sentence]
            if not turns:
                return None
            before, after = turns[0] if self.random.random() < 0.5 else self.random.choice(turns)
            at = sentence.rfind(before)
            return sentence[:at] + after + sentence[at + len(before) :]
        denial = _DENIED.search(sentence)
        if denial and self.random.random() < 0.8:
            affirmed = _AFFIRMED.get(denial[0], denial[0].replace(" not", ""))
            return re.sub(r"\s+", " ", _put(sentence, denial, affirmed))
        verbs = list(_VERB.finditer(sentence))[:3]
        if not verbs:
            return None
        verb = self.random.choice(verbs)
        return _put(sentence, verb, self.random.choice(_DENYING.get(verb[0], (f"{verb[0]} not",))))

    def _opposite(self, sentence: str, passage: str) -> str | None:
        del passage
        words = list((_OPPOSITE_JA if self.japanese else _OPPOSITE).finditer(sentence))
        if not self.japanese and (not words or self.random.random() < 0.5):
            words = [
                word
                for word in _WORD.finditer(sentence)
                if word[0] in self.lexicon.opposites and word[0] not in STOP_WORDS
            ] or words
        if not words:
            return None
        word = self.random.choice(words)
        other = self.random.choice(_OTHER.get(word[0].lower()) or self.lexicon.opposites[word[0]])
        return _put(sentence, word, other.capitalize() if word[0][0].isupper() else other)

    def _name(self, sentence: str, passage: str) -> str | None:
        names = self._names(sentence, first=self.japanese)
        others = [found[0] for found in self._names(passage) if found[0] not in sentence]
        if not names or not others:
            return None
        name = self.random.choice(names)
        if self.japanese:  # katakana for katakana, kanji for kanji
            others = [other for other in others if (other[0] >= "一") == (name[0][0] >= "一")]
        return _put(sentence, name, self.random.choice(others)) if others else None

    def _exchanged(self, sentence: str, passage: str) -> str | None:
        del passage
        found_names = self._names(sentence, first=self.japanese)
        names = list({found[0]: found for found in reversed(found_names)}.values())[::-1]
        if len(names) < 2:
            return None
        at = self.random.randrange(len(names) - 1)
        one, two = names[at], names[at + 1]
        between = sentence[one.end() : two.start()]
        if (
            between.strip() in {",", "、", "・", "と", "や"}
            or _JOINED.search(between)
            or one[0] in two[0]
            or two[0] in one[0]
        ):
            return None
        return sentence[: one.start()] + two[0] + between + one[0] + sentence[two.end() :]

    def _part(self, sentence: str, passage: str) -> str | None:
        """Another noun of the passage after an article, or two of them in each other's place."""
        own = [] if self.japanese else list(_NOUN.finditer(sentence))
        if not own:
            return None
        if len({one[0] for one in own}) > 1 and self.random.random() < 0.5:
            one, two = own[0], own[-1]
            if one[0] != two[0] and not _JOINED.search(sentence[one.end() : two.start()]):
                return f"{sentence[: one.start()]}{two[0]}{sentence[one.end() : two.start()]}{one[0]}{sentence[two.end() :]}"
        others = [noun[0] for noun in _NOUN.finditer(passage) if not re.search(rf"\b{noun[0]}", sentence)]
        return _put(sentence, self.random.choice(own), self.random.choice(others)) if others else None

    def _word(self, sentence: str, passage: str) -> str | None:
        words = list((_NAME_JA if self.japanese else _WORD).finditer(sentence))
        other = self.random.choice(self.foreign)
        if len(words) < 3 or other.lower() in passage.lower():
            return None
        return _put(sentence, self.random.choice(words), other)

    def spliced(self, sentence: str, others: Sequence[str]) -> str | None:
        """The beginning of a sentence with the end of another."""
        other = self.random.choice(others)
        pattern = _CUT_JA if self.japanese else _CUT
        cuts, ends = list(pattern.finditer(sentence)), list(pattern.finditer(other))
        if other == sentence or not cuts or not ends:
            return None
        end = other[self.random.choice(ends).start() :]
        made = sentence[: self.random.choice(cuts).start()] + end
        return made if len(made) >= len(sentence) / 2 and len(end) <= len(made) * 0.8 else None

    def reworded(self, sentence: str) -> str:
        """The same in a few other words, now and then."""
        chance = self.random.random()
        if self.japanese:
            ending = next((pair for pair in _POLITE_JA if sentence.endswith(pair[0])), None)
            if chance < 0.25 and ending:
                return sentence.removesuffix(ending[0]) + ending[1]
            clauses = sentence.split("、")
            if chance < 0.5 and len(clauses) > 2 and len(clauses[0]) < 9:
                return "、".join(clauses[1:])
            return re.sub(r"（[^）]*）", "", sentence) if chance < 0.6 else sentence
        condition = re.match(
            r"^(If|When|After|Before|Because|Although|Unless|Once|In|On|For|As) ([^,]{5,120}), (.+?)[.]?$",
            sentence,
        )
        if chance < 0.2 and condition:
            first, rest, main = condition.groups()
            return f"{main[0].upper()}{main[1:]} {first.lower()} {rest}."
        if chance < 0.4:
            return re.sub(r"\s*\([^)]*\)", "", sentence)
        if chance < 0.5:
            return re.sub(
                r"\b(?:also|however|therefore|generally|usually|typically|very|just|then)\b,? ", "", sentence
            )
        if chance < 0.6 and not sentence[:2].isupper():
            return self.random.choice(_SAID_BEFORE) + sentence[0].lower() + sentence[1:]
        if chance < 0.7:
            for before, after in _SAME:
                sentence = sentence.replace(before, after)
        return self._synonyms(sentence) if chance > 0.55 else sentence

    def _synonyms(self, sentence: str) -> str:
        for word in list(_WORD.finditer(sentence))[::-1]:
            if word[0] in self.lexicon.synonyms and self.random.random() < 0.4:
                sentence = _put(sentence, word, self.random.choice(self.lexicon.synonyms[word[0]]))
        return sentence

    def _names(self, text: str, *, first: bool = True) -> list[re.Match[str]]:
        found = list((_NAME_JA if self.japanese else _NAME).finditer(text))
        return found if first else [one for one in found if one.start() > 0]


def sentences(corpora: Path, lexicon: Lexicon, seed: int = 3) -> list[Changed]:
    """Some 17,000 claims of the corpora in a folder, two in five of them Japanese, in no order."""
    chance = random.Random(seed)  # noqa: S311
    found: list[Changed] = []
    for name, japanese, amount in _AMOUNTS:
        rows = _rows(corpora / name / "corpus.jsonl.gz")
        chance.shuffle(rows)
        maker = Maker(japanese, chance, lexicon)
        pattern = _NAME_JA if japanese else _WORD
        maker.foreign = [word for row in rows[:3000] for word in pattern.findall(row["text"])[:20]]
        taken = 0
        for row in rows:
            made = list(_of_passage(row, maker))
            found += made
            taken += bool(made)
            if taken == amount:
                break
        if name == "doc2dial":
            found += _utterances(corpora / name, rows, maker)
    chance.shuffle(found)
    return [one for one in found if one.claim.strip() and one.beside.strip()]


def places(true: str, claim: str) -> list[tuple[int, int]]:
    """Where a claim differs from what it was: start and end in the claim."""
    pairs = difflib.SequenceMatcher(None, true, claim, autojunk=False).get_opcodes()
    return [(start, max(end, start + 1)) for kind, _, _, start, end in pairs if kind != "equal"]


def _of_passage(row: dict[str, Any], maker: Maker) -> Iterator[Changed]:
    own = _cut(row["text"], japanese=maker.japanese)
    if not own:
        return
    chance = maker.random
    at = chance.randrange(len(own))
    sentence = own[at]
    around = own[max(0, at - chance.randint(0, 2)) : at + 1 + chance.randint(0, 2)]
    if chance.random() < 0.3:
        chance.shuffle(around)
    beside = "\n".join([row["title"], *around] if chance.random() < 0.5 else around)
    kind = chance.random()
    if kind < _TRUE:
        yield Changed(maker.reworded(sentence), beside, 0, None)
    elif kind < _ELSEWHERE:
        far = [other for place, other in enumerate(own) if abs(place - at) > 2]
        if far:
            yield Changed(maker.reworded(chance.choice(far)), beside, 1, None)
    elif kind < _SPLICED:
        if spliced := maker.spliced(sentence, own):
            yield Changed(spliced, beside, 1, sentence)
    else:
        true = maker.reworded(sentence) if chance.random() < 0.5 else sentence
        if changed := maker.change(true, beside):
            yield Changed(changed, beside, 1, true)
            if chance.random() < 0.5:
                yield Changed(true, beside, 0, None)


def _utterances(folder: Path, rows: Sequence[dict[str, Any]], maker: Maker) -> Iterator[Changed]:
    """What agents said in the conversations of Doc2Dial, each beside the sentences of its document that share most with it."""
    documents: dict[str, list[str]] = {}
    for row in rows:
        documents.setdefault(row["id"].split("::")[0], []).extend(_cut(row["text"], japanese=False))
    told = set()
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        query = json.loads(line)
        for message in query["history"]:
            said, own = message["content"], documents.get(query["doc"])
            if (
                message["role"] != "assistant"
                or said.endswith("?")
                or len(said) < 40
                or (query["doc"], said) in told
            ):
                continue
            told.add((query["doc"], said))
            words = _words(said)
            if not own or not words:
                continue
            near = sorted(
                range(len(own)),
                key=lambda at: -len(words & _words(own[at])) / (1 + len(_words(own[at])) ** 0.5),
            )
            if len(words & _words(own[near[0]])) < 0.35 * len(words):
                continue
            beside = "\n".join(own[at] for at in sorted(near[:3]))
            yield Changed(said, beside, 0, None)
            if changed := maker.change(said, beside):
                yield Changed(changed, beside, 1, said)


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 3}


def _cut(text: str, *, japanese: bool) -> list[str]:
    pieces = (piece.strip() for piece in (_ENDS_JA if japanese else _ENDS).split(text))
    return [piece for piece in pieces if 15 < len(piece) * (3 if japanese else 1) < 420]


def _put(text: str, at: re.Match[str], other: str) -> str:
    return text[: at.start()] + other + text[at.end() :]


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
