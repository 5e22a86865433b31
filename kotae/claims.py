"""An answer cut into claims: the sentences, list items and table rows that say something about the world.

English and Japanese. Markdown is seen through, never interpreted: offsets are code points of the text as the
model wrote it. What says nothing that a manual could hold (questions, greetings, offers, talk about the
answer, refusals) is no claim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kotae.conversation import Flag


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
    plain = blank(answer)
    return [
        _claim(answer, plain, start, end)
        for start, end, _ in _pieces(answer, plain)
        if is_claim(plain[start:end])
    ]


def finished_claims(prefix: str) -> list[Claim]:
    """Those claims of an answer that is still arriving whose end is certain.

    Whatever comes next, each of them is among the `claims` of the finished answer.
    """
    prefix = _certain(prefix)
    plain = blank(prefix)
    pieces = list(_pieces(prefix, plain))
    if pieces and pieces[-1][2] == "text" and not re.search(r"\n[ \t]*\n", prefix[pieces[-1][1] :]):
        pieces.pop()
    return [_claim(prefix, plain, start, end) for start, end, _ in pieces if is_claim(plain[start:end])]


def sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph as they stand there, Markdown and all."""
    found = []
    begin = 0
    for stop in (*_stops(blank(paragraph)), len(paragraph)):
        # The marks that a sentence opened end with it: `**Do this.** Then that.`
        while (mark := _MARK.match(paragraph, stop)) and paragraph.count(mark[0], begin, stop) % 2:
            stop = mark.end()
        if sentence := paragraph[begin:stop].strip():
            found.append(sentence)
        begin = max(begin, stop)
    return found


def groundedness(judged: Sequence[Claim], flags: Sequence[Flag]) -> float | None:
    """The share of claims that no flag touches, 0..1; None when there are no claims."""
    if not judged:
        return None
    clean = sum(
        not any(flag.start < claim.end and claim.start < flag.end for flag in flags) for claim in judged
    )
    return clean / len(judged)


# Markdown -----------------------------------------------------------------------------------------

_LINK = re.compile(r"!?\[(?P<label>[^\[\]\n]{1,300})\]\([^()\s]{0,500}\)")
_MARKUP = re.compile(
    r"\[\^?\d{1,3}(?:\s?[,、–-]\s?\d{1,3}){0,9}\]|【\d{1,3}】"  # citations
    r"|(?<=[-*+] )\[[ xX]\]"  # check boxes
    r"|</?[a-zA-Z][^<>\n]{0,200}>"
    r"|[*`]+|~~|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)"
)

_MARK = re.compile(r"\*\*?|__?|`+|~~")


def blank(text: str) -> str:
    """`text` with its inline Markdown and citations overwritten by spaces, so that offsets stay what they
    are."""

    def link(match: re.Match[str]) -> str:
        before = match.start("label") - match.start()
        after = match.end() - match.end("label")
        return " " * before + match["label"] + " " * after

    return _MARKUP.sub(lambda match: " " * len(match[0]), _LINK.sub(link, text))


def _certain(prefix: str) -> str:
    """`prefix` without an ending whose meaning the next characters may change: an open bracket or tag, half a
    table."""
    line = prefix.rfind("\n") + 1
    if prefix[line:].lstrip().startswith("|"):
        prefix = prefix[:line]
    for opener, closers in (("[", "]"), ("<", ">")):
        at = prefix.rfind(opener, max(line, len(prefix) - 800))
        # A link goes on after its label: `[label]` alone may still become `[label](address)`.
        if at >= 0 and (
            not any(c in prefix[at:] for c in closers) or re.search(r"\](?:\([^()\s]*)?$", prefix[at:])
        ):
            prefix = prefix[:at]
    lines = prefix.splitlines(keepends=True)
    table = len(lines)
    while table and lines[table - 1].lstrip().startswith("|"):
        table -= 1
    return "".join(lines[:table]) if len(lines) - table == 1 else prefix


_Kind = Literal["text", "row"]
_FENCE = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,})")
_QUOTE = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}(?:[ \t　]|$)|[ \t]*\*\*[^*\n]{1,120}\*\*[:：]?[ \t]*$")
_RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,}[ \t]*)$")
_ITEM = re.compile(
    r"[ \t　]*(?:[-*+•‣◦][ \t　]+|[・●○■□◆◇▪][ \t　]*|\d{1,3}[.)](?=[ \t　]|$)|\d{1,3}[．）](?!\d)|[(（]\d{1,2}[)）]|[①-⑳])[ \t　]*"
)
_DELIMITER = re.compile(r"[ \t]*\|[ \t:|-]*-[ \t:|-]*$")
_HARD_BREAK = re.compile(r"(?:(?<! ) {2,}|\\|[\u3041-\u30ff\u4e00-\u9fff])$")


