"""Words for lexical search, in English, Japanese and text that mixes them.

The language is a property of a run of characters, never of a document: an English product name in a Japanese sentence is
stemmed, the sentence around it is cut into character bigrams. The same function reads pages and queries.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

# Scripts that are written without spaces. Han, kana and Hangul, with the marks that belong to words in them.
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〆〇"
_HIRAGANA = "\u3041-\u3096"
_KATAKANA = "\u30a1-\u30fa\u30fc"
_HANGUL = "\uac00-\ud7a3"
_THAI = "\u0e00-\u0e7f"
_UNSPACED = f"{_HAN}{_HIRAGANA}{_KATAKANA}{_HANGUL}{_THAI}"

_RUN = re.compile(
    rf"(?P<number>\d+(?:,\d{{3}})+(?:\.\d+)?(?![\w,])|\d+\.\d+(?![\w.]))"
    rf"|(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<word>[^\W_{_UNSPACED}]+(?:[-_./'’&+][^\W_{_UNSPACED}]+)*)"
)
_PARTS = re.compile(r"[^\W_]+")
_UNSPACED_CHARACTER = re.compile(rf"[{_UNSPACED}]")
_SPACED_WORD = re.compile(rf"[^\W{_UNSPACED}]+")
_KATAKANA_WORD = re.compile(rf"[{_KATAKANA}]+")
_HAN_CHARACTER = re.compile(rf"[{_HAN}]")

# Dashes that people type for the long vowel mark between kana.
_LONG_VOWEL = re.compile(rf"(?<=[{_KATAKANA}])[-‐‑–—―−ｰ〜~](?=[{_KATAKANA}]|\b|$)")

_STOP_WORDS = """
    a about above after again against all also am an and any are as at be because been before being below between both but by
    can could did do does doing down during each few for from further had has have having he her here hers him his how i if in
    into is it its itself just me might more most must my myself no nor not of off on once only or other our ours out over own
    please same shall she should so some such than that the their theirs them then there these they this those through to too
    under until up upon us very was we were what when where which while who whom whose why will with would yes you your yours
    don't doesn't didn't can't couldn't won't isn't aren't wasn't weren't haven't hasn't i'm i've i'd i'll it's that's what's
    there's you're we're they're let's
"""
_STOP_PAIRS = """
    から まで より です ます した する して され れる いる ある った こと もの など これ それ この その どの どれ ので のは には
    では とは すか まし しか たか でし ませ せん だれ なに どう どこ
"""

STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words that say nothing about what is looked for."""
STOP_PAIRS = frozenset(_STOP_PAIRS.split())
"""Hiragana bigrams of particles, endings and question words."""


def normalise(text: str) -> str:
    """NFKC and case folding, with one kind of apostrophe and one kind of long vowel mark."""
    if text.isascii():
        return text.lower()
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return _LONG_VOWEL.sub("ー", folded)


def tokens(text: str) -> list[str]:
    """The terms of `text` in order, with repetitions.

    Words are stemmed (Snowball English) and stop words left out; `1,000,000` is `1000000`; a code such as `SL-104` gives `sl104`
    and its parts; unspaced scripts give character bigrams, and katakana words as a whole besides.
    """
    found: list[str] = []
    for run in _RUN.finditer(normalise(text)):
        if run["number"]:
            found.append(run["number"].replace(",", ""))
        elif run["unspaced"]:
            found += _unspaced_terms(run["unspaced"])
        else:
            found += _word_terms(run["word"])
    return found


@lru_cache(maxsize=65536)
def _word_terms(word: str) -> tuple[str, ...]:
    if word in STOP_WORDS:
        return ()
    parts = _PARTS.findall(word.removesuffix("'s"))
    terms = tuple(stem(part) for part in parts if part not in STOP_WORDS and len(part) < 60)
    if len(parts) > 1 and any(character.isdigit() for character in word):
        return ("".join(parts), *terms)
    return terms


def _unspaced_terms(run: str) -> list[str]:
    """Bigrams, kanji one by one and katakana words: the mix found to be the best of nine on question answering in Japanese."""
    terms = [_katakana_word(word) for word in _KATAKANA_WORD.findall(run) if len(word) > 2]
    terms += _HAN_CHARACTER.findall(run)
    pairs = (run[at : at + 2] for at in range(len(run) - 1))
    return terms + [pair for pair in pairs if pair not in STOP_PAIRS]


def _katakana_word(word: str) -> str:
    """Without the long vowel at its end, which style guides disagree about (`ユーザー`, `ユーザ`)."""
    return word.rstrip("ー") if len(word) > 3 else word


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english", 0)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Stem of one normalised word; other scripts than Latin come back as they are."""
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return str(_stemmer().stemWord(word))


def is_unspaced(text: str) -> bool:
    """Whether any of `text` is in a script without spaces between words."""
    return _UNSPACED_CHARACTER.search(text) is not None


@lru_cache(maxsize=64)  # a page is measured whole, then block by block, and most are one block
def length(text: str) -> int:
    """About how many tokens a subword model that knows the language makes of `text`.

    1.3 a word, or one for four letters where words are long; 0.6 for each character of unspaced scripts.
    """
    words = _SPACED_WORD.findall(text)
    unspaced = 0 if text.isascii() else len(_UNSPACED_CHARACTER.findall(text))
    return round(0.6 * unspaced + max(1.3 * len(words), sum(map(len, words)) / 4))
