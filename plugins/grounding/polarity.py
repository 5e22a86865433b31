"""Whether two sentences about the same thing say the opposite: negation, and pairs of opposites."""

# ruff: noqa: SIM905 (word lists read best as running text)
from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from plugins.grounding.text import LONGEST

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
by_itself:manually by_hand:automatically goes_on:stops go_on:stop
""".split()
OPPOSITES: dict[str, frozenset[str]] = {}
for _pair in _PAIRS:
    _pair = _pair.replace("_", " ")
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
    """The words that stand against each other; `not` stands for any negation, and may be on either side; `order`,
    instead of something, for the other order."""


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
