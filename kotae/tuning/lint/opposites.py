"""Do two texts that share nearly all their words say different things?

A word more or less changes little of what two texts have in common, and everything of what they say: `can` and `cannot`, 3 days and
3 hours, `enabled` and `disabled`, another role.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from kotae.tuning.lint.masks import without_masks
from kotae.tuning.lint.words import COMPARED, content, numbers

_ASIDE = re.compile(r"^\W*(?:(?:yes|no)\b|はい|いいえ)[\s,.、。!！]+", re.IGNORECASE)
"""What says no once more: `No, you cannot` denies what `You cannot` denies."""
_DENIED = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|cannot|without)\b|n['’]t\b"
    r"|ません|(?<![少危])ない|なかっ|なけれ|ずに|不可",
    re.IGNORECASE,
)
_PREFIXED = re.compile(r"^(?:un|in|im|dis|non-?)(?=\w{4})")
_NUMBERS = frozenset(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
)
_UNITS = frozenset(("second", "minute", "hour", "day", "week", "month", "quarter", "year"))
_EXCLUSIVE = (
    _NUMBERS,
    _UNITS,
    *(frozenset(group.split()) for group in (
        "first second third fourth fifth last",
        "daily weekly monthly quarterly yearly",
        "monday tuesday wednesday thursday friday saturday sunday",
        "january february march april may june july august september october november december",
        "before after", "above below", "over under", "more fewer less", "most least", "maximum minimum", "higher lower",
        "earlier later", "left right", "up down", "on off", "in out", "to from", "always never sometimes", "all none some",
        "required optional", "mandatory optional", "allowed forbidden", "allow forbid prevent", "enable disable",
        "enabled disabled", "open close", "opened closed", "increase decrease", "increased decreased", "add remove",
        "added removed", "include exclude", "included excluded", "automatic manual", "automatically manually", "visible hidden",
        "public private", "true false", "begin end", "beginning end", "start end", "debit credit", "buyer seller",
        "customer supplier", "purchase sale",
    )),
)  # fmt: skip
"""Words of which one stands where the others can't; each stands for its form with an s, too."""
_KNOWN = frozenset().union(*_EXCLUSIVE)
_EXCLUSIVE_JA = tuple(
    tuple(group.split())
    for group in (
        "前 後", "以上 以下 未満", "以内 以降 以前", "超え 未満", "最大 最小", "最初 最後", "上 下", "左 右", "内 外",
        "有効 無効", "可能 不可能", "自動 手動", "必須 任意", "必要 不要", "許可 禁止", "許可 拒否", "公開 非公開", "表示 非表示",
        "追加 削除", "増 減", "開始 終了", "開 閉", "借方 貸方", "常に 時々", "すべて 一部", "オン オフ", "含む 除く", "承認 却下",
        "得意先 仕入先", "売上 仕入", "入庫 出庫", "日 週 月 年 時間 分 秒",
        "一 二 三 四 五 六 七 八 九 十",
    )
)  # fmt: skip
_SIGN = re.compile(r"(?:!=|[<>]=?|==?|[≠≦≧≤≥±×÷])(?=\s?[\d.])")
_NAME = re.compile(r"(?<=[\w,;)”」] )[A-Z][\w-]*|\b[A-Z]+[\w-]*[A-Z0-9][\w-]*\b|[ァ-ヺー]{3,}")
"""A word with a capital within a sentence, a code, and in Japanese a word in katakana."""
_DENIALS = """
    not never no none nobody nothing neither nor cannot without yes t don doesn didn isn aren wasn weren won couldn wouldn
    shouldn mustn haven hasn hadn 不可
"""
_DENYING = frozenset(_DENIALS.split())
"""Words of a denial, as they are when punctuation is gone."""
_FEW = 2
"""Words that carry meaning, and that one text may have and the other not, when they say the same of something but for one."""
_STEM = 4
"""Letters from which two words are two forms of one: `lends` and `lend`."""


