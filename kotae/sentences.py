"""Text cut into sentences, list items and table rows.

English and Japanese. Markdown is seen through, never interpreted: offsets are code points of the text as the model wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal


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


_LINK = re.compile(r"!?\[(?P<label>[^\[\]\n]{1,300})\]\((?:[^()\s]|\([^()\s]{0,100}\)){0,500}\)")
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


def certain(prefix: str) -> str:
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


Kind = Literal["text", "row"]
_FENCE = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,})")
_QUOTE = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}(?:[ \t　]|$)|[ \t]*\*\*[^*\n]{1,120}\*\*[:：]?[ \t]*$")
_RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,}[ \t]*)$")
_ITEM = re.compile(
    r"[ \t　]*(?:[-*+•‣◦][ \t　]+|[・●○■□◆◇▪][ \t　]*|\d{1,3}[.)](?=[ \t　]|$)|\d{1,3}[．）](?!\d)|[(（]\d{1,2}[)）]|[①-⑳])[ \t　]*"
)
_DELIMITER = re.compile(r"[ \t]*\|[ \t:|-]*-[ \t:|-]*$")
_HARD_BREAK = re.compile(r"(?:(?<! ) {2,}|\\|[\u3041-\u30ff\u4e00-\u9fff])$")


def pieces(text: str, plain: str) -> Iterator[tuple[int, int, Kind]]:
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


def _rows(text: str, plain: str, table: list[tuple[int, int]]) -> Iterator[tuple[int, int, Kind]]:
    headed = len(table) > 1 and _DELIMITER.match(text[slice(*table[1])])
    for start, end in table[2:] if headed else table:
        start, end = _trim(plain, start, end, also="|")
        if start < end:
            yield start, end, "row"


_STOP = re.compile(r"(?P<ascii>[.!?]+)|(?P<wide>[。！？｡．]+)|(?P<open>[(（「『])|(?P<close>[)）」』])")
_CLOSERS = "\"'”’)]）」』】〉》"
_OPENERS = "\"'“‘([（「『【〈《*_"
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|e\.g|i\.e|etc|vs|cf|approx|Mr|Mrs|Ms|Dr|Prof|St|Inc|Ltd|Co|Corp|No|Nos|Fig|Sec|Ch|pp|[aApP]\.m|U\.S)$"
)
_MONTH = re.compile(r"(?:^|[\s(])(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$")
_WORDS_UNCASED = 2
_BRACKET_REACH = 200
"""A bracket that isn't closed within so many characters was never meant as one."""


def _sentences(plain: str, start: int, end: int) -> Iterator[tuple[int, int, Kind]]:
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
            stop = _boundary(block, match, begin)
            if stop:
                depth = 0
                yield stop
                begin = stop


def _sentence(plain: str, start: int, end: int) -> Iterator[tuple[int, int, Kind]]:
    start, end = _trim(plain, start, end)
    if start < end:
        yield start, end, "text"


def _boundary(block: str, stop: re.Match[str], begin: int) -> int:
    """Where the sentence from `begin` on that `stop` may close ends; 0 when it goes on."""
    end = stop.end()
    while end < len(block) and (block[end] in _CLOSERS or unicodedata.category(block[end])[0] == "M"):
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
    if stop[0] == "." and _ABBREVIATION.search(block, max(0, stop.start() - 12), stop.start()):
        return 0
    if (
        stop[0] == "."
        and block[ahead].isdigit()
        and _MONTH.search(block, max(0, stop.start() - 6), stop.start())
    ):
        return 0  # `Jan. 5`
    # Chat in small letters throughout has its sentences too.
    return 0 if block[ahead].islower() and not _uncased(block[begin:end]) else end


def _uncased(sentence: str) -> bool:
    return sentence == sentence.lower() and len(sentence.split()) >= _WORDS_UNCASED


def _trim(plain: str, start: int, end: int, also: str = "") -> tuple[int, int]:
    while start < end and (
        plain[start].isspace() or plain[start] in also or unicodedata.category(plain[start])[0] == "M"
    ):
        start += 1
    while end > start and (plain[end - 1].isspace() or plain[end - 1] in also):
        end -= 1
    return start, end
