"""Texts made comparable: normalised, and cut into words in English and Japanese."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kotae.language import Language

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def normalised(text: str) -> str:
    """NFKC, case folded, without punctuation, symbols, English articles and surplus white space.

    As the normalisation of SQuAD's scorer (Rajpurkar et al. 2016), with Unicode's classes in place of ASCII punctuation. Signs that
    change a number (`-3`, `1.5`, `50%`) stay.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    kept = [_kept(text, place) for place in range(len(text))]
    return " ".join(_ARTICLES.sub(" ", "".join(kept)).split())


def _kept(text: str, place: int) -> str:
    char = text[place]
    if unicodedata.category(char)[0] not in "PS":
        return char
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if char == "," and before.isdigit() and after.isdigit():
        return ""  # 1,000 is 1000
    if (char == "." and before.isdigit() and after.isdigit()) or (char == "%" and before.isdigit()):
        return char
    if char in "-−" and after.isdigit() and not before.isalnum():
        return "-"
    return " "


def words(text: str, lang: Language) -> list[str]:
    """The words of a normalised text: MeCab's with the IPA dictionary in Japanese, else what stands between spaces."""
    plain = normalised(text)
    return _mecab()(plain).split() if lang == "ja" else plain.split()


@cache
def _mecab() -> Callable[[str], str]:
    # The tokenizer that sacrebleu calls `ja-mecab`, so that all metrics cut Japanese alike.
    from sacrebleu.tokenizers.tokenizer_ja_mecab import TokenizerJaMecab

    tokenizer: Callable[[str], str] = TokenizerJaMecab()
    return tokenizer