def opposed(one: str, other: str) -> bool:
    """Whether one text can't be true when the other is.

    They have the same words that carry meaning and one denies, or one has a word in the place of another that excludes it, such as
    another unit or number word. Numbers in digits are not looked at.
    """
    mine, theirs = _read(one), _read(other)
    here, there = _extra(mine, theirs)
    if not here and not there and mine.denies != theirs.denies:
        return True
    if max(len(here), len(there)) > _FEW or not _exclude(mine, theirs):
        return False
    # 7 days are a week.
    return mine.words.keys() & _UNITS == theirs.words.keys() & _UNITS or mine.amounts == theirs.amounts


def named_otherwise(one: str, other: str) -> bool:
    """Whether two texts that differ in few words each name something that the other does not: an Accountant, and a Controller."""
    mine, theirs = _read(one), _read(other)
    return _name_others(mine, theirs) and max(map(len, _extra(mine, theirs))) <= _FEW


def may_differ(one: str, other: str) -> bool:
    """Whether two texts that are nearly the same may say different things: one denies, excludes the other, or has other names."""
    mine, theirs = _read(one), _read(other)
    if signs(one) != signs(other):
        return True
    return mine.denies != theirs.denies or _exclude(mine, theirs) or _name_others(mine, theirs)


def signs(text: str) -> list[str]:
    """The signs of comparison and calculation in a text, in order, which its words say nothing of."""
    return _SIGN.findall(unicodedata.normalize("NFKC", text[:COMPARED]))


@dataclass(frozen=True, slots=True)
class _Said:
    """What there is in a text to tell it from another."""

    denies: bool
    words: Counter[str]
    """English words; those in `_KNOWN` without an s at the end."""
    japanese: Mapping[str, int]
    """Words of `_EXCLUSIVE_JA`, and how often they stand there."""
    meaning: Counter[str]
    """Words that carry meaning, without denials."""
    names: Counter[str]
    amounts: list[str]
    """Numbers, and number words."""


@lru_cache(1 << 12)
def _read(text: str) -> _Said:
    text = _ASIDE.sub("", unicodedata.normalize("NFKC", without_masks(text[:COMPARED])))
    found = re.findall(r"[a-z]+(?:-[a-z]+)*", text.casefold())
    words = Counter(word[:-1] if word[-1] == "s" and word[:-1] in _KNOWN else word for word in found)
    return _Said(
        denies=len(_DENIED.findall(text)) % 2 == 1,
        words=words,
        japanese={
            word: len(re.findall(rf"(?<![不非未無]){word}", text))
            for group in _EXCLUSIVE_JA
            for word in group
            if word in text
        },
        meaning=Counter(word for word in content(text) if word not in _DENYING),
        names=Counter(word.rstrip("ー") for word in _NAME.findall(text)),
        amounts=sorted((*numbers(text), *(word for word in words.elements() if word in _NUMBERS))),
    )


def _exclude(mine: _Said, theirs: _Said) -> bool:
    here, there = (mine.words - theirs.words).keys(), (theirs.words - mine.words).keys()
    if any(group & here and group & there for group in _EXCLUSIVE):
        return True
    bare_here, bare_there = ({_PREFIXED.sub("", word) for word in words} for words in (here, there))
    if bare_here & there or bare_there & here:
        return True
    more = {
        word: mine.japanese.get(word, 0) - theirs.japanese.get(word, 0)
        for word in mine.japanese.keys() | theirs.japanese.keys()
    }
    return any(
        min(more.get(word, 0) for word in group) < 0 < max(more.get(word, 0) for word in group)
        for group in (_EXCLUSIVE_JA if any(more.values()) else ())
    )


def _name_others(mine: _Said, theirs: _Said) -> bool:
    return bool(mine.names - theirs.names) and bool(theirs.names - mine.names)


def _extra(mine: _Said, theirs: _Said) -> tuple[list[str], list[str]]:
    """The words that carry meaning and stand in one text alone, for each; two forms of a word are one."""
    here, there = (
        sorted((mine.meaning - theirs.meaning).elements()),
        sorted((theirs.meaning - mine.meaning).elements()),
    )
    for word in [word for word in here if len(word) >= _STEM and word.isascii()]:
        form = next((other for other in there if other[:_STEM] == word[:_STEM]), None)
        if form is not None:
            here.remove(word)
            there.remove(form)
    return here, there
