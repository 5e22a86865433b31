"""What stands in the evidence word for word, and may be denied there: `Entries can be changed` in `No entries can be changed`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from plugins.grounding.evidence import Sentence

_QUOTED = 4
"""Running words from which on a claim that the evidence has word for word is a quote."""
_LONG = 8
"""Letters from which on it says something; what is shorter may be a name in a list."""
_ENDS = " .。!！"
_BEFORE = re.compile(
    r"(?:\b(?:cannot|no|never|neither|nor|(?<!\bor )(?<!\bif )(?<!\bwhy )not(?: even| true that| the case that)?)|n['’]t)\s+$"
)
_SOMEWHERE_BEFORE = re.compile(
    r"(?:\b(?:not(?! only| just)|no|never|nobody|nothing|none|neither|nor|cannot|unable|impossible|forbidden|prohibited)\b"
    r"|n['’]t\b)[^,;:]*$"
)
_AFTER = re.compile(
    r"(?:(?:わけ|こと|もの|必要|の)で?[はがも]|ように?[はも]|とは)[^、。はがをにの]{0,6}(?:ません|ない|なかった)(?!か)"
)
_SOMEWHERE_AFTER = re.compile(r"[^、。]*(?:ません|ない|なかった|不可|禁止)(?!か)")


def is_quote(values: Mapping[str, float]) -> bool:
    """Whether a claim of which `values` were measured stands in the evidence word for word."""
    return values["run"] == 1 and values["running"] >= _QUOTED


def denied_around(claim: str, sentences: Iterable[Sentence]) -> Literal["", "clause", "next"]:
    """Whether every sentence that has a claim (normalised) word for word denies it: right `next` to it, before it or in Japanese
    after it, or further off in the same `clause`, which may well deny something else."""
    said = claim.lower().strip(_ENDS)
    if len(said) < _LONG:
        return ""
    found = []
    for sentence in sentences:
        before, there, after = sentence.text.lower().partition(said)
        if there and (_BEFORE.search(before) or _AFTER.match(after)):
            found.append(2)
        elif there:
            found.append(int(bool(_SOMEWHERE_BEFORE.search(before) or _SOMEWHERE_AFTER.match(after))))
    return ("", "clause", "next")[min(found, default=0)]
