"""What stands in the evidence word for word, and may be denied there: `Entries can be changed` in `No entries can be changed`.

Or it may be left open: asked, or a condition.
"""

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
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:cannot|no|never|neither|nor|(?<!\bor )(?<!\bif )(?<!\bwhy )not(?: even| true that| the case that)?)|n['’]t)\s+$"
)
_DENIED_AFTER = re.compile(
    r"(?:(?:わけ|こと|もの|必要|の)で?[はがも]|ように?[はも]|とは)(?:あり|なり|でき|し|行い|なってい|限り|限ら)?(?:ません|ない|なかった)(?!か|でしょうか|とは)"
)
_CONDITION = re.compile(r"\b(?:if|when|where|whether|why)\b[^,;:]*$")
_OPEN_BEFORE = re.compile(
    r"(?:\b(?:not(?! only| just)|no|never|nobody|nothing|none|neither|nor|cannot|unable|impossible|forbidden|prohibited)\b"
    r"|n['’]t\b)[^,;:]*$|\b(?:if|unless|whether|until|in case|provided that|suppose)\s+$"
)
_OPEN_AFTER = re.compile(
    r"[^、。]*(?:ません|ない|なかった|不可|禁止)(?!か)|か(?:[?？。」]|どうか|否か|を|は|$)|(?:場合|とき|時|なら|のであれば|という前提)"
)


def is_quote(values: Mapping[str, float]) -> bool:
    """Whether a claim of which `values` were measured stands in the evidence word for word."""
    return values["run"] == 1 and values["running"] >= _QUOTED


def standing(claim: str, sentences: Iterable[Sentence]) -> Literal["said", "open", "denied"]:
    """How a claim (normalised) stands in the sentences that have it word for word; `said` where none has.

    It is `denied` right before it, in Japanese after it, or left `open`: by a question, a condition, or a denial further off in the
    same clause, which may well deny something else. One sentence that says it is enough.
    """
    said = claim.lower().strip(_ENDS)
    if len(said) < _LONG:
        return "said"
    found = []
    for sentence in sentences:
        before, there, after = sentence.text.lower().partition(said)
        if not there or (said[0].isascii() and before[-1:].isalnum()):
            continue
        # What a denial denies may be what follows: `Do not use it with other devices`.
        whole = not after.strip(_ENDS) and not _CONDITION.search(before)
        if (whole and _DENIED_BEFORE.search(before)) or _DENIED_AFTER.match(after):
            found.append(2)
        else:
            found.append(int(bool(_OPEN_BEFORE.search(before) or _OPEN_AFTER.match(after))))
    return ("said", "open", "denied")[min(found, default=0)]