def _pieces(text: str, plain: str) -> Iterator[tuple[int, int, _Kind]]:
    """Sentences and table rows with their offsets; headings and fenced code are passed over."""
    fence = ""
    open_block: tuple[int, int] | None = None
    table: list[tuple[int, int]] = []
    offset = 0
    for line in [*text.splitlines(keepends=True), "\n"]:
        body = line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
        begin, stop = offset, offset + len(body)
        offset += len(line)
        if not fence and (quote := _QUOTE.match(body)):
            begin += quote.end()
            body = body[quote.end() :]
        is_row = not fence and body.lstrip().startswith("|")
        marker = _FENCE.match(body)
        item = None if fence or marker or is_row else _ITEM.match(body)
        apart = (
            fence
            or marker
            or is_row
            or not body.strip()
            or _RULE.match(body)
            or (_HEADING.match(body) and not item)
        )
        if open_block and (apart or item):
            yield from _sentences(plain, *open_block)
            open_block = None
        if table and not is_row:
            yield from _rows(text, plain, table)
            table = []
        if marker and not fence:
            fence = marker["fence"]
        elif marker and marker["fence"].startswith(fence) and not body.strip().strip(fence[0]):
            fence = ""
        elif is_row:
            table.append((begin, stop))
        elif not apart:
            start = begin + item.end() if item else begin
            open_block = (open_block[0] if open_block else start, stop)
            if _HARD_BREAK.search(body):
                yield from _sentences(plain, *open_block)
                open_block = None


def _rows(text: str, plain: str, table: list[tuple[int, int]]) -> Iterator[tuple[int, int, _Kind]]:
    headed = len(table) > 1 and _DELIMITER.match(text[slice(*table[1])])
    for start, end in table[2:] if headed else table:
        start, end = _trim(plain, start, end, also="|")
        if start < end:
            yield start, end, "row"


# Sentences ----------------------------------------------------------------------------------------

_STOP = re.compile(r"(?P<ascii>[.!?]+)|(?P<wide>[。！？｡．]+)|(?P<open>[(（「『])|(?P<close>[)）」』])")
_CLOSERS = "\"'”’)]）」』】〉》"
_OPENERS = "\"'“‘([（「『【〈《*_"
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|e\.g|i\.e|etc|vs|cf|approx|Mr|Mrs|Ms|Dr|Prof|St|Inc|Ltd|Co|Corp|No|Nos|Fig|Sec|Ch|pp|[aApP]\.m|U\.S)$"
)
_BRACKET_REACH = 200
"""A bracket that isn't closed within so many characters was never meant as one."""


def _sentences(plain: str, start: int, end: int) -> Iterator[tuple[int, int, _Kind]]:
    begin = 0
    for stop in _stops(plain[start:end]):
        yield from _sentence(plain, start + begin, start + stop)
        begin = stop
    yield from _sentence(plain, start + begin, end)


def _stops(block: str) -> Iterator[int]:
    """The offsets in a paragraph (Markdown blanked) where sentences end; the paragraph's own end is not among them."""
    begin = depth = opened = 0
    for match in _STOP.finditer(block):
        at = match.end()
        if match["open"]:
            depth, opened = depth + 1, at
        elif match["close"]:
            depth = max(0, depth - 1)
        elif at > begin and (not depth or at - opened > _BRACKET_REACH):
            stop = _boundary(block, match)
            if stop:
                depth = 0
                yield stop
                begin = stop


def _sentence(plain: str, start: int, end: int) -> Iterator[tuple[int, int, _Kind]]:
    start, end = _trim(plain, start, end)
    if start < end:
        yield start, end, "text"


def _boundary(block: str, stop: re.Match[str]) -> int:
    """Where the sentence that `stop` may close ends; 0 when it goes on."""
    end = stop.end()
    while end < len(block) and block[end] in _CLOSERS:
        end += 1
    if stop["wide"]:
        return 0 if stop[0] == "．" and block[end : end + 1].isdigit() else end
    ahead = end
    while ahead < len(block) and (block[ahead].isspace() or block[ahead] in _OPENERS):
        ahead += 1
    if ahead == len(block):
        return 0  # the block's end closes it
    if ahead == end:
        return end if stop[0] != "." and block[ahead] > "\u2e80" else 0
    if block[ahead].islower() or (
        stop[0] == "." and _ABBREVIATION.search(block, max(0, stop.start() - 12), stop.start())
    ):
        return 0
    return end


