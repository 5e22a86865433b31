"""What sort of row a row is: negative, a refusal, over two pages, a later turn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kotae.claims import refuses
from kotae.sentences import sentences
from kotae.tuning.rows import Row

_NEGATIVE = re.compile(
    r"^(?:no|never|none|nobody|nothing)\b"
    r"|\b(?:can(?:not|['’]t| not)|(?:is|are)(?: not|n['’]t) (?:possible|supported|allowed|available|part)"
    r"|not (?:supported|possible|allowed|permitted)|do(?:es)?(?: not|n['’]t) (?:have|support|offer|exist|include)"
    r"|there (?:is|are) no|has no|no (?:role|user|one|such))\b"
    r"|^いいえ|できません|できない|ありません|存在しません|対応していません|対応しておりません|不可|許可されていません",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"\b(?:manual|documentation) (?:does(?: not|n['’]t)|says nothing)"
    r"|\bnot (?:in|covered by|described in) the (?:manual|documentation)\b"
    r"|(?:マニュアル|資料)(?:に|で)は?.{0,20}(?:記載|説明|書かれ).{0,8}(?:ありません|いません|ない)",
    re.IGNORECASE,
)


@lru_cache(1 << 12)
def denies(answer: str) -> bool:
    """Whether an answer says that something can't be done, or is not there; its first sentence has to."""
    first = next(iter(sentences(answer.strip())), "")
    return _NEGATIVE.search(first) is not None


def unknown(row: Row) -> bool:
    """Whether the answer says that the manual does not say."""
    return _UNKNOWN.search(row.answer) is not None or refuses(row.answer)


def negative(row: Row) -> bool:
    """Whether the answer says that something can't be done, is not there, or is not told."""
    return denies(row.answer) or unknown(row)


def joined(pages: Sequence[str]) -> bool:
    """Whether a row with these pages was made from more than one."""
    return len(set(pages)) > 1


def later(row: Row) -> bool:
    """Whether the question that is learnt comes after another."""
    return any(message.get("role") == "user" for message in row.history)
