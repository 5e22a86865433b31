"""What of the last answer a follow-up means: an item of its list, what it offered, or nothing at all.

English and Japanese, by wording alone. Messages may be of any shape: no expression here goes back over what it has read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backends.retrieval.marks import words_of_heading

_LONGEST_ITEM = 200
"""Characters of an item that stand in a question."""
_LONGEST_NAME = 60
"""Characters before a colon or a dash that name an item; what comes after explains it."""
_LONGEST_REMARK = 120
"""Characters of a message that may ask for nothing."""

_LAST = -1
_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "first 1st former",
            "second 2nd",
            "third 3rd",
            "fourth 4th",
            "fifth 5th",
            "sixth 6th",
            "seventh 7th",
            "eighth 8th",
            "ninth 9th",
            "tenth 10th",
        )
    )
    for name in names.split()
} | {"last": _LAST, "latter": _LAST}
_NUMBERS_JA = {
    name: number
    for number, names in enumerate(
        ("1１一", "2２二", "3３三", "4４四", "5５五", "6６六", "7７七", "8８八", "9９九")
    )
    for name in names
} | {"10": 9, "１０": 9, "十": 9, "最初": 0, "最後": _LAST, "前者": 0, "後者": _LAST}
_WHICH = rf"(?P<which>{'|'.join(_NUMBERS)})"
_NOUN = r"(?:one|option|item|point|entry|way|kind|type|choice|bullet|case|method|step)"
_AMONG = r"(?: of (?:them|these|those|the (?:two|three|four|five|six|seven|eight|nine|ten|list|options|items|steps)))"
_PICKS = (
    # `the first step of a hard close` is no choice: it names its own list
    re.compile(rf"\b(?P<span>(?:the )?{_WHICH} {_NOUN}\b(?:{_AMONG}\b|(?! of\b)))", re.IGNORECASE),
    re.compile(rf"\b(?P<span>(?:the )?{_WHICH}{_AMONG}\b)", re.IGNORECASE),
    re.compile(rf"\b(?P<span>the {_WHICH})(?:,? (?:please|then))?\W*\Z", re.IGNORECASE),
    re.compile(
        rf"\A\W*(?:(?:and|then|so|ok|okay|what about|how about)\b\W+)*(?P<span>{_WHICH})(?:,? (?:please|then))?\W*\Z",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?P<span>the (?P<which>former|latter))\b", re.IGNORECASE),
    re.compile(
        r"(?<![の\d０-９])(?P<span>(?P<which>10|１０|[1-9１-９一二三四五六七八九十])[つ番個点]目(?:の(?:もの|方|ほう|やつ|項目))?"
        r"|(?P<end>最初|最後)の(?:もの|方|ほう|やつ|項目)|(?P<pair>前者|後者))"
    ),
)
_BY_PLACE = re.compile(rf"\bthe {_WHICH}\b(?! \w+ of\b)", re.IGNORECASE)
_ITEM = re.compile(
    r"^(?P<indent>[ \t]*)(?:[-*+](?=[ \t])|[•・‣]|[(（]?[0-9０-９]{1,2}(?:[.)](?=[ \t　])|[)）．、])|[①-⑳])[ \t　]*(?P<text>\S.*)$",
    re.MULTILINE,
)
_NAME = re.compile(rf"(.{{2,{_LONGEST_NAME}}}?)(?:[:：]| [—–-] |[（(。])")
_NUMBERING = re.compile(
    r"\[\d{1,3}(?:, ?\d{1,3})*\]|^[ \t]*[(（]?[0-9０-９]{1,2}[.)．）](?!\w)"
    r"|(?<=\s)(?:[(（]?[0-9０-９]{1,2}[)）]|[1-9]\.)(?=\s)|[①-⑳]",
    re.MULTILINE,
)

_AGREES = re.compile(
    r"\W*(?:yes|yeah|yep|sure|ok(?:ay)?|please(?: do)?|right|exactly|no|nope|はい|ええ|うん|お願いします|そうです|いいえ)"
    r"(?:[\s,、。.!！]*(?:please|that's right|thanks|thank you|i (?:do|am|have|did)(?:n't| not)?|お願いします|そうです))?\W*",
    re.IGNORECASE,
)
_DECLINES = re.compile(r"\W*(?:no|nope|nah|not now|いいえ|いえ)(?![^\W_])", re.IGNORECASE)
_OFFERS = re.compile(
    r"\b(?:would you like|do you want|want me to|shall I|should I|may I|can I|need (?:any |more |further )?(?:help|more)"
    r"|anything else|any(?:thing)? more|interested in)\b"
    r"|ましょうか|ご覧になりますか|知りたいですか|ご希望ですか|(?:ほか|他)(?:に|にも)|お手伝い",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？]\s*\Z|\A\W*(?:do|does|did|are|is|was|were|have|has|had|can|could|will)\b|か\W*\Z", re.IGNORECASE
)
_SENTENCE = re.compile(r"[^.?!。？！\n]+[.?!。？！]?")
_FILLER = r"(?:ok|okay|well|alright|all right|right|so|hm+|oh|ah|for (?:now|that|today)|then|really|i'm|i am|you|again|everything)"
_CLOSER = (
    r"(?:no|nope|nah|not now|no need|never ?mind|(?:many )?thanks(?: a (?:lot|bunch|million))?|thx|cheers"
    r"|thank you(?: (?:so|very) much)?|that(?:'s| is| was) (?:all|it|enough)"
    r"|(?:that(?:'s| is| was) )?(?:great|perfect|good|excellent|wonderful|nice|cool)"
    r"|that (?:helps|helped|does it)|(?:i )?got it|understood|i see|fine|done|(?:good)?bye|see you|hello|hi|hey"
    r"|good (?:morning|afternoon|evening))"
)
_NOTHING = re.compile(rf"\W*(?:{_FILLER}\W+)*{_CLOSER}(?:\W+(?:{_CLOSER}|{_FILLER}))*\W*", re.IGNORECASE)
_CLOSER_JA = (
    "(?:(?:どうも)?ありがとう(?:ございま(?:す|した))?|どうも|助かりま(?:す|した)|感謝します|いいえ|いえ|結構です|大丈夫です|不要です"
    "|必要ありません|了解(?:です|しました|いたしました)?|[わ分]かりました|承知(?:しました|いたしました|です)|なるほど|以上です"
    "|それだけです|こんにちは|こんばんは|おはようございます|さようなら|失礼します)"
)
_NOTHING_JA = re.compile(rf"\W*{_CLOSER_JA}(?:\W*{_CLOSER_JA})*\W*")


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item of a list that a question picks."""

    question: str
    """The question with the item's name in place of the words that picked it."""
    about: str
    """What the item says besides its name."""


