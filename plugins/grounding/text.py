"""Content words with their place in the text, in English, Japanese and text that mixes them.

Retrieval's tokens have no offsets and cut across words; to mark a span and to name what is missing, a flagger
needs both.
"""

# ruff: noqa: SIM905 (word lists read best as running text)
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from backends.retrieval.text import STOP_WORDS, stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆"
KATAKANA = "\u30a1-\u30fa\u30fc"
HIRAGANA = "\u3041-\u3096"
LONGEST = 2000
"""No claim or sentence is read further than so many characters."""

_RUN = re.compile(
    rf"(?P<number>\d+(?:[.,:]\d+)*(?![A-Za-z]*\d*[-_]?[A-Za-z]))"
    rf"|(?P<han>[{HAN}]+)|(?P<katakana>[{KATAKANA}]{{2,}})"
    rf"|(?P<word>[^\W_{HAN}{KATAKANA}{HIRAGANA}]+(?:['’][a-z]+)?)"
)

# Words that carry a sentence but no content of their own: with them missing, nothing is invented.
_LIGHT = frozenset(
    """
    able cannot never unable according additionally allow also although another around based because besides case certain come
    could different either especially even ever example first furthermore generally get give given go good
    help however include including indeed instead involve kind know let like likely look lot made make many
    may mean moreover much must need neither new nor often one overall part possible provide provided rather
    really related require say see several simply since specific still sure take therefore thing though thus
    time two type typically use used user using usually various via want way well whether within without work
    yet ensure various via using lets unfortunately fortunately worry sorry
    """.split()
)
LIGHT_STEMS = frozenset(stem(word) for word in _LIGHT)
_LIGHT_HAN = frozenset(
    "場合 必要 可能 以下 使用 利用 方法 事 時 中 後 前 上 下 的 等 為 様 者 物 行 使 出 入 見 言 思 持 何 私 今".split()
)

_NUMERALS = frozenset("〇一二三四五六七八九十百千万億")
"""Numbers are compared as numbers."""


@dataclass(frozen=True, slots=True)
class Token:
    """A content word."""

    start: int
    end: int
    key: str
    """What it is compared by: a stem, a katakana word, a pair of kanji, or one kanji before kana."""
    weight: float
    """1, or less for words that say little."""


@dataclass(frozen=True, slots=True)
class Normal:
    """A text after NFKC, and where each of its characters came from."""

    text: str
    origin: Sequence[int]
    """As long as `text` and one more: offsets in the original."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of `text[start:end]`, with the marks that sit on its last character."""
        while end < len(self.text) and (
            self.origin[end] == self.origin[end - 1] or unicodedata.category(self.text[end])[0] == "M"
        ):
            end += 1
        return self.origin[start], self.origin[end]


_UNSEEN = re.compile(
    r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\u20e3\ufeff]"
)
"""Soft hyphens, joiners, marks of direction, variants: what a word has of them makes no other word of it."""
_NOTE = re.compile(r"(?<=\w)[⁰¹⁴-⁹]|(?<=\d)[²³]|[①-⒇㉑-㉟㊱-㊿❶-➓]")
"""A raised digit beside a number or word is a note or an exponent, a circled one counts steps: `72¹ hours` are not 721, and
`②月を選ぶ` is not February."""


def normalise(text: str) -> Normal:
    """NFKC with a map back. Length changes (`㍿`, half-width kana) are followed, and what nobody sees is left out."""
    text = _NOTE.sub(" ", text)
    unseen = _UNSEEN.search(text) is not None
    if not unseen and unicodedata.is_normalized("NFKC", text):
        return Normal(text, range(len(text) + 1))
    out: list[str] = []
    origin: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        if unseen and _UNSEEN.match(text, at):
            at = end
            continue
        while end < len(text) and end - at < 8 and (unicodedata.combining(text[end]) or text[end] in "ﾞﾟ"):
            end += 1
        piece = _fraction(text[at], out) or unicodedata.normalize("NFKC", text[at:end])
        out.append(piece)
        origin += [at] * len(piece)
        at = end
    return Normal("".join(out), [*origin, len(text)])


def _fraction(character: str, before: list[str]) -> str:
    """`½` as a decimal, `.5` after a digit: `2½ hours` are 2.5, not 21 halves. Nothing where it is no fraction."""
    if "<fraction>" not in unicodedata.decomposition(character) or not 0 < unicodedata.numeric(character) < 1:
        return ""
    written = f"{unicodedata.numeric(character):g}"
    return written[1:] if before and before[-1][-1:].isdigit() else written


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """The content words of a normalised text, in order. Numbers are `numbers.py`'s and left out."""
    found: list[Token] = []
    for run in _RUN.finditer(text[:LONGEST]):
        start, end = run.span()
        if run["han"]:
            found += _han(run[0], start)
        elif run["katakana"]:
            found.append(Token(start, end, katakana(run[0]), 1.0))
        elif run["word"]:
            word = run[0].replace("’", "'").lower()
            bare = word.split("'")[0]
            if word not in STOP_WORDS and bare not in STOP_WORDS and len(bare) > 1 and len(bare) < 60:
                key = stem(bare)
                found.append(Token(start, end, key, 0.3 if key in LIGHT_STEMS else 1.0))
    return tuple(found)


def _han(run: str, start: int) -> list[Token]:
    if len(run) == 1:
        return [Token(start, start + 1, run, 0.2 if run in _LIGHT_HAN else 0.7)]
    found = []
    for i in range(len(run) - 1):
        pair = run[i : i + 2]
        light = pair in _LIGHT_HAN or not _NUMERALS.isdisjoint(pair)
        found.append(Token(start + i, start + i + 2, pair, 0.3 if light else 1.0))
    return found


def katakana(word: str) -> str:
    """Without the long vowel at its end, which style guides disagree about (`ユーザー`, `ユーザ`)."""
    return (word.rstrip("ー") if len(word) > 3 else "") or word


def surface(words: Sequence[Token], text: str) -> list[str]:
    """The words as written, each once; pairs of kanji that touch are one word."""
    spans: list[list[int]] = []
    for word in words:
        if spans and word.start < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], word.end)
        else:
            spans.append([word.start, word.end])
    return list(dict.fromkeys(text[start:end] for start, end in spans))


_RUNNING = re.compile(rf"[a-z0-9]+(?:['’][a-z]+)?|[{HIRAGANA}{KATAKANA}{HAN}]")
_Run = TypeVar("_Run", str, tuple[str, ...])


def running(text: str) -> list[str]:
    """All words of a normalised text in small letters, those without content too; Japanese by characters."""
    return [match[0].replace("’", "'") for match in _RUNNING.finditer(text)]


def grams(run: _Run, length: int) -> Iterator[_Run]:
    """The runs of `length` neighbours in a text or a tuple of words."""
    return (run[at : at + length] for at in range(len(run) - length + 1))
