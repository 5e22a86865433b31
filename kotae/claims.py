"""An answer cut into claims: the sentences, list items and table rows that say something about the world.

English and Japanese. Markdown is seen through, never interpreted: offsets are code points of the text as the
model wrote it. What says nothing that a manual could hold (questions, greetings, offers, talk about the
answer, refusals) is no claim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kotae.sentences import blank, certain, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kotae.conversation import Flag


JUDGED = 40_000
"""Code points of an answer that are judged: some ten thousand tokens, more than anyone reads."""
MOST_CLAIMS = 300
"""Claims of an answer that are judged."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer."""

    start: int
    """Offset of its first character in the answer, in code points."""
    end: int
    """Offset after its last character; list marker and trailing citation lie outside."""
    text: str
    """As the answer has it."""
    plain: str
    """As `text` and just as long, with Markdown and citations blanked by spaces."""


def claims(answer: str) -> list[Claim]:
    """The claims of a finished answer, in order."""
    return claims_and_questions(answer)[0]


def claims_and_questions(answer: str, *, arriving: bool = False) -> tuple[list[Claim], list[Claim]]:
    """The claims of an answer and its questions, which state nothing but may speak of what does not exist; each in order.

    Of an answer that is still `arriving`, those whose end is certain: whatever comes next, they are among those of the whole one.
    """
    stated: list[Claim] = []
    asked: list[Claim] = []
    for piece in _parts(answer, arriving):
        if is_claim(piece.plain):
            stated.append(piece)
        elif _QUESTION.search(piece.plain.rstrip()) and not _ASIDE.search(piece.plain.strip()):
            asked.append(piece)
    return stated, asked


def judged(answer: str) -> list[Claim]:
    """The claims of an answer that are judged: the first ones."""
    return claims(answer[:JUDGED])[:MOST_CLAIMS]


def groundedness(judged: Sequence[Claim], flags: Sequence[Flag]) -> float | None:
    """The share of claims that no flag touches, 0..1; None when there are no claims.

    A flag that the reader has rejected touches nothing.
    """
    if not judged:
        return None
    counting = [flag for flag in flags if flag.counts]
    clean = sum(
        not any(flag.start < claim.end and claim.start < flag.end for flag in counting) for claim in judged
    )
    return clean / len(judged)


def claim_of(claims: Sequence[Claim], flag: Flag) -> Claim | None:
    """The first claim that a flag touches; None where it touches none."""
    return next((claim for claim in claims if flag.start < claim.end and claim.start < flag.end), None)


def _parts(answer: str, arriving: bool) -> Iterator[Claim]:
    """Sentences, list items and rows; a statement that ends in a question is two."""
    answer = certain(answer) if arriving else answer
    plain = blank(answer)
    cut = list(pieces(answer, plain))
    if arriving and cut and cut[-1][2] == "text" and not re.search(r"\n[ \t]*\n", answer[cut[-1][1] :]):
        cut.pop()
    for whole_start, whole_end, _ in cut:
        for start, end in _tagged(plain, whole_start, whole_end):
            yield Claim(start, end, answer[start:end], plain[start:end])


def _tagged(plain: str, start: int, end: int) -> list[tuple[int, int]]:
    """`It is due in May, isn't it?` states what comes before the comma, and `Did you know that it is?` what comes after `that`."""
    text = plain[start:end]
    if not _QUESTION.search(text) or len(text) > _LONGEST_QUESTION:
        return [(start, end)]
    if (told := _DID_YOU_KNOW.match(text)) and len(text[told.end() :].split()) >= _WORDS_TOLD:
        at = start + told.end()
        return [(at, at + len(plain[at:end].rstrip(" ?？")))]
    if (
        (tag := _TAG.search(text))
        and not _ASKS.match(text)
        and len(text[: tag.start()].split()) >= _WORDS_TOLD
    ):
        return [(start, start + len(text[: tag.start()].rstrip())), (start + tag.start("tag"), end)]
    return [(start, end)]


