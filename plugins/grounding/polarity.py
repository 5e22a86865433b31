"""Whether two sentences about the same thing say the opposite: negation, and pairs of opposites."""

# ruff: noqa: SIM905 (word lists read best as running text)
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from plugins.grounding.clauses import spans
from plugins.grounding.evidence import closest
from plugins.grounding.overlap import likeness
from plugins.grounding.senses import Sense, plainly, senses
from plugins.grounding.text import LONGEST, Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from plugins.grounding.evidence import Evidence, Sentence

_AGREEMENT = 0.7
_BACK = 0.4
_LEAST = 1.2
"""Shares of the claim's words in the sentence, and of the sentence's in the claim, from which on an opposite
word (or a negation, which may belong to another clause) makes a contradiction."""
_LEAST_REST = 0.9
_COMPARED = 4
_NEARLY = 0.85
"""Share of a claim's words from which on it doesn't matter what else the sentence has."""
_BETTER = 0.05
_EITHER = 0.15
"""A sentence that both says and denies something has to fit so much better."""
_ELLIPSIS = 0.1
_ON_THE_WAY = 0.5
_LENIENT = 0.15
"""A clause that agrees with a sentence counts, though its claim agrees less."""

_NEGATION_EN = re.compile(
    r"\b(?:not|never|cannot|no longer|unable|impossible|without|nobody|nothing|none)\b|\bno(?= [a-z])|n['’]t\b",
    re.IGNORECASE,
)
_EMPTY_EN = re.compile(
    r"\b(?:not only|whether or not|if not|or not|not just|not to mention|no matter|no\."
    r"|(?:no|not) (?:more|less|fewer|later|earlier|longer|sooner) than|(?:can ?not|not|n['’]t)(?=[^.;]{1,60}\buntil\b))",
    re.IGNORECASE,
)
_NEGATION_JA = re.compile(
    r"ません(?:でした)?|(?<!少)(?<!危)ない(?=[。、でとのよう]|$|場合|こと)|なかった|なく(?:て|、|なる)|ずに|不可(?!欠)|できず|禁止|不能"
)
# In Japanese what a sentence says is denied at its end; elsewhere a negation belongs to a subordinate clause.
_ENDING_JA = re.compile(r"^(?:です|でください|となります|となる|とな(?:り|っ)ています|こと)?[。．]?\s*$")
# Obligation, supposition and the like are built with a negation and deny nothing.
_EMPTY_JA = re.compile(
    r"(?:なければ|なくては|なくちゃ|ないと)(?:なりません|ならない|いけません|いけない|だめ)|かもしれ(?:ません|ない)"
    r"|にほかなりません|に過ぎません|にすぎない|だけでなく|だけではなく|のみならず|ばかりでなく|(?:では|じゃ)ない(?:か|でしょうか)"
    r"|ざるを得(?:ません|ない)|わけには(?:いきません|いかない)|しか|問題ありません|かまいません|差し支えありません"
)

_REACH = 20
_REACH_JA = 8
"""Characters after (in Japanese: before) a negation in which what it denies is looked for."""

_PAIRS = """
enable:disable enabled:disabled must:optional required:optional mandatory:optional minimum:maximum least:most
more:less increase:decrease increases:decreases increased:decreased before:after above:below allow:prevent
allows:prevents allowed:prohibited permitted:prohibited include:exclude includes:excludes included:excluded
automatic:manual automatically:manually debit:credit debits:credits internal:external upper:lower
earliest:latest ascending:descending inclusive:exclusive visible:hidden open:closed incoming:outgoing
free:paid reversible:irreversible income:expense asset:liability purchase:sale buy:sell top:bottom left:right
highest:lowest larger:smaller earlier:later accept:reject accepts:rejects accepted:rejected locked:unlocked online:offline
keep:delete kept:deleted inside:outside on:off same:different
daily:monthly weekly:monthly monthly:yearly monthly:annually daily:weekly first:last stop:continue stops:continues
preserve:overwrite preserves:overwrites always:never
full:empty import:export imported:exported imports:exports add:remove added:removed adds:removes push:pull
start:end starts:ends begin:finish begins:finishes public:private odd:even odd:equal
forward:backward front:back
horizontal:vertical horizontally:vertically clockwise:anticlockwise clockwise:counterclockwise indoors:outdoors
credit:cash deposit:withdrawal encrypted:unencrypted successful:failed success:failure present:absent wired:wireless
必須:任意 有効:無効 最大:最小 以上:以下 以前:以降 自動:手動 借方:貸方 増加:減少 上限:下限 必要:不要
表示:非表示 税込:税抜 収入:支出 資産:負債 売上:仕入 入庫:出庫 入金:出金 昇順:降順 毎日:毎月 毎週:毎月
毎月:毎年 公開:非公開 内税:外税 前払:後払 最初:最後 左:右 上側:下側 開始:終了 有料:無料 早い:遅い 最高:最低
高い:低い 前に:後に の前:の後 一番高い:一番低い 同じ:別の
熱い:冷たい 暖かい:冷たい 食前:食後 屋内:屋外 右側:左側 縦:横 正面:背面 外側:内側 前面:背面 先に:後で 追加:削除
暗号化:平文
残る:消える 残す:消す 開いて:閉まって 開ける:閉める オン:オフ 貸出:返却 国内:国外 国内:海外 平日:休日 午前:午後 毎日:毎週
毎週:毎年 全額:一部
固定:可変 昇格:降格 加算:減算 許可:禁止 可能:不可能 強制:任意 前日:翌日 当日:翌日 前月:翌月 直前:直後 以内:以降 未満:以上
超:以下 手前:奥 単独:共同 点灯:消灯 接続:切断 送信:受信
""".split()
OPPOSITES: dict[str, frozenset[str]] = {}
for _pair in _PAIRS:
    for _one, _other in (_pair.split(":"), reversed(_pair.split(":"))):
        OPPOSITES[_one] = OPPOSITES.get(_one, frozenset()) | {_other}
