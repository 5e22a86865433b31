"""Which words of a sentence are denied, so that `cannot be deleted` and `may be deleted` can be told from each other word by word.

A negation denies one word, not a sentence: in `if the guest does not arrive, the deposit is kept` nobody says anything about
keeping. So each content word gets a sign, and words that have a denial in them (`optional`, `unlocked`) are read as the denial
of their opposite.
"""

# ruff: noqa: SIM905 (word lists read best as running text)
from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from backends.retrieval.text import stem
from plugins.grounding.clauses import cut
from plugins.grounding.text import LONGEST, Token, tokens

_REACH = 50
_REACH_JA = 10
"""Characters after (in Japanese: before) a negation in which what it denies is looked for."""

_TOUCHES = 3
_SAYS = 0.5
_VERBS_JA = frozenset("入出行見使言思持")
"""Verbs among the kanji that say little."""

_NOT = re.compile(
    r"\b(?:no longer|not any ?more|(?P<no>no|nobody|nothing|none|neither|nor)"
    r"(?!,| (?:more|less|fewer|later|earlier|longer|sooner) than)"
    r"|not|never|cannot|unable|impossible|without|instead of|rather than|except|fails? to|failed to"
    r"|hardly|difficulty|trouble|lacks?|lacked|lacking|doubts?|doubted|yet to|refuses? to|refused to|unless)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"\b(?:not only|whether or not|if not|or not|not just|not to mention|no matter|no\.|without (?:problems?|difficulty|doubt)"
    r"|(?:no|not) (?:more|less|fewer|later|earlier|longer|sooner|exceed)(?: than)?\b(?<!no longer)"
    r"|alone (?:can ?not|may not|must not)|not necessarily|no doubt|do not forget|don['’]t forget|not (?:be )?without)",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(?P<not>\b(?:can ?not|must not|may not|not|never)\b|n['’]t\b)(?P<what>[^.;,]{1,70}?\b)until\b",
    re.IGNORECASE,
)
"""`It cannot be closed until it is paid`: it can be closed after that."""
_OUT_OF = re.compile(
    r"^(?:[,;:.!?()]|and|or|but|if|when|while|unless|until|because|since|although|though|which|who|before|after|him|her|me|us|them|it)$"
)
_PIECE = re.compile(r"[A-Za-z0-9]+(?:['’][a-z]+)?|[^\sA-Za-z0-9]")
_THROUGH = frozenset(
    stem(word)
    for word in """
    allow allowed allows permit permitted permits able possible can may must should have has having need needs needed be been being
    is are was were will would do does did to yet supposed intended meant expected required longer more any ever always the a an of
    it its it's their them this that these those there in at by for you your he she they we from as so
    """.split()
)
"""Words between a negation and what it denies."""
FILLERS = frozenset(
    stem(word)
    for word in """
    not never cannot without unable impossible neither nor no nobody nothing none always still whoever anyone someone also longer
    stay stays stayed remain remains remained beyond
    """.split()
)
"""Words that say whether something is so, and not what."""
_BEGINS = re.compile(r"(?:^|[.,;:]\s*|\b(?:and|but|that|when|if|while)\s+)$", re.IGNORECASE)
_VERB_BEGINS = re.compile(
    r"\b(?:may|must|can|could|should|will|would|shall|is|are|was|were|has|have|had|gets?|does|do|did)\b",
    re.IGNORECASE,
)
_HIDDEN = {
    stem(word): stem(of)
    for word, of in (
        pair.split(":")
        for pair in """
        optional:required optionally:required voluntary:required unnecessary:necessary prohibited:allowed prohibits:allows
        prohibit:allow forbidden:allowed forbids:allows forbid:allow banned:allowed disallowed:allowed disabled:enabled
        disable:enable disables:enables excluded:included excludes:includes exclude:include excluding:including unlocked:locked
        unlock:lock hidden:visible invisible:visible offline:online closed:open inactive:active invalid:valid
        inaccessible:accessible
        unavailable:available incomplete:complete disconnected:connected deactivated:activated deactivate:activate
        unsuitable:suitable unreadable:readable insecure:secure unsafe:safe unpaid:paid unaffected:affected unchanged:changed
        unlimited:limited unknown:known irreversible:reversible
        unlabelled:label unlabeled:label unencrypted:encrypted
        任意:必要 不要:必要 無効:有効 無料:有料 不足:十分
        """.split()
    )
}
"""Words in which a denial is hidden, and what they deny."""
_SAME = {
    stem(word): stem(as_)
    for word, as_ in (
        pair.split(":")
        for pair in """
        mandatory:required obligatory:required compulsory:required
        permitted:allowed permit:allow permits:allows 必須:必要
        """.split()
    )
}

_NOT_JA = re.compile(
    r"ません(?:でした)?|(?<!少)(?<!危)ない(?![かが])|ないが|なかった|なければ|なくて?(?=、|なる|なり|済|す|て|$)|ずに|(?<![まず必])ず(?=、)|(?<![必肯])不可(?![欠逆解能視分避])|できず|禁止|不能"
    r"|てはだめ|なし(?=で[、はも]|の|に)|以外|(?<![り削解掃免控])除(?:き|く|い(?=[てた]))|避け(?:て|ます|る)"
)
_EMPTY_JA = re.compile(
    r"(?:なければ|なくては|なくちゃ|ないと)(?:なりません|ならない|いけません|いけない|だめ)"
    r"|かもしれ(?:ません|ない)|にほかなりません|に過ぎません|にすぎない|だけでなく|だけではなく|のみならず|ばかりでなく|(?:では|じゃ)ない(?:か|でしょうか)"
    r"|ざるを得(?:ません|ない)|わけには(?:いきません|いかない)|(?:しか|だけでは|のみでは)[^。、]{0,14}?(?:ません|ない)|問題(?:は)?(?:ありません|ない)|(?:かま|構)いません|差し支え(?:ありません|ない)"
    r"|(?:少|すく)なくとも|なくなる(?:まで|と)|限り"
)


_NOBODY_BUT = re.compile(
    r"\b(?:nobody|no[ -]one|none|no (?:other )?(?:user|role|person|employee|member|account)s?)(?: else)?"
    r"(?: but|,? (?:except(?: for)?|other than|apart from|besides))\b"
    r"|以外(?P<who>(?:に|の[^。、]{1,12})?は[^。、]{0,40}?)(?:ません(?:でした)?|(?<!少)(?<!危)(?:ない|なかった))",
    re.IGNORECASE,
)
"""`Nobody but the Controller can reopen it`: the Controller can. That nobody else can is not looked at."""


_PART_OF = re.compile(r"(?:(?<=is )|(?<=are )|(?<=was )|(?<=were )|(?<=not )|(?<=n't ))part of\b")


@dataclass(frozen=True, slots=True)
class Sense:
    """A content word and its sign."""

    start: int
    end: int
    key: str
    weight: float
    denied: bool
    clause: int
    """Number of the clause that it stands in."""


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _but(match: re.Match[str]) -> str:
    """Without the two denials, which are none together."""
    if match["who"] is None:
        return " " * len(match[0])
    start, end = match.start("who") - match.start(), match.end("who") - match.start()
    return " " * start + match["who"] + " " * (len(match[0]) - end)


def _until(match: re.Match[str]) -> str:
    return " " * len(match["not"]) + match["what"] + "after"


@lru_cache(maxsize=4096)
def plainly(text: str) -> str:
    """A normalised text, just as long, without negations that deny nothing."""
    text = _PART_OF.sub(
        "include", text[:LONGEST]
    )  # `is not part of` denies `is included in`; both are as long
    text = _UNTIL.sub(_until, _EMPTY.sub(_blank, text))
    return _NOBODY_BUT.sub(_but, _EMPTY_JA.sub(_blank, text))


@lru_cache(maxsize=4096)
def senses(text: str) -> tuple[Sense, ...]:
    """The content words of a normalised text with their signs, in order."""
    text = plainly(text)
    words = tokens(text)
    denied = _denied(text, words)
    clauses = cut(text)
    negations = [match.span() for match in _NOT_JA.finditer(text)]
    found = []
    for word in words:
        if word.key in FILLERS or any(start < word.end and word.start < end for start, end in negations):
            continue
        key, negative = word.key, word.start in denied
        if key in _HIDDEN:
            key, negative = _HIDDEN[key], not negative
        clause = next((n for n, (start, end) in enumerate(clauses) if start <= word.start < end), 0)
        found.append(Sense(word.start, word.end, _SAME.get(key, key), word.weight, negative, clause))
    return tuple(found)


def _denied(text: str, words: tuple[Token, ...]) -> set[int]:
    """Where the words begin that a negation denies."""
    found: set[int] = set()
    for match in _NOT.finditer(text):
        hit = _after(text, match.end(), words)
        if match["no"] and _BEGINS.search(
            text, 0, match.start()
        ):  # `No goods may be moved` denies the moving
            verb = _VERB_BEGINS.search(text, match.end(), match.end() + _REACH)
            hit = (_after(text, verb.end(), words) if verb else None) or hit
        if hit is not None:
            found ^= {hit}  # a denial of a denial
    for match in _NOT_JA.finditer(text):
        reach = (
            _REACH_JA if "\u3040" < match[0][0] < "\u30ff" else _TOUCHES
        )  # 禁止 follows its noun, ません a verb's ending
        before = [word for word in words if match.start() - reach <= word.end <= match.start()]
        before = [word for word in before if word.weight >= _SAYS or word.key in _VERBS_JA] or before
        if before:
            found ^= {before[-1].start}
    return found


def _after(text: str, at: int, words: tuple[Token, ...]) -> int | None:
    """Where the first word begins that a negation before `at` denies: `possible` only where nothing follows that is."""
    starts = {word.start for word in words if word.key not in FILLERS}
    passed = None
    for piece in _PIECE.finditer(text, at, at + _REACH):
        low = piece[0].lower()
        if _OUT_OF.match(low):
            break
        if piece.start() in starts:
            if stem(low) not in _THROUGH:
                return piece.start()
            passed = piece.start()
    return passed