def _trim(plain: str, start: int, end: int, also: str = "") -> tuple[int, int]:
    while start < end and (plain[start].isspace() or plain[start] in also):
        start += 1
    while end > start and (plain[end - 1].isspace() or plain[end - 1] in also):
        end -= 1
    return start, end


def _claim(text: str, plain: str, start: int, end: int) -> Claim:
    return Claim(start, end, text[start:end], plain[start:end])


# What is no claim ---------------------------------------------------------------------------------

_SOURCE_EN = (
    r"(?:manuals?|passages?|contexts?|documents?|documentation|excerpts?|sources?|texts?|articles?"
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
    r"|\bI(?:['’]m| am)? (?:do not|don['’]t|cannot|can['’]t|could not|couldn['’]t|did not|didn['’]t|not sure|afraid)\b"
    r"|(?:マニュアル|資料|文書|情報|ドキュメント|文脈|コンテキスト|本文|記事|説明書|テキスト|文章).{0,40}?"
    r"(?:記載|説明|情報|記述|言及|内容|回答|答え|書か|述べ|触れ|含ま).{0,12}?"
    r"(?:ありません|ない|なかった|見当たりません|見つかりません|いません|おりません|ません)"
    r"|(?:わかり|分かり|お答えでき|答えられ|回答でき|判断でき|お答えいたしかね|見つかり)(?:ません|ない|かねます)(?:でした)?[。．]?$",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:but|however|although|though|still|nevertheless)\b|(?:が|けれども|ものの)、|ただし|しかし",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"^(?:hi|hello|hey|thanks|thank you|you['’]re welcome|sure|certainly|of course|absolutely|great question|good question"
    r"|yes|no|okay|ok|got it|understood|sorry|i['’]m sorry|i apologi[sz]e|my apologies|good (?:morning|afternoon|evening))"
    r"(?:[ ,]+(?:thing|there|for (?:asking|your .{1,40}|the .{1,40})|so much|very much|again))?[\s.,!:;]*$"
    r"|\blet (?:me|us) know\b|\bfeel free to\b|\bdon['’]t hesitate\b|\bi hope (?:this|that|it)\b|\bi['’](?:m|d be) happy to\b"
    r"|\bhere (?:to help|for you)\b|\bhow can i (?:help|assist)\b|\bi(?:['’]ll| will| can) (?:help|explain|try|walk|guide)\b"
    r"|\bif you (?:have|had|need) (?:any|more|other|further)\b.{0,20}\b(?:questions?|information|details|help|assistance)\b"
    r"|^(?:(?:sure|certainly|of course|yes|okay)[,!.]? )?(?:based on .{1,60}, )?here (?:is|are|['’]s)\b.{0,120}[:.!]?$"
    r"|^(?:sure[,!.]? )?here['’]s\b"
    r"|\b(?:as follows|the following|follow(?:ing)? (?:these|the) steps|these steps|steps below|listed below)\s*[:：.]?$"
    r"|^(?:in summary|in conclusion|overall|note|tip|example|steps?|answer)\s*[:：]?$"
    r"|^(?:こんにちは|はい|いいえ|承知|かしこまり|ありがとう|申し訳|すみません|もちろん|なるほど|どうも)[^、。]{0,16}[。！!．]?$"
    r"|お気軽に|ご不明な?点|お役に立て|ご質問(?:が|は|ありがとう|いただ)|お知らせください。?$|お手伝い(?:でき|いた|し)"
    r"|(?:以下|次|下記)の(?:とおり|通り|よう|手順|方法|内容|点|もの|情報)[^。]{0,16}[。：:]?$|^(?:以下|下記)に[^。]{0,24}[。：:]$"
    r"|^(?:手順|回答|答え|注意|補足|例|まとめ|ポイント)[:：]?$",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[?？][\s\"'”’)\]）」』]*$|(?:ます|です|でしょう|ません|ました)か[。．]?$")


def is_claim(plain: str) -> bool:
    """Whether a sentence (markup blanked) says something that a manual could bear out."""
    text = " ".join(plain[:2000].split())
    if sum(char.isalnum() for char in text) < 2 or _QUESTION.search(text) or _ASIDE.search(text):
        return False
    refusal = _REFUSAL.search(text)
    return not refusal or bool(_TURN.search(text, refusal.end()))