_OPPOSITE = re.compile(
    r"\b(?:"
    + "|".join(word for word in OPPOSITES if word.isascii())
    + r")\b|(?:"
    # 上限 within 上限額 counts, 無効 within 無効化 too; the longer word wins (非表示 before 表示).
    + "|".join(sorted((word for word in OPPOSITES if not word.isascii()), key=len, reverse=True))
    + ")",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Opposition:
    """Where a claim says the opposite of a sentence."""

    start: int
    end: int
    """In the claim; both 0 when it is the sentence as a whole."""
    said: str
    instead: str
    """The words that stand against each other; `not` stands for any negation, and may be on either side."""


@lru_cache(maxsize=4096)
def denials(text: str) -> tuple[str, ...]:
    """What each negation of a normalised text denies: the words after it in English, those before it in
    Japanese.

    A Japanese negation that doesn't end the sentence denies no more than a part of it; its entry is empty.
    """
    text = _EMPTY_EN.sub(_spaces, _EMPTY_JA.sub(_spaces, text[:LONGEST]))
    found = [text[match.end() : match.end() + _REACH] for match in _NEGATION_EN.finditer(text)]
    for match in _NEGATION_JA.finditer(text):
        ends = _ENDING_JA.match(text[match.end() : match.end() + 24])
        found.append(text[max(0, match.start() - _REACH_JA) : match.start()] if ends else "")
    return tuple(found)


@lru_cache(maxsize=4096)
def _opposites(text: str) -> tuple[tuple[int, int, str], ...]:
    """The words of a text that have an opposite: where they stand, and as they are written in `OPPOSITES`."""
    return tuple((*match.span(), match[0].lower()) for match in _OPPOSITE.finditer(text[:LONGEST]))


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def opposition(claim: str, sentence: str) -> Opposition | None:
    """The first word of a claim whose opposite stands in a sentence instead (both normalised); None when there is none.

    It looks at words alone, so it means something only where the two agree in nearly everything else.
    """
    theirs = {word for *_, word in _opposites(sentence)}
    ours = {word for *_, word in _opposites(claim)}
    for start, end, word in _opposites(claim):
        against = (OPPOSITES[word] & theirs) - ours
        if against and word not in theirs:
            if (len(denials(claim)) - len(denials(sentence))) % 2:
                return None  # `not required` is `optional`
            return Opposition(start, end, claim[start:end], sorted(against)[0])
    return None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A sentence of the evidence that says the opposite of the claim."""

    opposition: Opposition
    sentence: Sentence
    agreement: float
    """Share of the claim's other content words that the sentence has, 0..1."""


def conflict(plain: str, words: Sequence[Token], evidence: Evidence) -> Conflict | None:
    """The nearest sentence that says the opposite of the claim or one of its clauses, if none as near says the same."""
    ways = (
        _opposite_word(plain, words, evidence),
        _denied(plain, words, evidence),
        _other_way(plain, words, evidence),
    )
    found = [one for one in ways if one]
    return max(found, key=lambda one: one.agreement, default=None)


def _opposite_word(plain: str, words: Sequence[Token], evidence: Evidence) -> Conflict | None:
    found: Conflict | None = None
    for start, end in spans(plain):
        inside = [word for word in words if start <= word.start < end]
        if sum(word.weight for word in inside) < _LEAST:
            continue
        one = _conflict(
            plainly(plain)[start:end], inside, _prose(closest(evidence, inside, _COMPARED), evidence)
        )
        if one is not None and (found is None or one.agreement > found.agreement):
            against = one.opposition
            found = replace(
                one, opposition=replace(against, start=start + against.start, end=start + against.end)
            )
    return found


def _conflict(text: str, words: Sequence[Token], sentences: Sequence[Sentence]) -> Conflict | None:
    found: Conflict | None = None
    keys = {word.key: word.weight for word in words}
    same = 0.0
    for sentence in sentences:
        whole = plainly(sentence.text)
        for start, end in spans(sentence.text):
            there = whole[start:end]
            theirs = tokens(there)
            against = opposition(text, there)
            other = against.said.lower() if against else ""
            ours = {key: weight for key, weight in keys.items() if key not in other}
            total = sum(ours.values())
            if not total or not theirs:
                continue
            having = frozenset(word.key for word in theirs)
            agreement = sum(weight * likeness(key, having) for key, weight in ours.items()) / total
            if against and agreement < _AGREEMENT and not having.isdisjoint(ours):
                # `The column A is required, the column B is optional`: what a clause leaves out stands in the one before.
                agreement = _share(ours, sentence.keys) - _ELLIPSIS
                if agreement < _NEARLY:
                    continue
            if agreement < _AGREEMENT:
                continue
            if not against:
                same = max(same, agreement)
                continue
            back = sum(word.weight for word in theirs if word.key in keys) / sum(
                word.weight for word in theirs
            )
            if (back >= _BACK or agreement >= _NEARLY) and (found is None or agreement > found.agreement):
                found = Conflict(against, sentence, agreement)
    return found if found is not None and found.agreement > same else None


_ROUTE = re.compile(
    r"\bfrom (?:the |an? )?(?P<a>[\w -]{2,40}?) (?:in)?to (?:the |an? )?(?P<b>[\w -]{2,40}?)"
    r"(?=[.,;)]|\s(?:once|every|at|on|by|when|if|and|for|is|are|with|after|before|keep|must|may|can)\b|$)"
    r"|(?P<a_ja>[^、。はがをに\n]{2,12})から(?P<b_ja>[^、。はがを\n]{2,12}?)[へに]",
    re.IGNORECASE,
)


def _other_way(plain: str, words: Sequence[Token], evidence: Evidence) -> Conflict | None:
    """`From A to B` in the claim where the evidence has `from B to A`."""
    for route in _ROUTE.finditer(plain[:LONGEST]):
        begin, end = _ends(route)
        beside = {w.key: w.weight for w in words if w.key not in begin | end}
        for sentence in _prose(closest(evidence, words, _COMPARED), evidence):
            for theirs in _ROUTE.finditer(sentence.text):
                first, last = _ends(theirs)
                swapped = begin & last and end & first and not begin & first and not end & last
                if swapped and (agreement := _share(beside, sentence.keys) if beside else 1.0) >= _ON_THE_WAY:
                    against = Opposition(*route.span(), route[0], theirs[0])
                    return Conflict(against, sentence, max(agreement, _NEARLY))
    return None


def _ends(route: re.Match[str]) -> tuple[set[str], set[str]]:
    """The words that are at one end only, for each of the two."""
    begin, end = _keys(route["a"] or route["a_ja"]), _keys(route["b"] or route["b_ja"])
    return begin - end, end - begin


def _denied(plain: str, words: Sequence[Token], evidence: Evidence) -> Conflict | None:
    """A word that the claim denies and the evidence doesn't, or the other way round, where the two agree in the rest."""
    ours = senses(plain)
    known = {word.start for word in words}
    whole = _weights(ours, known)
    sentences = _prose(closest(evidence, words, _COMPARED + 2), evidence)
    found: Conflict | None = None
    both = {sense.key for sense in ours if sense.denied} & {sense.key for sense in ours if not sense.denied}
    denied = {sense.key for sense in ours if sense.denied}
    for sense in ours:
        if sense.start not in known or sense.key in both:
            continue
        clause = _weights([other for other in ours if other.clause == sense.clause], known)
        clause.pop(sense.key, None)
        rest = {key: weight for key, weight in whole.items() if key != sense.key}
        if sum(clause.values()) < _LEAST:
            clause = rest
        if sum(clause.values()) < _LEAST_REST:
            continue
        against: tuple[float, float, Sentence] | None = None
        same = 0.0
        for sentence in sentences:
            if _SINCE.search(plain) and "まで" in sentence.text:
                continue  # what can't be done until then can be done afterwards
            for fit, agreement, opposite in _readings(sense, denied, clause, rest, sentence):
                if not opposite:
                    same = max(same, fit)
                elif agreement >= _AGREEMENT and (against is None or fit > against[0]):
                    against = fit, agreement, sentence
        if against and against[0] > same + _BETTER and (found is None or against[1] > found.agreement):
            opposition_ = Opposition(0, 0, "not", "") if sense.denied else Opposition(0, 0, "", "not")
            found = Conflict(opposition_, against[2], against[1])
    return found


_SINCE = re.compile("の?後[にはで]|てから|後です")


def _readings(
    sense: Sense, denied: set[str], clause: dict[str, float], rest: dict[str, float], sentence: Sentence
) -> Iterator[tuple[float, float, bool]]:
    """For each place of a claim's word in a sentence: how well it fits, how far the two agree, and whether they are opposites."""
    theirs = senses(sentence.text)
    if sense.key not in sentence.keys and all(other.key != sense.key for other in theirs):
        return
    everything, by_clause = _parts(sentence.text)
    own = frozenset(rest)
    signs = {other.denied for other in theirs if other.key == sense.key}
    for other in theirs:
        if other.key != sense.key:
            continue
        near = [one for one in theirs if one.clause == other.clause]
        here = by_clause[other.clause]
        total = sum(one.weight for one in near if one is not other)
        back = (
            sum(one.weight * likeness(one.key, own) for one in near if one is not other) / total
            if total
            else 1.0
        )
        agreement = min(_share(clause, everything), _share(rest, everything) + _LENIENT)
        fit = agreement + _share(clause, here) / 2 + back / 4
        opposite = sense.denied != other.denied
        if opposite and len(signs) > 1:
            fit -= _EITHER
        if opposite and back < _BACK and agreement < _NEARLY:
            continue
        if opposite:  # where both deny something else, they may deny the same in other words
            if other.denied and denied - {one.key for one in theirs if one.denied}:
                continue
            if sense.denied and {one.key for one in near if one.denied} - denied:
                continue
        yield fit, agreement, opposite


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[frozenset[str], dict[int, frozenset[str]]]:
    """The words of a sentence, and of each of its clauses."""
    found: dict[int, set[str]] = {}
    for sense in senses(text):
        found.setdefault(sense.clause, set()).add(sense.key)
    return frozenset().union(*found.values()), {at: frozenset(keys) for at, keys in found.items()}


def _share(weights: dict[str, float], keys: frozenset[str]) -> float:
    return sum(weight * likeness(key, keys) for key, weight in weights.items()) / (
        sum(weights.values()) or 1.0
    )


def _weights(ours: Sequence[Sense], known: set[int]) -> dict[str, float]:
    found: dict[str, float] = {}
    for sense in ours:
        if sense.start in known:
            found[sense.key] = max(sense.weight, found.get(sense.key, 0.0))
    return found


def _prose(sentences: Sequence[Sentence], evidence: Evidence) -> list[Sentence]:
    """Without those of records, which say yes and no by field (`records.py`)."""
    return [sentence for sentence in sentences if sentence.passage not in evidence.recorded]


_DENYING = re.compile(
    r"\b(?:not|no|never|cannot|without|none|nothing|neither|nor|unable|fail(?:s|ed)?|refus\w+|den(?:y|ied|ies))\b|n['’]t\b"
    r"|ない|ません|なかっ|ず[にはが。]|不|未|無",
    re.IGNORECASE,
)
_MODAL = re.compile(
    r"\b(?:must|should|shall|required?|ha(?:ve|s) to|need(?:s|ed)? to|may|might|can|could|would|will|optional(?:ly)?|recommended)\b"
    r"|必ず|べき|できる|でき|必要|任意",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:all|every|each|always|only|any|most|many|some|few|several|never|none|both|entire|exclusively|solely|just)\b"
    r"|すべて|全て|全部|のみ|だけ|常に|必ず|いつも|一部|多く|ほとんど",
    re.IGNORECASE,
)


def features(claim: str, sentence: str, window: str) -> dict[str, float]:
    """What a claim says, denies, demands and generalises beside the nearest sentence and window."""
    denied, denied_there = len(_DENYING.findall(claim)), len(_DENYING.findall(sentence))
    denials_ = len(denials(claim))
    modal, quantified = _found(_MODAL, claim), _found(_ALL, claim)
    return {
        "opposite_near": float(bool(window) and opposition(claim, window) is not None),
        "opposite": float(bool(sentence) and opposition(claim, sentence) is not None),
        "denials": denials_,
        "denials_more": denials_ - len(denials(sentence)) if sentence else 0,
        "denying": denied,
        "denying_more": denied - denied_there,
        "denying_near": len(_DENYING.findall(window)) / (1 + len(window) / 40),
        "modals": len(modal),
        "modals_new": len(modal - _found(_MODAL, window)),
        "quantifiers": len(quantified),
        "quantifiers_new": len(quantified - _found(_ALL, window)),
    }


def _found(pattern: re.Pattern[str], text: str) -> set[str]:
    return {match.lower() for match in pattern.findall(text)}


def _keys(text: str) -> set[str]:
    return {token.key for token in tokens(text)}