_SOURCE_EN = (
    r"(?:manuals?|passages?|contexts?|documents?|documentation|excerpts?|sources?|texts?|articles?"
    r"|(?:structured |provided |given )data"
    r"|(?:provided|given|available|above) information|information (?:provided|given|available|above))"
)
_SAYS_EN = r"(?:say|mention|contain|provide|include|specify|describe|cover|state|give|have|explain|tell|address|discuss|offer|list)"
_REFUSAL = re.compile(
    rf"\b{_SOURCE_EN}\b.{{0,40}}?\b(?:do|does|did)(?: not|n['’]t)\b.{{0,30}}?\b{_SAYS_EN}"
    rf"|\b(?:not|never|n['’]t)\b.{{0,30}}\b{_SAYS_EN}\w{{0,3}}\b.{{0,40}}"
    rf"\b(?:in|by) (?:the|this|these|any|your)\b.{{0,20}}\b{_SOURCE_EN}\b"
    rf"|\bno (?:mention|information|details?|answer)\b.{{0,60}}\b{_SOURCE_EN}\b"
    rf"|\b{_SOURCE_EN}\b.{{0,40}}\bno (?:mention|information|details?|answer)\b"
    r"|\b(?:unable|not able) to (?:answer|find|help|determine|provide|locate)\b"
    rf"|\b{_SOURCE_EN}\b.{{0,40}}?\b(?:lacks?|lacked) .{{0,30}}?\b(?:information|details?|answers?)\b"
    r"|\b(?:is|are|was|were) not (?:explicitly |specifically |clearly )?(?:specified|mentioned|stated)\b"
    r"|\bno (?:specific )?(?:information|details?|mention) (?:is |are |was )?"
    r"(?:available|provided|given|about|on|of|regarding|whether)\b"
    r"|\b(?:information|details) (?:about|on|regarding)\b.{1,90}?\b(?:is|are) not (?:available|provided|given)\b"
    r"|\bI (?:do not|do n['’]t|don['’]t|cannot|can['’]t|could not|couldn['’]t|did not|didn['’]t) "
    r"(?:know|find|answer|help|provide|locate|tell|say|determine|confirm"
    r"|have (?=(?:\w+ ){0,3}(?:information|details?|answers?|data|access|knowledge|idea|context|specifics|that)\b))"
    r"|\bI(?:['’]m| am) (?:not sure|not certain|not aware|afraid|unsure)\b"
    r"|(?:マニュアル|資料|文書|情報|ドキュメント|文脈|コンテキスト|本文|記事|説明書|テキスト|文章).{0,40}?"
    r"(?:記載|説明|情報|記述|言及|内容|回答|答え|書か|述べ|触れ|含ま).{0,12}?"
    r"(?:ありません|ない|なかった|見当たりません|見つかりません|いません|おりません|ません)"
    r"|(?:わかり|分かり|お答えでき|答えられ|回答でき|判断でき|お答えいたしかね|見つかり)(?:ません|ない|かねます)(?:でした)?[。．]?$",
    re.IGNORECASE,
)
_SOURCE = re.compile(_SOURCE_EN, re.IGNORECASE)
_TURN = re.compile(
    r"\b(?:but|however|although|though|nevertheless)\b|[,;.:–—] ?still\b|(?:が|けれども|ものの)、|ただし|しかし",
    re.IGNORECASE,
)
_MORE_EN = r"(?:more|further|additional) (?:information|details|help|assistance|guidance)"
_HELPERS_EN = (
    r"(?:the |your )?(?:system |it )?(?:administrator|support(?: team)?|help ?desk|manual|documentation)"
)
_ABOUT_EN = r"(?: (?:on|about|regarding) [^\d.]{1,24}?)?"
_HELPERS_JA = (
    r"(?:システム)?管理者|担当者|サポート(?:窓口|チーム)?|ヘルプ(?:デスク)?|マニュアル|説明書|お?客様窓口"
)
"""Whom and what anybody points to."""
_ASIDE = re.compile(
    r"^(?:hi|hello|hey|thanks|thank you|you['’]re welcome|sure|certainly|of course|absolutely|great question|good question"
    r"|yes|no|okay|ok|got it|understood|sorry|i['’]m sorry|i apologi[sz]e|my apologies|good (?:morning|afternoon|evening))"
    r"(?:[ ,]+(?:thing|there|for (?:asking|your .{1,40}|the .{1,40})|so much|very much|again))?[\s.,!:;]*$"
    r"|\blet (?:me|us) know\b|\bfeel free to\b|\bdon['’]t hesitate\b|\bi hope (?:this|that|it)\b|\bi['’](?:m|d be) happy to\b"
    r"|^have an? (?:nice|good|great|lovely|wonderful) (?:day|one|time|evening|week|weekend)[.!]*$|^(?:good)?bye[.!]*$"
    r"|\bwhat (?:can|may|could) i (?:do|help)\b|\bwhat (?:would|do) you (?:like|want) to (?:know|ask|learn)\b"
    r"|\b(?:could|can|would) you (?:please )?(?:rephrase|clarify|elaborate|reword|be more specific|tell me more)\b"
    r"|^please (?:provide|give|share|send)(?: me)?(?: with)?(?: some)?(?: more| further| additional)+ (?:details?|information)\b"
    r"|^please (?:rephrase|clarify|reword) your (?:question|request)\b"
    r"|\bhere (?:to help|for you)\b|\bhow can i (?:help|assist)\b|\bi(?:['’]ll| will| can) (?:help|explain|try|walk|guide)\b"
    r"|\bif you (?:have|had|need) (?:any|more|other|further)\b.{0,20}\b(?:questions?|information|details|help|assistance)\b"
    r"|^(?:(?:sure|certainly|of course|yes|okay)[,!.]? )?(?:based on .{1,60}, )?here (?:is|are|['’]s)\b.{0,120}[:.!]?$"
    r"|^(?:sure[,!.]? )?here['’]s\b"
    r"|\b(?:as follows|the following|follow(?:ing)? (?:these|the) steps|these steps|steps below|listed below)\s*[:：.]?$"
    r"|^(?:in summary|in conclusion|overall|note|tip|example|steps?|answer)\s*[:：]?$"
    r"|^(?:こんにちは|はい|いいえ|承知|かしこまり|ありがとう|申し訳|すみません|もちろん|なるほど|どうも)[^、。]{0,16}[。！!．]?$"
    r"|お気軽に|ご不明な?点|お役に立て|ご質問(?:が|は|ありがとう|いただ)|お知らせください。?$|お手伝い(?:でき|いた|し)"
    r"|^(?:どういたしまして|さようなら|失礼(?:いた)?します)[。！!．]?$|^よい[^。]{1,6}をお過ごしください[。！!．]?$"
    r"|^お問い合わせ(?:いただき)?(?:、|誠に|まことに)*ありがとうございま(?:す|した)[。！!．]?$"
    r"|^(?:もう少し|もっと)?(?:詳しく|詳細を|具体的に)(?:教えて|お聞かせ|お知らせ|お教え)(?:ください|いただけますか)[。．?？]?$"
    r"|^(?:何|なに)(?:を|か)お(?:探し|調べ|困り)(?:です|でしょう)か[。．?？]?$"
    r"|(?:以下|次|下記)の(?:とおり|通り|よう|手順|方法|内容|点|もの|情報)[^。]{0,16}[。：:]?$|^(?:以下|下記)に[^。]{0,24}[。：:]$"
    r"|^(?:手順|回答|答え|注意|補足|例|まとめ|ポイント)[:：]?$"
    # `Yes, you can.` says nothing without the question.
    r"|^(?:yes|no)[,.]? (?:you|it|they|he|she|we|i|that|there)"
    r" (?:can|may|is|are|does|do|did|will|must|should|has|have|won)(?: ?not|n?['’]t)?[.!]*$"
    r"|^(?:はい|いいえ)[、,]?(?:可能|不可能|不可|必要|不要|そう|その[通とお]+り|でき(?=ま)|違い(?=ま))(?:です|ます|ません)[。．!！]*$"
    r"|^以上(?:です|となります|になります)[。．]?$"
    rf"|^for (?:{_MORE_EN}){_ABOUT_EN},? (?:please )?(?:contact|consult|ask|see|refer to|check with) {_HELPERS_EN}[.!]*$"
    rf"|^(?:please )?(?:contact|consult|ask|see|refer to|check with) {_HELPERS_EN} for (?:{_MORE_EN}){_ABOUT_EN}[.!]*$"
    rf"|^(?:詳しくは|詳細(?:は|について[はも]?)|ご?不明な[^、。]{{0,8}}は)、?(?:{_HELPERS_JA})"
    r"(?:にお?問い?合わせ(?:て)?|にご?相談(?:して)?|をご?(?:参照|確認|覧)(?:して)?)(?:ください|下さい)[。．]?$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(?:,\s+(?!(?:as|because|since|so|which|if|please|and I|but I|sorry|I)\b)|\s(?=I do know\b))(?P<rest>[^,]+(?:,[^,]+)*)$",
    re.IGNORECASE,
)
"""A refusal that ends in a statement of its own: `I'm not sure if you like popcorn, the kernels explode at 180 degrees`."""
_WORDS_TOLD = 4
_LONGEST_QUESTION = 600
_ASKS = re.compile(
    r"\W*(?:(?:and|but|so|well|ok|okay|yes|no|yeah)[ ,]+)*(?:what|how|who|whom|whose|where|when|why|which|do|does|did|is|are|was"
    r"|were|isn['’]t|aren['’]t|don['’]t|doesn['’]t|didn['’]t|have|has|can|could|would|will|shall|should|may|might)\b",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"\s*[,;–—-]\s*(?P<tag>(?:(?:and|but|so)\s+)?(?:what|how|who|where|when|why|which|do|does|did|is|are|was|were|isn['’]?\s?t"
    r"|is n['’]t|aren['’]t|wasn['’]t|don['’]t|doesn['’]t|didn['’]t|have you|has it|can|could|would|will|won['’]t|right|huh|okay|ok)"
    r"\b[^,;?？]{0,80}[?？]+[\"'”’)\]\s]*)$",
    re.IGNORECASE,
)
_DID_YOU_KNOW = re.compile(
    r"\W*(?:(?:wow|well|yes|yeah|oh|and|but|so|interesting|ok|okay|also)[ ,.!]+)*did you (?:also )?"
    r"(?:know|hear|realize|realise)(?: that)?\s+",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[?？][\s\"'”’)\]）」』]*$|(?:ます|です|でしょう|ません|ました)か[。．]?$")


def is_claim(plain: str) -> bool:
    """Whether a sentence (markup blanked) says something that a manual could bear out."""
    text = " ".join(plain[:2000].split())
    if sum(char.isalnum() for char in text) < 2 or _QUESTION.search(text) or _ASIDE.search(text):
        return False
    refusal = _REFUSAL.search(text)
    if not refusal or _TURN.search(text, refusal.end()):
        return True
    more = _GOES_ON.search(text, refusal.end())
    return more is not None and len(more["rest"].split()) > _WORDS_TOLD and not _SOURCE.search(text)


def refuses(answer: str) -> bool:
    """Whether an answer says that it can't be given, and nothing else that a manual could bear out."""
    pieces = [piece.plain for piece in _parts(answer, arriving=False)]
    return any(_REFUSAL.search(" ".join(plain[:2000].split())) for plain in pieces) and not any(
        is_claim(plain) for plain in pieces
    )
