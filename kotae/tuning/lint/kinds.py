"""What sort of row a row is: negative, a refusal, over two pages, a later turn."""

from __future__ import annotations

import re

from kotae.tuning.rows import Row

_NEGATIVE = re.compile(
    r"^(?:no\b|never\b|none\b|nobody\b|nothing\b)|\b(?:can(?:not|['’]t| not)|could ?n['’]t|is not (?:possible|supported|allowed|available)"
    r"|isn['’]t (?:possible|supported|allowed|available)|not (?:supported|possible|allowed|permitted)|does(?: not|n['’]t) (?:have|support|offer|exist)"
    r"|there (?:is|are) no\b|no (?:role|user|one|such)\b|must not|may not)\b"
    r"|^いいえ|できません|できない|ありません|存在しません|対応していません|対応しておりません|不可|許可されていません",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"\b(?:manual|documentation) (?:does(?: not|n['’]t)|says nothing)|\bnot (?:in|covered by|described in) the (?:manual|documentation)\b"
    r"|(?:マニュアル|資料)(?:に|で)は?.{0,20}(?:記載|説明|書かれ).{0,8}(?:ありません|いません|ない)",
    re.IGNORECASE,
)


def negative(row: Row) -> bool:
    """Whether the answer says that something can't be done, or is not there."""
    return _NEGATIVE.search(row.answer.strip()) is not None or unknown(row)


def unknown(row: Row) -> bool:
    """Whether the answer says that the manual does not say."""
    return _UNKNOWN.search(row.answer) is not None


def joined(row: Row) -> bool:
    """Whether it was made from more than one page."""
    return len(set(row.pages)) > 1


def later(row: Row) -> bool:
    """Whether the question that is learnt comes after another."""
    return row.turns > 1
