"""What goes wrong, in the language of the screen."""

from __future__ import annotations

import re
from functools import cache

from kotae.errors import KotaeError
from kotae.language import Language

_LONGEST = 2000
"""Characters of a text that is looked up: what is longer is no line of ours, and patterns take their time over it."""


def error_words(error: Exception, lang: Language) -> str:
    """What happened and what to do about it, as one text."""
    if not isinstance(error, KotaeError):
        return in_language(str(error), lang)
    return " ".join(filter(None, (in_language(error.message, lang), in_language(error.hint, lang))))


def in_language(words: str, lang: Language) -> str:
    """`words`, a message or a hint in English, in the language of the screen; as they are where nobody has put them into it.

    What is filled in, such as a path or a server's own words, stays as it is, but for a hint within a hint.
    """
    if lang == "en" or not words or len(words) > _LONGEST:
        return words
    fitting = [(pattern, translated, first) for pattern, translated, first in _patterns() if first in words]
    # A server's own words may read like ours: what begins earliest is what was said here.
    for pattern, translated, _ in sorted(fitting, key=lambda one: words.index(one[2])):
        if found := pattern.fullmatch(words):
            return translated.format(
                *(in_language(part, lang) if part in _whole() else part for part in found.groups())
            )
    return words


def note_in_language(words: str, lang: Language) -> str:
    """A note of several reasons, between which stands `; `, each in the language of the screen."""
    if lang == "en" or not words:
        return words
    reasons = (
        said
        if (said := in_language(reason, lang)) != reason
        # What is an error elsewhere ends with a full stop there, and not here.
        else in_language(f"{reason}.", lang).removesuffix(".")
        for reason in words.rstrip(".").split("; ")
    )
    return " ".join(reason if reason.endswith("。") else f"{reason}。" for reason in reasons)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str, str]]:
    """Each with its Japanese and its first words; those with the most words of their own first, which are the more exact."""
    from tui.strings.errors_ja import WORDS

    longest_first = sorted(WORDS, key=lambda english: len(english.replace("{}", "")), reverse=True)
    return [
        (
            re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL),
            WORDS[english],
            next(filter(None, english.split("{}"))),
        )
        for english in longest_first
    ]


@cache
def _whole() -> frozenset[str]:
    """Those in which nothing is filled in, and which may be filled in themselves."""
    from tui.strings.errors_ja import WORDS

    return frozenset(english for english in WORDS if "{}" not in english)