def picks(question: str) -> bool:
    """Whether a question picks something by its place, as in `the second one` or `the first program`."""
    return any(pattern.search(question) for pattern in (*_PICKS, _BY_PLACE))


def chosen(question: str, answer: str) -> Chosen | None:
    """The item of `answer`'s list that the question picks; None when it picks none, or one that is not there."""
    items = list(_items(answer))
    if len(items) < 2:
        return None
    for pattern in _PICKS:
        if (found := pattern.search(question)) is None:
            continue
        which = next(value for name, value in found.groupdict().items() if value and name != "span")
        number = _NUMBERS_JA[which] if which in _NUMBERS_JA else _NUMBERS[which.lower()]
        if number < len(items):
            name, about = _named(items[number])
            return Chosen(question[: found.start("span")] + name + question[found.end("span") :], about)
    return None


def agreed(question: str, answer: str) -> str:
    """The question at the end of `answer` that a yes or a no is said to; empty when it is neither."""
    if not _AGREES.fullmatch(question):
        return ""
    asked = [sentence for sentence in _SENTENCE.findall(answer) if sentence.rstrip().endswith(("?", "？"))]
    return asked[-1] if asked else ""


def asks_nothing(text: str) -> bool:
    """Whether a message is thanks, a no, a greeting: nothing that could be searched for."""
    said = text.strip()
    if not 0 < len(said) <= _LONGEST_REMARK or "?" in said or "？" in said:
        return False
    return (_NOTHING.fullmatch(said) or _NOTHING_JA.fullmatch(said)) is not None


def closes(question: str, answer: str) -> bool:
    """Whether a message asks for nothing more. A no may be the reply to a question that has to be known to go on."""
    if not asks_nothing(question):
        return False
    last = _last_sentence(answer)
    return not (_DECLINES.match(question) and _ASKS.search(last) and not _OFFERS.search(last))


def without_declined(question: str, answer: str) -> str:
    """The answer without what it offers at its end, when the question begins with a no."""
    last = _last_sentence(answer)
    if last and _DECLINES.match(question) and _OFFERS.search(last):
        return answer[: answer.rindex(last)]
    return answer


def without_numbering(text: str) -> str:
    """A text without the numbers of its lists and its citations."""
    return _NUMBERING.sub(" ", text)


def _items(answer: str) -> Iterator[str]:
    """The items of a list, without those in lists within it."""
    found = list(_ITEM.finditer(answer))
    outermost = min((len(item["indent"]) for item in found), default=0)
    for item in found:
        if len(item["indent"]) == outermost:
            yield words_of_heading(without_numbering(item["text"])).rstrip(" .。;；,、")


def _named(item: str) -> tuple[str, str]:
    """What an item is called, and the rest of it."""
    name = _NAME.match(item)
    return (name[1], item[name.end() :]) if name else (item[:_LONGEST_ITEM], item[_LONGEST_ITEM:])


def _last_sentence(answer: str) -> str:
    sentences = [sentence.strip() for sentence in _SENTENCE.findall(answer) if sentence.strip()]
    return sentences[-1] if sentences else ""
