"""What kind of answer a question asks for, and whether a text could hold one. English and Japanese, by their wording alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PERSON = re.compile(
    r"\b(?:who|whom|whose|(?:which|what) (?:roles?|users?|persons?|people))\b"
    r"|誰|だれ|(?:どの|どんな|何の|どのような)(?:ロール|役割|権限|担当)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\bhow (?:many|much|long|far|often|late|early|large|big|old|high|small)\b|\bwhen\b|\bup to what\b"
    r"|\b(?:what|which) (?:amount|date|day|time|year|number|share|percentage|limit|rate|age)\b"
    r"|いつ|いくら|いくつ|ど(?:の|れ)くらい|どれだけ|までに|何(?:[年月日時分秒回件個人行枚桁文円歳度番%％章本社校名種]|[かヶカ]月|パーセント)",
    re.IGNORECASE,
)
_PROCEDURE = re.compile(
    r"\bhow (?:do|can|to|should|would|could|may|is|are)\b|\bwhat (?:do|should|must|can) (?:i|we) do\b|\bsteps?\b|\bprocedure\b"
    r"|どうすれば|どうやって|どのように|方法|手順|やり方|するには|どう(?:し|設定|操作|登録)",
    re.IGNORECASE,
)
_HAS_PERSON = re.compile(
    r"\b(?:[Oo]nly|[Bb]y)(?: (?:an?|the))? [A-Z][a-z]+|\b(?:[Aa]n?|[Tt]he|[Ee]very|all|another) [A-Z][a-z]+|\b[A-Z]\w+ only"
    r"|\b[A-Z][a-z]+ (?:can|may|must|approves?|confirms?|and|or) |\|[ *]*(?:[A-Z][a-z]+ ?){1,3}[ *]*\|"
    r"|\b(?:nobody|everybody|anybody|users?)\b"
    r"|(?:者|担当|ユーザー|ロール|人|員)(?:[はがだのにと、もで]|[ 」]*\||[。）)])"
)
_HAS_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|once|twice|daily|weekly|monthly|yearly|never|always)\b"
    r"|[一二三四五六七八九十百千]+[年月日回件人つ度個]",
    re.IGNORECASE,
)


_OF_PERSONS = re.compile(
    r"\|[ *]*(?:roles?|who\b[^|]*|done by|approve[dr][^|]*)[ *]*\|"
    r"|\|[ *]*(?:ロール|担当者?|役割|権限|承認者|実行者|[^|]{0,12}(?:できる|する)(?:人|者|ロール))[ *]*\|",
    re.IGNORECASE,
)
"""A cell of a table that says that those beside or below it are persons or roles."""
_WHO_DOES = re.compile(
    r"\|[ *]*who\b(?: (?:may|can|must|should|does|is allowed to))?([^|]*)\|"
    r"|\|[ *]*([^|]{1,12})(?:できる|する)(?:人|者|ロール)[ *]*\|",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\bonly\b|だけ|のみ|に限", re.IGNORECASE)
_BOUND = re.compile(
    r"\b(?:up to|at most|at least|maximum|minimum|within|or more|or less|after|before|every)\b|まで|以内|以上|以下|[後間毎]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question asks for."""

    person: bool
    """A person, role or name."""
    number: bool
    """A number, amount, date or duration."""
    procedure: bool
    """How something is done."""


def wanted(question: str) -> Wanted:
    """What `question` asks for; several things at once where it has several parts."""
    return Wanted(
        person=_PERSON.search(question) is not None,
        number=_NUMBER.search(question) is not None,
        procedure=_PROCEDURE.search(question) is not None,
    )


def who_does(head: str) -> str:
    """What the persons in a table do, where the head of their column says that: `post` of `Who may post`; else empty."""
    found = _WHO_DOES.search(head)
    return next(filter(None, found.groups()), "") if found else ""


def suits(text: str, head: str, want: Wanted, *, others: bool = False) -> float:
    """How well `text` can hold what is wanted, 0 or more: 1 where a person or a number is there, more where it looks like a rule.

    Args:
        head: of the table that `text` is a row of, or empty.
        others: whether the persons in that table are those who do something else than what is asked about.
    """
    worth = 0.0
    if want.person and not others:
        persons = _HAS_PERSON.search(text) is not None
        worth += persons + 0.5 * (persons and _ALONE.search(text) is not None)
        if head:
            worth += 2.0 if _OF_PERSONS.match(text) else 1.0 if _OF_PERSONS.search(head) else 0.0
    if want.number and _HAS_NUMBER.search(text):
        worth += 1 + (_BOUND.search(text) is not None)
    return worth
